import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { goQuote } from "../../promql/syntax/go-quote.ts";
import type { ParseError, QueryError } from "../../promql/query-error.ts";
import { positionText } from "./position-text.ts";

/** What clients of Prometheus tell errors apart by. */
export type ErrorType =
  | "bad_data"
  | "execution"
  | "timeout"
  | "canceled"
  | "not_found"
  | "internal"
  | "unavailable";

const STATUS: Readonly<Record<ErrorType, ContentfulStatusCode>> = {
  bad_data: 400,
  execution: 422,
  timeout: 503,
  canceled: 503,
  not_found: 404,
  internal: 500,
  unavailable: 503,
};

/** An expected failure of a call of the Prometheus API. */
export class PrometheusApiError extends Error {
  override readonly name = "PrometheusApiError";
  readonly type: ErrorType;

  constructor(type: ErrorType, message: string) {
    super(message);
    this.type = type;
  }
}

/** `invalid parameter "step": …` */
export function invalidParameter(name: string, problem: string): PrometheusApiError {
  return new PrometheusApiError("bad_data", `invalid parameter ${goQuote(name)}: ${problem}`);
}

/** `invalid parameter "query": 1:5: parse error: …` */
export function unparsable(name: string, text: string, error: ParseError): PrometheusApiError {
  return invalidParameter(name, `${positionText(text, error.range.start)}: parse error: ${error.message}`);
}

/** How a query that could not be answered is told. */
export function queryFailure({ kind, message }: Pick<QueryError, "kind" | "message">): PrometheusApiError {
  return new PrometheusApiError(kind === "too_large" ? "execution" : kind, message);
}

/** The envelope of an error, with its status; another one where Prometheus has no type for it. */
export function errorResponse(
  c: Context,
  type: ErrorType,
  message: string,
  status: ContentfulStatusCode = STATUS[type],
): Response {
  const body = JSON.stringify({ status: "error", errorType: type, error: message });
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (type === "unavailable") headers["retry-after"] = "5";
  return c.body(body, status, headers);
}
