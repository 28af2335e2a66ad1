import type { ClickHouse, Lane } from "./clickhouse.ts";
import type { IndicatorChunk } from "../../model/sli-counts.ts";
import type { Interval } from "../../slo/intervals.ts";
import { excludedSql } from "./excluded-sql.ts";

/** Counts of one indicator in one 10 s bucket. */
export interface BucketCounts {
  readonly indicator: string;
  /** Start of the bucket, epoch milliseconds. */
  readonly bucketMs: number;
  readonly good: number;
  readonly total: number;
}

const CHUNK_SECONDS = 600;

/** The first three conditions follow from the last; they are what the primary key can use. */
const buckets = (more: string): string => `
SELECT indicator, toUnixTimestamp(bucket) AS bucket_s, sum(good) AS good, sum(total) AS total
FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')
  AND (indicator, intDiv(toUnixTimestamp(bucket), 600) * 600) IN (
    SELECT tupleElement(pair, 1), tupleElement(pair, 2)
    FROM (SELECT arrayJoin(arrayZip({indicators:Array(String)}, {chunks_s:Array(UInt32)})) AS pair)
  )${more}
GROUP BY indicator, bucket
ORDER BY indicator, bucket`;

/** How counts are read. */
export interface CountsQuery {
  /** What is left out, in whole buckets, in order. */
  readonly excluded?: readonly Interval[] | undefined;
  /** `evaluate` unless something else is said. */
  readonly lane?: Lane | undefined;
}

/** Every bucket of the given chunks, by indicator in time order; buckets without counts are left out. */
export async function readBuckets(
  clickhouse: ClickHouse,
  chunks: readonly IndicatorChunk[],
  { excluded, lane = "evaluate" }: CountsQuery = {},
): Promise<BucketCounts[]> {
  if (chunks.length === 0) return [];
  const seconds = chunks.map((chunk) => Math.floor(chunk.chunkMs / 1_000));
  const out = excludedSql(excluded);
  const params = {
    indicators: chunks.map((chunk) => chunk.indicator),
    chunks_s: seconds,
    from_s: seconds.reduce((least, second) => Math.min(least, second)),
    to_s: seconds.reduce((most, second) => Math.max(most, second)) + CHUNK_SECONDS,
  };
  const rows = await clickhouse.query<{ indicator: string; bucket_s: number; good: string; total: string }>(
    lane,
    buckets(out.condition),
    { params: { ...params, ...out.params } },
  );
  return rows.map((row) => ({
    indicator: row.indicator,
    bucketMs: row.bucket_s * 1_000,
    good: Number(row.good),
    total: Number(row.total),
  }));
}
