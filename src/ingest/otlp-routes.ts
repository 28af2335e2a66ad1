import { type Context, Hono } from "hono";
import type { Log } from "../self/log.ts";
import type { Admission, Refusal } from "./admission.ts";
import { type BodyLimits, type BodyResult, contentCoding, readBody } from "./body-reader.ts";
import { answerFailure, answerSuccess, otlpEncoding, type OtlpFailure } from "./otlp-answer.ts";
import type { OtlpEncoding, OtlpSignal } from "./otlp/encode-response.ts";
import { failed, RETRY_AFTER_MS, type Take, type Taken } from "./take.ts";

export interface OtlpObserver {
  /** Every answered request; `status` is the HTTP status. */
  requestEnded(request: {
    readonly signal: OtlpSignal;
    readonly encoding: OtlpEncoding | "unknown";
    readonly status: number;
    readonly bodyBytes: number;
    readonly durationMs: number;
  }): void;
}

export interface OtlpRoutesOptions {
  readonly take: Readonly<Record<OtlpSignal, Take>>;
  readonly admission: Admission;
  readonly bodyLimits: BodyLimits;
  readonly log: Log;
  readonly observer?: OtlpObserver;
}

/** Where each signal is taken. Some senders put a slash at the end of a base address and keep it. */
const PATHS: Readonly<Record<OtlpSignal, readonly string[]>> = {
  traces: ["/v1/traces", "/v1/traces/"],
  // The last one is where Prometheus takes them.
  metrics: ["/v1/metrics", "/v1/metrics/", "/prometheus/api/v1/otlp/v1/metrics"],
};
const NO_LOGS =
  "logs are not taken, only traces (/v1/traces) and metrics (/v1/metrics): turn the logs exporter of the sender off, e.g. OTEL_LOGS_EXPORTER=none";
const ACCEPTED_TYPES = "application/x-protobuf or application/json";
const ACCEPTED_CODINGS = "gzip, deflate or identity";

/**
 * OTLP/HTTP: POST /v1/traces and /v1/metrics, and a clear no to logs. Every failure is a google.rpc.Status in the
 * request's encoding; see https://opentelemetry.io/docs/specs/otlp/#otlphttp. Authorization is put in front by the app.
 */
export function createOtlpRoutes(options: OtlpRoutesOptions): Hono {
  const app = new Hono();
  for (const signal of ["traces", "metrics"] as const) {
    const paths = [...PATHS[signal]];
    app.on("POST", paths, (context) => handleExport(context, signal, options));
    const wrongMethod = (context: Context): Response => {
      const message = `${context.req.method} is not allowed here: send ${signal} with POST`;
      return answerFailure(encodingOr(context, "json"), { status: 405, message, allow: "POST" });
    };
    for (const path of paths) app.all(path, wrongMethod);
  }
  app.all("/v1/logs", (context) =>
    answerFailure(encodingOr(context, "json"), { status: 404, message: NO_LOGS }),
  );
  app.notFound(answerNotFound);
  return app;
}

/** For a port that serves nothing else: most often the path is missing from a signal's own endpoint. */
export function answerNotFound(context: Context): Response {
  const message = `nothing is taken at ${context.req.path}: send traces to /v1/traces and metrics to /v1/metrics (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_METRICS_ENDPOINT are used as they are, OTEL_EXPORTER_OTLP_ENDPOINT gets the path added)`;
  return answerFailure(encodingOr(context, "json"), { status: 404, message });
}

function encodingOr(context: Context, otherwise: OtlpEncoding): OtlpEncoding {
  return otlpEncoding(context.req.header("content-type")) ?? otherwise;
}

async function handleExport(
  context: Context,
  signal: OtlpSignal,
  options: OtlpRoutesOptions,
): Promise<Response> {
  const startMs = performance.now();
  const encoding = otlpEncoding(context.req.header("content-type"));
  const progress = { bodyBytes: 0 };
  let response: Response;
  try {
    const outcome = await readAndStore(context, encoding, signal, options, progress);
    response =
      outcome.kind === "taken"
        ? answerSuccess(signal, encoding ?? "json", outcome.partialSuccess)
        : answerFailure(encoding ?? "json", outcome);
  } catch (error) {
    // 503, not 500: senders give up on 500.
    options.log.error("an OTLP request failed", { signal, error });
    const failure: OtlpFailure = { status: 503, message: "internal error", retryAfterMs: RETRY_AFTER_MS };
    response = answerFailure(encoding ?? "json", failure);
  }
  options.observer?.requestEnded({
    signal,
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
  signal: OtlpSignal,
  options: OtlpRoutesOptions,
  progress: { bodyBytes: number },
): Promise<Taken> {
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
    return await options.take[signal](body.bytes, encoding);
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
