import type { IndicatorChunk } from "../model/sli-counts.ts";
import type { SliCounts } from "../slo/bucket.ts";
import type { BudgetingMethod, SliceMethod } from "../slo/budgeting-method.ts";
import { excludedFor, type Exclusion } from "../slo/exclusion.ts";
import { CHUNK_MS } from "../slo/history.ts";
import { unionOf, type Interval } from "../slo/intervals.ts";

/**
 * What the evaluator reads of the telemetry store. Counts read are absolute, so reading twice is harmless. `excluded`: what
 * leaves the counts, in whole buckets, and where slices are read in whole slices; in order.
 */
export interface CountReader {
  /** The newest committed ingest group; 0 when there is none. */
  readLastGroupId(): Promise<bigint>;
  /** Chunks whose counts changed in groups after `groupId`, in order of group. */
  readChangesAfter(
    groupId: bigint,
  ): Promise<readonly { readonly groupId: bigint; readonly touched: readonly IndicatorChunk[] }[]>;
  /** Sums of the chunks that have events and begin in [fromMs, toMs). */
  readChunkSums(
    indicators: readonly string[],
    fromMs: number,
    toMs: number,
    excluded?: readonly Interval[],
  ): Promise<readonly ChunkCounts[]>;
  /** Single buckets of these chunks; chunks without events have none. */
  readBuckets(
    chunks: readonly IndicatorChunk[],
    excluded?: readonly Interval[],
  ): Promise<readonly BucketCounts[]>;
  /** The same of slices, each of which counts in the bucket that it ends with. */
  readSliceSums(
    indicators: readonly string[],
    method: SliceMethod,
    fromMs: number,
    toMs: number,
    excluded?: readonly Interval[],
  ): Promise<readonly ChunkCounts[]>;
  readSliceBuckets(
    chunks: readonly IndicatorChunk[],
    method: SliceMethod,
    excluded?: readonly Interval[],
  ): Promise<readonly BucketCounts[]>;
}

type ChunkCounts = IndicatorChunk & SliCounts;
type BucketCounts = SliCounts & { readonly indicator: string; readonly bucketMs: number };

/** What is counted: events of an indicator, or its slices. */
export interface CountSource {
  readonly indicator: string;
  readonly method: BudgetingMethod;
  /** What leaves the counts. */
  readonly exclusion?: Exclusion | undefined;
}

/** A chunk of a source, which is named by its counts key. */
export interface SourceChunk {
  readonly key: string;
  readonly chunkMs: number;
}

/** Reads events and slices alike; rows are named by the keys of their sources. */
export interface SourceReader {
  readChunkSums(
    keys: readonly string[],
    fromMs: number,
    toMs: number,
  ): Promise<readonly (SourceChunk & SliCounts)[]>;
  readBuckets(
    chunks: readonly SourceChunk[],
  ): Promise<readonly (SliCounts & { readonly key: string; readonly bucketMs: number })[]>;
}

/** `sourceOf`: the source of each key that is asked for. */
export function createSourceReader(
  reader: CountReader,
  sourceOf: (key: string) => CountSource,
): SourceReader {
  /** One read for all events, one for each way to slice them, and for each of these and what is excluded. */
  const byMethod = async <T, R extends { readonly indicator: string }>(
    items: readonly T[],
    keyOf: (item: T) => string,
    read: (items: readonly T[], source: CountSource) => Promise<readonly R[]>,
  ): Promise<(R & { readonly key: string })[]> => {
    const groups = new Map<string, { source: CountSource; items: T[]; keys: Map<string, string> }>();
    for (const item of items) {
      const key = keyOf(item);
      const source = sourceOf(key);
      const { indicator } = source;
      const name = key.slice(indicator.length);
      const group = groups.get(name) ?? { source, items: [], keys: new Map<string, string>() };
      group.items.push(item);
      group.keys.set(indicator, key);
      groups.set(name, group);
    }
    const rows: (R & { readonly key: string })[] = [];
    for (const { source, items: members, keys } of groups.values()) {
      for (const row of await read(members, source)) rows.push({ ...row, key: keys.get(row.indicator)! });
    }
    return rows;
  };

  return {
    readChunkSums: (keys, fromMs, toMs) =>
      byMethod(
        keys,
        (key) => key,
        (members, { method, exclusion }) => {
          const indicators = members.map((key) => sourceOf(key).indicator);
          const excluded = exclusion && excludedFor(exclusion, method, fromMs, toMs);
          return method.kind === "occurrences"
            ? reader.readChunkSums(indicators, fromMs, toMs, excluded)
            : reader.readSliceSums(indicators, method, fromMs, toMs, excluded);
        },
      ),
    readBuckets: (chunks) =>
      byMethod(
        chunks,
        ({ key }) => key,
        (members, { method, exclusion }) => {
          const starts = new Set(members.map(({ chunkMs }) => chunkMs));
          const excluded =
            exclusion &&
            unionOf([...starts].flatMap((ms) => excludedFor(exclusion, method, ms, ms + CHUNK_MS)));
          const pairs = members.map(({ key, chunkMs }) => ({ indicator: sourceOf(key).indicator, chunkMs }));
          return method.kind === "occurrences"
            ? reader.readBuckets(pairs, excluded)
            : reader.readSliceBuckets(pairs, method, excluded);
        },
      ),
  };
}
