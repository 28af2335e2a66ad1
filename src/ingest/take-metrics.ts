import { createHash } from "node:crypto";
import { type SampleBatch, sampleCount } from "../model/sample-batch.ts";
import type { Now } from "../model/time.ts";
import type { GroupCommit } from "./group-commit.ts";
import { decodeMetricsJson } from "./otlp/decode-metrics-json.ts";
import { decodeMetricsProtobuf } from "./otlp/decode-metrics-protobuf.ts";
import type { MetricLimits } from "./otlp/metric-limits.ts";
import { describeRejectedPoints, type RejectedPoints } from "./otlp/metric-rejects.ts";
import { createMetricSeries } from "./otlp/metric-series.ts";
import type { SeriesTable } from "./series-table.ts";
import { submitTaken, type Take, undecodable } from "./take.ts";

export interface TakeMetricsObserver {
  /** Every decoded request, before it is stored. */
  decoded(request: {
    /** Data points in the request, with the rejected ones. */
    readonly points: number;
    /** What they became. */
    readonly samples: number;
    readonly rejected: RejectedPoints;
    readonly decodeMs: number;
  }): void;
}

export interface TakeMetricsOptions {
  readonly submit: GroupCommit["submit"];
  readonly series: SeriesTable;
  readonly metricLimits: MetricLimits;
  /** Whether what is said of an instrumentation scope becomes labels. */
  readonly promoteScope: boolean;
  readonly now: Now;
  readonly observer?: TakeMetricsObserver;
}

/** Takes ExportMetricsServiceRequests. To be made once: it remembers the series it has seen. */
export function createTakeMetrics(options: TakeMetricsOptions): Take {
  const { metricLimits, now, series: table, promoteScope } = options;
  const series = createMetricSeries({ table, promoteScope });
  return async (bytes, encoding) => {
    const startMs = performance.now();
    const decode = encoding === "json" ? decodeMetricsJson : decodeMetricsProtobuf;
    const result = decode(bytes, now(), metricLimits, series);
    if (result.kind === "failed") return undecodable(bytes, result.error);
    const { batch, points, rejected } = result;
    const samples = sampleCount(batch);
    const decodeMs = performance.now() - startMs;
    options.observer?.decoded({ points, samples, rejected, decodeMs });
    if (samples > 0) {
      // Without deltas, storing the same again changes nothing, and there is nothing to remember.
      const submission = hasDeltas(batch) ? { samples: batch, bodyHash: hashOf(bytes) } : { samples: batch };
      const failure = await submitTaken(options.submit, submission, "data points");
      if (failure !== undefined) return failure;
    }
    if (rejected.count === 0) return { kind: "taken" };
    const partialSuccess = { rejected: rejected.count, errorMessage: describeRejectedPoints(rejected) };
    return { kind: "taken", partialSuccess };
  };
}

function hasDeltas({ floats, histograms }: SampleBatch): boolean {
  return floats.isDelta !== undefined || histograms.some(({ isDelta }) => isDelta);
}

const hashOf = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest().subarray(0, 16);
