import type { Context, Hono } from "hono";
import type { Expr } from "../../promql/ast.ts";
import { parseQuery } from "../../promql/syntax/parse-query.ts";
import { printQuery } from "../../promql/syntax/print-query.ts";
import type { QueryOutcome, QueryRequest } from "../../promql/query-request.ts";
import { TYPE_NAMES, typeOf } from "../../promql/syntax/type-of.ts";
import { invalidParameter, PrometheusApiError, queryFailure, unparsable } from "./api-error.ts";
import { isCostlyToParse } from "./parse-cost.ts";
import type { PrometheusPorts } from "./ports.ts";
import { instantJson, rangeJson } from "./query-json.ts";
import type { QueryJson } from "./query-json.ts";
import { optionalDuration, optionalTime, readLimit, readParams, requiredTime } from "./read-params.ts";
import type { Params } from "./read-params.ts";
import { noticesOf, successResponse, TRUNCATED } from "./success-response.ts";

/** Steps between start and end at most: every second of three hours. */
const MAX_STEPS = 11_000;
/** What a timer can wait for. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Adds `query`, `query_range` and `format_query`. */
export function addQueryRoutes(app: Hono, ports: PrometheusPorts): void {
  app.on(["GET", "POST"], "/query", (c) => answerInstant(c, ports));
  app.on(["GET", "POST"], "/query_range", (c) => answerRange(c, ports));
  app.on(["GET", "POST"], "/format_query", async (c) => {
    const { expr } = readQuery(await readParams(c));
    return successResponse(c, JSON.stringify(printQuery(expr)));
  });
}

/** Reads the parameter `query`. Throws PrometheusApiError. */
export function readQuery(params: Params): { readonly query: string; readonly expr: Expr } {
  const query = params.first("query") ?? "";
  if (isCostlyToParse(query))
    throw invalidParameter("query", "too long, or with too many repeats in patterns");
  const parsed = parseQuery(query);
  if (!parsed.ok) throw unparsable("query", query, parsed.error);
  return { query, expr: parsed.expr };
}

async function answerInstant(c: Context, ports: PrometheusPorts): Promise<Response> {
  const params = await readParams(c);
  const limit = readLimit(params);
  const atMs = optionalTime(params, "time", ports.now());
  const timeoutMs = optionalDuration(params, "timeout");
  const lookbackMs = readLookback(params, ports);
  const query = params.first("query") ?? "";
  // Faults are told before a query waits for its turn, unless to find them would delay others.
  if (!isCostlyToParse(query)) readQuery(params);
  const { subqueryStepMs } = ports;
  const request: QueryRequest = {
    query,
    instant: true,
    startMs: atMs,
    endMs: atMs,
    stepMs: 1,
    lookbackMs,
    subqueryStepMs,
  };
  return answer(c, ports, request, timeoutMs, params, (outcome) => instantJson(outcome.value, limit));
}

async function answerRange(c: Context, ports: PrometheusPorts): Promise<Response> {
  const params = await readParams(c);
  const limit = readLimit(params);
  const startMs = requiredTime(params, "start");
  const endMs = requiredTime(params, "end");
  if (endMs < startMs) throw invalidParameter("end", "end timestamp must not be before start time");
  const stepMs = optionalDuration(params, "step");
  if (stepMs === undefined) throw invalidParameter("step", 'cannot parse "" to a valid duration');
  if (stepMs <= 0) {
    throw invalidParameter(
      "step",
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  }
  if (Math.floor((endMs - startMs) / stepMs) > MAX_STEPS) {
    throw new PrometheusApiError(
      "bad_data",
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  const timeoutMs = optionalDuration(params, "timeout");
  const lookbackMs = readLookback(params, ports);
  const query = params.first("query") ?? "";
  const type = isCostlyToParse(query) ? "vector" : typeOf(readQuery(params).expr);
  if (type !== "scalar" && type !== "vector") {
    throw invalidParameter(
      "query",
      `invalid expression type "${TYPE_NAMES[type]}" for range query, must be Scalar or instant Vector`,
    );
  }
  const { subqueryStepMs } = ports;
  const request: QueryRequest = { query, instant: false, startMs, endMs, stepMs, lookbackMs, subqueryStepMs };
  return answer(c, ports, request, timeoutMs, params, (outcome) => rangeJson(outcome.value, limit));
}

function readLookback(params: Params, ports: PrometheusPorts): number {
  const givenMs = optionalDuration(params, "lookback_delta");
  return givenMs !== undefined && givenMs > 0 ? givenMs : ports.lookbackMs;
}

type Answered = Extract<QueryOutcome, { kind: "answered" }>;

async function answer(
  c: Context,
  ports: PrometheusPorts,
  request: QueryRequest,
  timeoutMs: number | undefined,
  params: Params,
  write: (outcome: Answered) => QueryJson,
): Promise<Response> {
  const begunMs = performance.now();
  const timeout = timeoutMs === undefined ? undefined : timeoutSignal(timeoutMs);
  const { signal } = c.req.raw;
  const outcome = await ports.runQuery(
    request,
    timeout === undefined ? signal : AbortSignal.any([signal, timeout]),
  );
  if (outcome.kind === "invalid") throw unparsable("query", request.query, outcome.error);
  if (outcome.kind === "failed") {
    const timedOut = outcome.error.kind === "canceled" && timeout?.aborted === true && !signal.aborted;
    throw timedOut
      ? new PrometheusApiError("timeout", "query timed out in expression evaluation")
      : queryFailure(outcome.error);
  }
  const { fields, truncated } = write(outcome);
  const stats =
    params.first("stats") === undefined ? "" : `,"stats":${statsJson(outcome, performance.now() - begunMs)}`;
  return successResponse(c, queryData(fields, stats), () => {
    const notices = noticesOf(request.query, outcome.annotations);
    return { ...notices, warnings: [...notices.warnings, ...(truncated() ? [TRUNCATED] : [])] };
  });
}

function* queryData(fields: Iterable<string>, stats: string): Generator<string> {
  yield "{";
  yield* fields;
  yield `${stats}}`;
}

/** A timeout of 0 or less has passed already. */
function timeoutSignal(timeoutMs: number): AbortSignal {
  return AbortSignal.timeout(Math.min(MAX_TIMEOUT_MS, Math.max(0, timeoutMs)));
}

/** Queueing, reading and evaluating are told as one time. */
function statsJson({ stats }: Answered, tookMs: number): string {
  const seconds = tookMs / 1_000;
  return JSON.stringify({
    timings: {
      evalTotalTime: seconds,
      resultSortTime: 0,
      queryPreparationTime: 0,
      innerEvalTime: seconds,
      execQueueTime: 0,
      execTotalTime: seconds,
    },
    samples: { totalQueryableSamples: stats.samplesRead, peakSamples: stats.samplesRead },
  });
}
