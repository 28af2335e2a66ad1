import { type Context, Hono } from "hono";
import type { Log } from "../self/log.ts";
import type { Admission, Refusal } from "./admission.ts";
import { type BodyLimits, type BodyResult, contentCoding, readBody } from "./body-reader.ts";
import { answerFailure, answerSuccess, otlpEncoding, type OtlpFailure } from "./otlp-answer.ts";
import type { OtlpEncoding } from "./otlp/encode-response.ts";
import { failed, RETRY_AFTER_MS, takeTraces } from "./take-traces.ts";
import type { TakenTraces, TakeObserver, TakeOptions } from "./take-traces.ts";

export interface OtlpObserver extends TakeObserver {
  /** Every answered request; `status` is the HTTP status. */
  requestEnded(request: {
    readonly encoding: OtlpEncoding | "unknown";
    readonly status: number;
    readonly bodyBytes: number;
    readonly durationMs: number;
  }): void;
}

export interface OtlpRoutesOptions extends TakeOptions {
  readonly admission: Admission;
  readonly bodyLimits: BodyLimits;
  readonly log: Log;
  readonly observer?: OtlpObserver;
}

const NOT_SERVED =
  "this version takes traces alone (POST /v1/traces): turn the metrics and logs exporters of the sender off, e.g. OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none";
const TRACES_PATHS = ["/v1/traces", "/v1/traces/"];
const ACCEPTED_TYPES = "application/x-protobuf or application/json";
const ACCEPTED_CODINGS = "gzip, deflate or identity";

/**
 * OTLP/HTTP: POST /v1/traces, and a clear no to the other signals. Every failure is a google.rpc.Status in the
 * request's encoding; see https://opentelemetry.io/docs/specs/otlp/#otlphttp. Authorization is put in front by the app.
 */
export function createOtlpRoutes(options: OtlpRoutesOptions): Hono {
  const app = new Hono();
  // Some senders put a slash at the end of a base address and keep it.
  app.on("POST", TRACES_PATHS, (context) => handleTraces(context, options));
  const wrongMethod = (context: Context): Response => {
    const message = `${context.req.method} is not allowed here: send traces with POST`;
    return answerFailure(encodingOr(context, "json"), { status: 405, message, allow: "POST" });
  };
  for (const path of TRACES_PATHS) app.all(path, wrongMethod);
  for (const path of ["/v1/metrics", "/v1/logs"]) {
    app.all(path, (context) =>
      answerFailure(encodingOr(context, "json"), { status: 404, message: NOT_SERVED }),
    );
  }
  app.notFound(answerNotFound);
  return app;
}

/** For a port that serves nothing else: most often the path is missing from a signal's own endpoint. */
export function answerNotFound(context: Context): Response {
  const message = `nothing is taken at ${context.req.path}: send traces to /v1/traces (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used as it is, OTEL_EXPORTER_OTLP_ENDPOINT gets the path added)`;
  return answerFailure(encodingOr(context, "json"), { status: 404, message });
}

function encodingOr(context: Context, otherwise: OtlpEncoding): OtlpEncoding {
  return otlpEncoding(context.req.header("content-type")) ?? otherwise;
}

async function handleTraces(context: Context, options: OtlpRoutesOptions): Promise<Response> {
  const startMs = performance.now();
  const encoding = otlpEncoding(context.req.header("content-type"));
  const progress = { bodyBytes: 0 };
  let response: Response;
  try {
    const outcome = await readAndStore(context, encoding, options, progress);
    response =
      outcome.kind === "taken"
        ? answerSuccess(encoding ?? "json", outcome.partialSuccess)
        : answerFailure(encoding ?? "json", outcome);
  } catch (error) {
    // 503, not 500: senders give up on 500.
    options.log.error("a trace request failed", { error });
    const failure: OtlpFailure = { status: 503, message: "internal error", retryAfterMs: RETRY_AFTER_MS };
    response = answerFailure(encoding ?? "json", failure);
  }
  options.observer?.requestEnded({
    encoding: encoding ?? "unknown",
    status: response.status,
    bodyBytes: progress.bodyBytes,
    durationMs: performance.now() - startMs,
  });
  return response;
}

async function readAndStore(
  context: Context,
  encoding: OtlpEncoding | undefined,
  options: OtlpRoutesOptions,
  progress: { bodyBytes: number },
): Promise<TakenTraces> {
  const contentEncoding = context.req.header("content-encoding");
  if (encoding === undefined) {
    const given = context.req.header("content-type") ?? "none";
    return failed({ status: 415, message: `content type ${given} is not accepted: send ${ACCEPTED_TYPES}` });
  }
  if (contentCoding(contentEncoding) === undefined) return failed(unsupportedCoding(contentEncoding ?? ""));
  const declaredBytes = declaredLength(context.req.header("content-length"));
  const { compressedBytes } = options.bodyLimits;
  if (declaredBytes > compressedBytes) return failed(tooLarge(compressedBytes, "before decompression"));
  const entry = options.admission.enter(declaredBytes);
  if (entry.kind === "refused") return failed(refusal(entry));
  try {
    const body = await readBody(
      { body: context.req.raw.body, contentEncoding },
      options.bodyLimits,
      (bytes) => entry.ticket.grow(bytes),
    );
    if (body.kind !== "read") return failed(bodyFailure(body, options.admission));
    progress.bodyBytes = body.bytes.length;
    return await takeTraces(body.bytes, encoding, options);
  } finally {
    entry.ticket.release();
  }
}

function declaredLength(header: string | undefined): number {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : 0;
}

function bodyFailure(body: Exclude<BodyResult, { kind: "read" }>, admission: Admission): OtlpFailure {
  switch (body.kind) {
    case "too_large":
      return tooLarge(body.limitBytes, body.stage);
    case "bad_encoding":
      return { status: 400, message: `the body cannot be decompressed: ${body.message}` };
    case "unsupported_encoding":
      return unsupportedCoding(body.encoding);
    case "aborted":
      return { status: 400, message: "the body ended before it was complete" };
    case "too_slow":
      return {
        status: 503,
        message: `the body did not arrive within ${body.timeoutMs} ms: send smaller batches`,
        retryAfterMs: RETRY_AFTER_MS,
        closes: true,
      };
    case "refused":
      return refusal(admission.overloaded());
  }
}

function refusal({ status, reason, retryAfterMs }: Refusal): OtlpFailure {
  return { status, message: reason, retryAfterMs };
}

function tooLarge(limitBytes: number, stage: string): OtlpFailure {
  return {
    status: 413,
    message: `the body is larger than ${limitBytes} bytes ${stage}: send smaller batches`,
  };
}

function unsupportedCoding(coding: string): OtlpFailure {
  return { status: 415, message: `content encoding ${coding} is not accepted: send ${ACCEPTED_CODINGS}` };
}
