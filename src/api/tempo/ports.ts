import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AttributeType, AttributeValue } from "../../model/attributes.ts";
import type { Span } from "../../model/span.ts";
import type { TagField, TagNames, TagValue } from "../../model/tag-field.ts";
import type { Now } from "../../model/time.ts";
import type { Log } from "../../self/log.ts";

/** The first wrong place of a query, and what to write there. */
export interface QueryFault {
  readonly message: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly hint: string | undefined;
}

/** An attribute of a result. */
export interface FoundAttribute {
  readonly key: string;
  readonly type: AttributeType;
  readonly value: AttributeValue;
}

export interface FoundSpanSet {
  readonly matched: number;
  readonly attributes: readonly FoundAttribute[];
  readonly spans: readonly {
    readonly spanId: string;
    readonly name: string;
    readonly startUnixNano: bigint;
    readonly durationNanos: number;
    readonly attributes: readonly FoundAttribute[];
  }[];
}

export interface FoundTrace {
  readonly traceId: string;
  readonly rootServiceName: string;
  readonly rootTraceName: string;
  readonly startUnixNano: bigint;
  readonly durationMs: number;
  readonly spanSets: readonly FoundSpanSet[];
}

interface Inspected {
  readonly inspectedTraces: number;
  readonly inspectedSpans: number;
  readonly isPartial: boolean;
}

export interface SearchOptions {
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
  readonly spansPerSpanset: number;
  readonly signal: AbortSignal;
}

export type SearchOutcome =
  | ({ readonly kind: "found"; readonly traces: readonly FoundTrace[] } & Inspected)
  | { readonly kind: "invalid"; readonly error: QueryFault };

export interface MetricsOptions {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** In the whole answer; 0 for none. */
  readonly maxExemplars: number;
  readonly signal: AbortSignal;
}

export interface FoundSeries {
  readonly labels: readonly FoundAttribute[];
  readonly samples: readonly { readonly timestampMs: number; readonly value: number }[];
  readonly exemplars: readonly {
    readonly traceId: string;
    readonly timestampMs: number;
    readonly value: number;
  }[];
}

export type MetricsOutcome =
  | ({ readonly kind: "series"; readonly series: readonly FoundSeries[] } & Inspected)
  | { readonly kind: "invalid"; readonly error: QueryFault };

/** Spans that ended in [startMs, endMs) and pass a query, as far as it can be read. */
export interface TagSelection {
  readonly startMs: number;
  readonly endMs: number;
  /** TraceQL, perhaps half written; undefined takes all. */
  readonly query: string | undefined;
  readonly signal: AbortSignal;
}

/** What the Tempo API is made of. */
export interface TempoPorts {
  /** undefined when no span of it is stored. */
  readonly readTrace: (
    traceId: string,
    hint: { readonly startMs?: number; readonly endMs?: number; readonly signal: AbortSignal },
  ) => Promise<{ readonly spans: readonly Span[]; readonly isTruncated: boolean } | undefined>;
  readonly search: (query: string, options: SearchOptions) => Promise<SearchOutcome>;
  readonly metrics: (query: string, options: MetricsOptions) => Promise<MetricsOutcome>;
  readonly tagNames: (selection: TagSelection) => Promise<TagNames>;
  readonly tagValues: (
    field: TagField,
    selection: TagSelection,
    limit: number,
  ) => Promise<readonly TagValue[]>;
  /** How a failure of the store is told; undefined for what is not the store's. */
  readonly storeFailure: (
    error: unknown,
  ) => { readonly status: ContentfulStatusCode; readonly message: string } | undefined;
  readonly isReady: () => boolean;
  readonly now: Now;
  readonly version: string;
  readonly log: Log;
}
