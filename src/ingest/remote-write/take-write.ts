import { sampleCount } from "../../model/sample-batch.ts";
import type { Now } from "../../model/time.ts";
import type { GroupCommit } from "../group-commit.ts";
import { describeRefusedSamples, type RefusedSamples } from "./refused-samples.ts";
import type { WriteDecoder, WriteVersion } from "./write-decoder.ts";

/** What a request left in the store. */
export interface Written {
  readonly samples: number;
  readonly histograms: number;
  readonly exemplars: number;
}

export const NOTHING_WRITTEN: Written = { samples: 0, histograms: 0, exemplars: 0 };

export type TakenWrite =
  /** Everything is stored. */
  | { readonly kind: "taken"; readonly written: Written }
  /** What is not written was refused, and would be again. */
  | { readonly kind: "refused"; readonly written: Written; readonly message: string }
  /** Nothing is stored; it may be tried again. */
  | { readonly kind: "not_stored"; readonly message: string; readonly retryAfterMs: number };

export interface WriteTakeObserver {
  /** Every decoded request, before it is stored. */
  decoded(request: {
    readonly version: WriteVersion;
    readonly samples: number;
    readonly histograms: number;
    readonly exemplars: number;
    readonly refused: RefusedSamples;
    readonly droppedExemplars: number;
    readonly decodeMs: number;
  }): void;
}

export interface WriteTakeOptions {
  readonly decoder: WriteDecoder;
  readonly submit: GroupCommit["submit"];
  readonly now: Now;
  readonly observer?: WriteTakeObserver;
}

/** Where nothing better is known. */
export const RETRY_AFTER_MS = 1_000;

/** Decodes one request and resolves when what is valid of it is stored, or will not be. */
export async function takeWrite(
  version: WriteVersion,
  body: Uint8Array,
  options: WriteTakeOptions,
): Promise<TakenWrite> {
  const startMs = performance.now();
  const decoded = options.decoder.decode(version, body, options.now());
  if (decoded.kind === "malformed") {
    return {
      kind: "refused",
      written: NOTHING_WRITTEN,
      message: `the body is malformed: ${decoded.message}`,
    };
  }
  const { batch, refused, droppedExemplars } = decoded;
  const written: Written = {
    samples: batch.floats.count,
    histograms: batch.histograms.length,
    exemplars: batch.exemplars.length,
  };
  const decodeMs = performance.now() - startMs;
  options.observer?.decoded({ version, ...written, refused, droppedExemplars, decodeMs });
  if (sampleCount(batch) + batch.exemplars.length + batch.metadata.length > 0) {
    // Without the body's hash: to store samples again changes nothing.
    const stored = await options.submit({ samples: batch });
    if (stored.kind === "failed") {
      const { retryAfterMs } = stored;
      return { kind: "not_stored", message: "the samples could not be stored", retryAfterMs };
    }
    if (stored.kind === "stopping") {
      return { kind: "not_stored", message: "the service is stopping", retryAfterMs: RETRY_AFTER_MS };
    }
  }
  if (refused.count === 0) return { kind: "taken", written };
  return { kind: "refused", written, message: describeRefusedSamples(refused, sampleCount(batch)) };
}
