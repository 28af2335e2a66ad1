import type { Hono } from "hono";
import { createTracePages } from "../api/trace-pages.ts";
import type { SloIndicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { readTrace } from "../store/clickhouse/read-trace.ts";
import type { Core } from "./core.ts";
import { wireTraceQueries } from "./trace-queries.ts";

const MOST_TRACES = 100;

/** Pages that show traces; links in alerts lead there. */
export function wireTracePages(
  parts: Pick<Core, "clickhouse" | "now"> & { readonly slos: () => readonly Slo[] },
): Hono {
  const { clickhouse, now, slos } = parts;
  const { search } = wireTraceQueries(clickhouse);
  return createTracePages({
    now,
    readTrace: (traceId, hint) => readTrace(clickhouse, traceId, hint),
    badTraces: async (name, range) => {
      const slo = slos().find((candidate) => candidate.name === name);
      if (slo === undefined) return undefined;
      const exact = badEvents(slo.indicator);
      const query = exact ?? `{ resource.service.name = ${JSON.stringify(slo.service)} && status = error }`;
      const found = await search(query, { ...range, limit: MOST_TRACES, spansPerSpanset: 1 });
      const traces = found.kind === "found" ? found.traces : [];
      return { displayName: slo.displayName, query, isGuess: exact === undefined, traces };
    },
  });
}

/** The bad events as TraceQL; undefined where no spans are counted. */
function badEvents(indicator: SloIndicator): string | undefined {
  if (indicator.source === "composite") {
    const parts = indicator.parts.map((part) => badEvents(part.indicator));
    return parts.every((part) => part !== undefined) ? parts.join(" || ") : undefined;
  }
  if (indicator.source !== "traces") return undefined;
  const { total, select } = indicator;
  const chosen = `(${conditionOf(select.query)})`;
  return `{ (${conditionOf(total)}) && ${select.outcome === "bad" ? chosen : `!${chosen}`} }`;
}

/** What a span filter's braces hold; nothing selects everything. */
function conditionOf(filter: string): string {
  const inner = filter.trim().slice(1, -1).trim();
  return inner === "" ? "true" : inner;
}
