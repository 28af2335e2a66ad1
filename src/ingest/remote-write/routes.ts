import { IncomingMessage } from "node:http";
import { type Context, Hono } from "hono";
import type { Log } from "../../self/log.ts";
import type { Admission } from "../admission.ts";
import { type BodyLimits, type BodyResult, readBody } from "../body-reader.ts";
import { ACCEPTED_CONTENT, isSnappy, writeVersion } from "./content-type.ts";
import { createSnappyDecoder, type SnappyDecoder } from "./snappy.ts";
import { NOTHING_WRITTEN, RETRY_AFTER_MS, takeWrite } from "./take-write.ts";
import type { TakenWrite, WriteTakeObserver, WriteTakeOptions } from "./take-write.ts";
import { answerWrite, type WriteAnswer } from "./write-answer.ts";
import type { WriteVersion } from "./write-decoder.ts";

export interface WriteObserver extends WriteTakeObserver {
  /** Every answered request; `status` is the HTTP status, `bodyBytes` are uncompressed. */
  requestEnded(request: {
    readonly version: WriteVersion | "unknown";
    readonly status: number;
    readonly bodyBytes: number;
    readonly durationMs: number;
  }): void;
}

export interface RemoteWriteRoutesOptions extends WriteTakeOptions {
  readonly admission: Admission;
  readonly bodyLimits: BodyLimits;
  readonly log: Log;
  readonly observer?: WriteObserver;
}

export const REMOTE_WRITE_PATH = "/prometheus/api/v1/write";

/**
 * Prometheus remote write 1.0 and 2.0: POST /prometheus/api/v1/write; see https://prometheus.io/docs/specs/prw/. Overload is
 * 503, as Prometheus drops what is answered with 429. Authorization is put in front by the app.
 */
export function createRemoteWriteRoutes(options: RemoteWriteRoutesOptions): Hono {
  const app = new Hono();
  const snappy = createSnappyDecoder();
  app.post(REMOTE_WRITE_PATH, (context) => handleWrite(context, snappy, options));
  app.all(REMOTE_WRITE_PATH, (context) => {
    const message = `${context.req.method} is not allowed here: send samples with POST`;
    return answerWrite({ status: 405, written: NOTHING_WRITTEN, message });
  });
  return app;
}

async function handleWrite(
  context: Context,
  snappy: SnappyDecoder,
  options: RemoteWriteRoutesOptions,
): Promise<Response> {
  const startMs = performance.now();
  const version = writeVersion(headerOf(context, "content-type"));
  const progress = { bodyBytes: 0 };
  let answer: WriteAnswer;
  try {
    answer = await readAndStore(context, version, snappy, options, progress);
  } catch (error) {
    options.log.error("a remote write request failed", { error });
    answer = failure(503, "internal error", RETRY_AFTER_MS);
  }
  options.observer?.requestEnded({
    version: version ?? "unknown",
    status: answer.status,
    bodyBytes: progress.bodyBytes,
    durationMs: performance.now() - startMs,
  });
  return answerWrite(answer);
}

async function readAndStore(
  context: Context,
  version: WriteVersion | undefined,
  snappy: SnappyDecoder,
  options: RemoteWriteRoutesOptions,
  progress: { bodyBytes: number },
): Promise<WriteAnswer> {
  const { admission, bodyLimits } = options;
  if (version === undefined) {
    const given = headerOf(context, "content-type") ?? "none";
    return failure(415, `content type ${given} is not accepted: send ${ACCEPTED_CONTENT}`);
  }
  const contentEncoding = headerOf(context, "content-encoding");
  if (!isSnappy(contentEncoding)) {
    return failure(415, `content encoding ${contentEncoding} is not accepted: send snappy (block format)`);
  }
  const declaredBytes = declaredLength(headerOf(context, "content-length"));
  if (declaredBytes > bodyLimits.compressedBytes) return tooLarge(bodyLimits.compressedBytes, "before");
  const entry = admission.enter(declaredBytes);
  if (entry.kind === "refused") return failure(503, entry.reason, entry.retryAfterMs);
  const { ticket } = entry;
  try {
    const body = await readBody(
      { body: incomingOf(context) ?? context.req.raw.body, contentEncoding: undefined },
      bodyLimits,
      (bytes) => ticket.grow(bytes),
    );
    if (body.kind !== "read") return bodyFailure(body, admission);
    const plain = snappy.decode(body.bytes, bodyLimits.bytes);
    if (plain.kind === "too_large") return tooLarge(bodyLimits.bytes, "after");
    if (plain.kind === "malformed")
      return failure(400, `the body is not snappy (block format): ${plain.message}`);
    progress.bodyBytes = plain.bytes.length;
    if (!ticket.grow(plain.bytes.length)) return overloaded(admission);
    return answerOf(await takeWrite(version, plain.bytes, options));
  } finally {
    ticket.release();
  }
}

/** Node's own request, where the app is served by Node: to make a web request of it takes longer than to decode its body. */
function incomingOf(context: Context): IncomingMessage | undefined {
  const { incoming } = (context.env ?? {}) as { readonly incoming?: unknown };
  return incoming instanceof IncomingMessage ? incoming : undefined;
}

function headerOf(
  context: Context,
  name: "content-type" | "content-encoding" | "content-length",
): string | undefined {
  const incoming = incomingOf(context);
  return incoming === undefined ? context.req.header(name) : incoming.headers[name];
}

function answerOf(taken: TakenWrite): WriteAnswer {
  switch (taken.kind) {
    case "taken":
      return { status: 204, written: taken.written };
    case "refused":
      return { status: 400, written: taken.written, message: taken.message };
    case "not_stored":
      return failure(503, taken.message, taken.retryAfterMs);
  }
}

function declaredLength(header: string | undefined): number {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : 0;
}

function bodyFailure(body: Exclude<BodyResult, { kind: "read" }>, admission: Admission): WriteAnswer {
  switch (body.kind) {
    case "too_large":
      return tooLarge(body.limitBytes, "before");
    case "refused":
      return overloaded(admission);
    case "too_slow": {
      const message = `the body did not arrive within ${body.timeoutMs} ms: send smaller batches`;
      return { ...failure(503, message, RETRY_AFTER_MS), closes: true };
    }
    case "aborted":
    case "bad_encoding":
    case "unsupported_encoding":
      return failure(400, "the body ended before it was complete");
  }
}

function overloaded(admission: Admission): WriteAnswer {
  const { reason, retryAfterMs } = admission.overloaded();
  return failure(503, reason, retryAfterMs);
}

function tooLarge(limitBytes: number, stage: "before" | "after"): WriteAnswer {
  const advice = "send smaller batches (max_samples_per_send)";
  return failure(413, `the body is larger than ${limitBytes} bytes ${stage} decompression: ${advice}`);
}

function failure(status: WriteAnswer["status"], message: string, retryAfterMs?: number): WriteAnswer {
  const answer = { status, message, written: NOTHING_WRITTEN };
  return retryAfterMs === undefined ? answer : { ...answer, retryAfterMs };
}
