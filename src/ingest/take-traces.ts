import { createHash } from "node:crypto";
import type { Now } from "../model/time.ts";
import type { GroupCommit } from "./group-commit.ts";
import { describeRejected } from "./otlp/decode-result.ts";
import type { Curtailed, RejectedSpans } from "./otlp/decode-result.ts";
import { decodeTracesJson } from "./otlp/decode-traces-json.ts";
import { decodeTracesProtobuf } from "./otlp/decode-traces-protobuf.ts";
import type { SpanLimits } from "./otlp/span-limits.ts";
import { submitTaken, type Take, undecodable } from "./take.ts";

export interface TakeTracesObserver {
  /** Every decoded request, before it is stored. */
  decoded(request: {
    readonly spans: number;
    readonly rejected: RejectedSpans;
    readonly curtailed: Curtailed;
    readonly decodeMs: number;
  }): void;
}

export interface TakeTracesOptions {
  readonly submit: GroupCommit["submit"];
  readonly spanLimits: SpanLimits;
  readonly now: Now;
  readonly observer?: TakeTracesObserver;
}

/** Takes ExportTraceServiceRequests. */
export function createTakeTraces(options: TakeTracesOptions): Take {
  return async (bytes, encoding) => {
    const startMs = performance.now();
    const decode = encoding === "json" ? decodeTracesJson : decodeTracesProtobuf;
    const result = decode(bytes, options.now(), options.spanLimits);
    if (result.kind === "failed") return undecodable(bytes, result.error);
    const { batch, rejected, curtailed } = result;
    const decodeMs = performance.now() - startMs;
    options.observer?.decoded({ spans: batch.count, rejected, curtailed, decodeMs });
    if (batch.count > 0) {
      const bodyHash = createHash("sha256").update(bytes).digest().subarray(0, 16);
      const failure = await submitTaken(options.submit, { bodyHash, spans: batch }, "spans");
      if (failure !== undefined) return failure;
    }
    if (rejected.count === 0) return { kind: "taken" };
    const partialSuccess = { rejected: rejected.count, errorMessage: describeRejected(rejected) };
    return { kind: "taken", partialSuccess };
  };
}
