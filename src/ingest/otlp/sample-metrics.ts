import type { SampleEntry } from "./sample-request.ts";

/** Metrics requests for tests, in the shape of OTLP/JSON: 64-bit integers are bigints, ids and bytes are arrays. */
export interface SampleExemplar {
  readonly timeUnixNano: bigint;
  readonly asDouble?: number;
  readonly asInt?: bigint;
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly filteredAttributes: readonly SampleEntry[];
}

interface SamplePoint {
  readonly attributes: readonly SampleEntry[];
  readonly startTimeUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly flags: number;
}

export interface SampleNumberPoint extends SamplePoint {
  readonly asDouble?: number;
  readonly asInt?: bigint;
  readonly exemplars: readonly SampleExemplar[];
}

export interface SampleHistogramPoint extends SamplePoint {
  readonly count: bigint;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly bucketCounts: readonly bigint[];
  readonly explicitBounds: readonly number[];
  readonly exemplars: readonly SampleExemplar[];
}

export interface SampleBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly bigint[];
}

export interface SampleExponentialPoint extends SamplePoint {
  readonly count: bigint;
  readonly sum?: number;
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  readonly positive: SampleBuckets;
  readonly negative: SampleBuckets;
  readonly exemplars: readonly SampleExemplar[];
}

export interface SampleSummaryPoint extends SamplePoint {
  readonly count: bigint;
  readonly sum: number;
  readonly quantileValues: readonly { readonly quantile: number; readonly value: number }[];
}

export type SampleData =
  | { readonly gauge: { readonly dataPoints: readonly SampleNumberPoint[] } }
  | {
      readonly sum: {
        readonly dataPoints: readonly SampleNumberPoint[];
        readonly aggregationTemporality: number;
        readonly isMonotonic: boolean;
      };
    }
  | {
      readonly histogram: {
        readonly dataPoints: readonly SampleHistogramPoint[];
        readonly aggregationTemporality: number;
      };
    }
  | {
      readonly exponentialHistogram: {
        readonly dataPoints: readonly SampleExponentialPoint[];
        readonly aggregationTemporality: number;
      };
    }
  | { readonly summary: { readonly dataPoints: readonly SampleSummaryPoint[] } };

export type SampleMetric = SampleData & {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
};

export interface SampleMetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly SampleEntry[] };
    readonly scopeMetrics: readonly {
      readonly scope: {
        readonly name: string;
        readonly version: string;
        readonly attributes: readonly SampleEntry[];
      };
      readonly metrics: readonly SampleMetric[];
      readonly schemaUrl: string;
    }[];
    readonly schemaUrl: string;
  }[];
}

/** When the sample points are: 2025-06-15T12:00:00Z. */
export const SAMPLE_MS = 1_749_988_800_000;

const nanos = (ms: number): bigint => BigInt(ms) * 1_000_000n;

/** What all points have: a time, a start a minute before it. */
export function samplePoint(attributes: Readonly<Record<string, string>> = {}, timeMs = SAMPLE_MS) {
  return {
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    startTimeUnixNano: nanos(SAMPLE_MS - 60_000),
    timeUnixNano: nanos(timeMs),
    flags: 0,
    exemplars: [],
  };
}

/** A request with one resource and one scope without a name. */
export function sampleMetrics(
  metrics: readonly SampleMetric[],
  resource: Readonly<Record<string, string>> = { "service.name": "checkout", "service.instance.id": "a1" },
  scope = "",
): SampleMetricsRequest {
  const { attributes } = samplePoint(resource);
  return {
    resourceMetrics: [
      {
        resource: { attributes },
        scopeMetrics: [{ scope: { name: scope, version: "", attributes: [] }, metrics, schemaUrl: "" }],
        schemaUrl: "",
      },
    ],
  };
}
