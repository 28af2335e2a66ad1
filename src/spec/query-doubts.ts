import type { SpanFilter } from "../traceql/span-filter.ts";
import { report, type Place } from "./place.ts";

/** Attributes that OpenTelemetry's conventions give as whole numbers. */
const NUMBERS: ReadonlySet<string> = new Set([
  "http.response.status_code",
  "http.status_code",
  "http.response.body.size",
  "http.request.body.size",
  "rpc.grpc.status_code",
  "server.port",
  "client.port",
  "network.peer.port",
]);

/** Warns of comparisons that no span can pass as conventions have it: a number is never equal to a text. */
export function warnTextForNumber(place: Place, filter: SpanFilter): void {
  switch (filter.type) {
    case "all":
    case "any":
      for (const operand of filter.operands) warnTextForNumber(place, operand);
      return;
    case "not":
      warnTextForNumber(place, filter.operand);
      return;
    case "comparison": {
      const { field, literal, operator } = filter;
      if (field.type !== "attribute" || literal.type !== "string" || !NUMBERS.has(field.key)) return;
      const number = operator.includes("~") ? `for instance ${field.key} >= 500` : literal.value;
      report(
        place,
        "warning",
        `${field.key} is a number, and a number never matches the text ${JSON.stringify(literal.value)}`,
        `compare it with a number, without quotes: ${number}`,
      );
      return;
    }
    case "constant":
    case "root":
      return;
  }
}

/** Warns of a `good` or `bad` that says the same of every event. */
export function warnSameAsTotal(place: Place, outcome: "good" | "bad", query: string, total: string): void {
  if (query !== total && query !== "{ true }" && query !== "{ }") return;
  const follows = outcome === "good" ? "no budget is ever spent" : "the budget is spent at once";
  report(
    place,
    "warning",
    `every event of total is ${outcome}, so ${follows}`,
    `add to ${outcome} what tells such events apart, e.g. ${outcome === "good" ? "span.http.response.status_code < 500" : "status = error"}`,
  );
}
