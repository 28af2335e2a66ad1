import type { SampleBatch } from "../../model/sample-batch.ts";
import { WireError } from "../otlp/wire-reader.ts";
import type { SeriesTable } from "../series-table.ts";
import { createV1Decoder } from "./decode-write-v1.ts";
import { createV2Decoder } from "./decode-write-v2.ts";
import type { RefusedSamples } from "./refused-samples.ts";
import { finishWrite, startWrite } from "./write-builder.ts";
import { createSampleColumns } from "./write-columns.ts";
import type { WriteLimits } from "./write-limits.ts";

/** The messages of the protocol: 1.0 is prometheus.WriteRequest, 2.0 is io.prometheus.write.v2.Request. */
export type WriteVersion = "1.0" | "2.0";

export type WriteResult =
  | {
      readonly kind: "decoded";
      readonly batch: SampleBatch;
      readonly refused: RefusedSamples;
      /** Exemplars that are too long, or whose time or series is refused. */
      readonly droppedExemplars: number;
    }
  /** The body as a whole is not what the protocol describes. */
  | { readonly kind: "malformed"; readonly message: string };

export interface WriteDecoder {
  /** Decodes an uncompressed request. Keeps nothing of `body`. */
  decode(version: WriteVersion, body: Uint8Array, nowMs: number): WriteResult;
}

/** One for a process: it learns what senders repeat. */
export function createWriteDecoder(table: SeriesTable, limits: WriteLimits): WriteDecoder {
  const columns = createSampleColumns();
  const decoders = {
    "1.0": createV1Decoder(table, limits.rememberedBytes),
    "2.0": createV2Decoder(table, limits.rememberedBytes),
  };
  return {
    decode(version, body, nowMs) {
      const builder = startWrite(table, columns, nowMs, limits);
      try {
        decoders[version](builder, body);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        return { kind: "malformed", message: `${error.message} (at byte ${error.offset})` };
      }
      return { kind: "decoded", ...finishWrite(builder) };
    },
  };
}
