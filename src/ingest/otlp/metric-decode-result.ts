import type { SampleBatch } from "../../model/sample-batch.ts";
import type { DecodeError } from "./decode-result.ts";
import type { RejectedPoints } from "./metric-rejects.ts";

export type DecodedMetrics =
  | {
      readonly kind: "decoded";
      readonly batch: SampleBatch;
      /** Data points in the request, with the rejected ones. */
      readonly points: number;
      readonly rejected: RejectedPoints;
    }
  | { readonly kind: "failed"; readonly error: DecodeError };
