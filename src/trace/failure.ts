import { SpanKind, StatusCode } from "../model/span-batch.ts";
import type { Span } from "../model/span.ts";
import { grpcStatus, httpStatus, textOf } from "./span-attribute.ts";

/**
 * How a span failed: not at all · `error` · `timeout`: it waited until its deadline · `cancelled`: whoever asked gave up ·
 * `refused`: nobody answered at the other end · `open-breaker`: it was not even tried, after earlier failures.
 */
export type Failure = "none" | "error" | "timeout" | "cancelled" | "refused" | "open-breaker";

const GRPC_CANCELLED = 1;
const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_UNAVAILABLE = 14;
const CLIENT_CLOSED_REQUEST = 499;
const REQUEST_TIMEOUT = 408;
const GATEWAY_TIMEOUT = 504;

/** By status, status codes and the names of exceptions; names in the manners of Java, .NET, Go, Node and Python. */
export function failureOf(span: Span): Failure {
  const grpc = grpcStatus(span);
  const http = httpStatus(span);
  const isServer = span.kind === SpanKind.server;
  const isFailed =
    span.status === StatusCode.error ||
    (http !== undefined && (isServer ? http >= 500 : http >= 400) && span.status !== StatusCode.ok) ||
    grpc === GRPC_DEADLINE_EXCEEDED ||
    grpc === GRPC_UNAVAILABLE;
  if (grpc === GRPC_CANCELLED || http === CLIENT_CLOSED_REQUEST) return "cancelled";
  if (!isFailed) return "none";
  const words = wordsOf(span);
  if (BREAKER.test(words)) return "open-breaker";
  if (
    grpc === GRPC_DEADLINE_EXCEEDED ||
    http === REQUEST_TIMEOUT ||
    http === GATEWAY_TIMEOUT ||
    TIMEOUT.test(words)
  ) {
    return "timeout";
  }
  if (CANCELLED.test(words)) return "cancelled";
  return REFUSED.test(words) ? "refused" : "error";
}

const BREAKER = /circuit.?breaker|breaker.?is.?open|callnotpermitted|brokencircuit/i;
const TIMEOUT = /time.?out|deadline.?exceeded|etimedout/i;
const CANCELLED = /cancel|abort(ed|error)|context.?canceled|econnaborted/i;
const REFUSED =
  /econnrefused|connection.?refused|enotfound|no.?such.?host|unknownhost|econnreset|unreachable|connectexception/i;

/** Everything that names what went wrong. */
function wordsOf({ attributes, events, statusMessage }: Span): string {
  const words = [textOf(attributes, "error.type", "exception.type"), statusMessage];
  for (const event of events) {
    if (event.name === "exception") {
      words.push(textOf(event.attributes, "exception.type"), textOf(event.attributes, "exception.message"));
    }
  }
  return words.join(" ");
}
