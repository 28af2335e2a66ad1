import { createHash } from "node:crypto";
import type { Now } from "../model/time.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { OtlpFailure } from "./otlp-answer.ts";
import { describeRejected } from "./otlp/decode-result.ts";
import type { Curtailed, DecodeError, RejectedSpans } from "./otlp/decode-result.ts";
import { decodeTracesJson } from "./otlp/decode-traces-json.ts";
import { decodeTracesProtobuf } from "./otlp/decode-traces-protobuf.ts";
import type { OtlpEncoding, PartialSuccess } from "./otlp/encode-response.ts";
import type { SpanLimits } from "./otlp/span-limits.ts";

/** What became of a request, whichever way it came in. */
export type TakenTraces =
  | { readonly kind: "taken"; readonly partialSuccess?: PartialSuccess }
  | ({ readonly kind: "failed" } & OtlpFailure);

export interface TakeObserver {
  /** Every decoded request, before it is stored. */
  decoded(request: {
    readonly spans: number;
    readonly rejected: RejectedSpans;
    readonly curtailed: Curtailed;
    readonly decodeMs: number;
  }): void;
}

export interface TakeOptions {
  readonly submit: GroupCommit["submit"];
  readonly spanLimits: SpanLimits;
  readonly now: Now;
  readonly observer?: TakeObserver;
}

/** Where nothing better is known. */
export const RETRY_AFTER_MS = 1_000;

export const failed = (failure: OtlpFailure): TakenTraces => ({ kind: "failed", ...failure });

/** Decodes one ExportTraceServiceRequest and resolves when its spans are stored, or will not be. */
export async function takeTraces(
  bytes: Uint8Array,
  encoding: OtlpEncoding,
  options: TakeOptions,
): Promise<TakenTraces> {
  const startMs = performance.now();
  const decode = encoding === "json" ? decodeTracesJson : decodeTracesProtobuf;
  const result = decode(bytes, options.now(), options.spanLimits);
  if (result.kind === "failed") return failed(isGzip(bytes) ? STILL_GZIP : decodeFailure(result.error));
  const { batch, rejected, curtailed } = result;
  const decodeMs = performance.now() - startMs;
  options.observer?.decoded({ spans: batch.count, rejected, curtailed, decodeMs });
  if (batch.count > 0) {
    const bodyHash = createHash("sha256").update(bytes).digest().subarray(0, 16);
    const stored = await options.submit({ bodyHash, spans: batch });
    if (stored.kind === "failed") {
      const { retryAfterMs } = stored;
      return failed({ status: 503, message: "the spans could not be stored", retryAfterMs });
    }
    if (stored.kind === "stopping") {
      return failed({ status: 503, message: "the service is stopping", retryAfterMs: RETRY_AFTER_MS });
    }
  }
  if (rejected.count === 0) return { kind: "taken" };
  const partialSuccess = { rejectedSpans: rejected.count, errorMessage: describeRejected(rejected) };
  return { kind: "taken", partialSuccess };
}

/** Neither JSON nor a request in protobuf begins so. */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const STILL_GZIP: OtlpFailure = {
  status: 400,
  message:
    "the body is gzip where it should not be: send the header content-encoding: gzip, and compress it once",
};

function decodeFailure(error: DecodeError): OtlpFailure {
  const where = error.path === "" ? "" : `${error.path}: `;
  const offset = error.offset === undefined ? "" : ` (at byte ${error.offset})`;
  return { status: error.kind === "too_large" ? 413 : 400, message: `${where}${error.message}${offset}` };
}
