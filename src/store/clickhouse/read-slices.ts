import type { IndicatorChunk } from "../../model/sli-counts.ts";
import type { SliceMethod } from "../../slo/budgeting-method.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { excludedSql } from "./excluded-sql.ts";
import type { BucketCounts, CountsQuery } from "./read-buckets.ts";
import type { ChunkSum } from "./read-chunk-sums.ts";

/** A slice counts in the bucket that it ends with. */
const LAST_BUCKET_S = "slice_s + {length_s:UInt32} - 10";
const RATIO = "least(greatest(slice_good, 0) / slice_total, 1)";
/** Of each slice with events: 1 or 0, or its share of good events. */
const GOOD: Readonly<Record<SliceMethod["kind"], string>> = {
  timeslices: `toFloat64(${RATIO} >= {slice_target:Float64})`,
  "ratio-timeslices": RATIO,
};

/** `within`: a condition that the last bucket of a slice, `last_s`, has to pass; `more`: one on buckets. */
const slices = (kind: SliceMethod["kind"], within: string, more: string): string => `
  SELECT indicator, last_s, ${GOOD[kind]} AS good
  FROM (
    SELECT
      indicator,
      intDiv(toUnixTimestamp(bucket), {length_s:UInt32}) * {length_s:UInt32} AS slice_s,
      ${LAST_BUCKET_S} AS last_s,
      sum(good) AS slice_good,
      sum(total) AS slice_total
    FROM sli_counts
    WHERE indicator IN {indicators:Array(String)}
      AND bucket > toDateTime({from_s:UInt32} - {length_s:UInt32}, 'UTC')
      AND bucket < toDateTime({to_s:UInt32}, 'UTC')${more}
    GROUP BY indicator, slice_s
    HAVING slice_total > 0 AND ${within}
  )`;

const chunkSums = (kind: SliceMethod["kind"], more: string): string => `
SELECT indicator, intDiv(last_s, 600) * 600 AS chunk_s, sum(good) AS chunk_good, count() AS chunk_total
FROM (${slices(kind, "last_s >= {from_s:UInt32} AND last_s < {to_s:UInt32}", more)})
GROUP BY indicator, chunk_s
ORDER BY indicator, chunk_s`;

const buckets = (kind: SliceMethod["kind"], more: string): string => `
SELECT indicator, last_s, good
FROM (${slices(
  kind,
  `(indicator, intDiv(last_s, 600) * 600) IN (
      SELECT tupleElement(pair, 1), tupleElement(pair, 2)
      FROM (SELECT arrayJoin(arrayZip({indicators:Array(String)}, {chunks_s:Array(UInt32)})) AS pair)
    )`,
  more,
)})
ORDER BY indicator, last_s`;

/** As `readChunkSums`, of slices: how many have events, and how many of those are good. */
export async function readSliceSums(
  clickhouse: ClickHouse,
  indicators: readonly string[],
  method: SliceMethod,
  fromMs: number,
  toMs: number,
  { excluded, lane = "evaluate" }: CountsQuery = {},
): Promise<ChunkSum[]> {
  if (indicators.length === 0 || toMs <= fromMs) return [];
  const out = excludedSql(excluded);
  const range = { from_s: Math.ceil(fromMs / 1_000), to_s: Math.ceil(toMs / 1_000) };
  const rows = await clickhouse.query<{
    indicator: string;
    chunk_s: string;
    chunk_good: number;
    chunk_total: string;
  }>(lane, chunkSums(method.kind, out.condition), {
    params: { indicators, ...range, ...methodParams(method), ...out.params },
  });
  return rows.map((row) => ({
    indicator: row.indicator,
    chunkMs: Number(row.chunk_s) * 1_000,
    good: row.chunk_good,
    total: Number(row.chunk_total),
  }));
}

/** As `readBuckets`, of slices: each in the bucket that it ends with. A slice that is not over counts as it stands. */
export async function readSliceBuckets(
  clickhouse: ClickHouse,
  chunks: readonly IndicatorChunk[],
  method: SliceMethod,
  { excluded, lane = "evaluate" }: CountsQuery = {},
): Promise<BucketCounts[]> {
  if (chunks.length === 0) return [];
  const out = excludedSql(excluded);
  const seconds = chunks.map((chunk) => Math.floor(chunk.chunkMs / 1_000));
  const params = {
    indicators: chunks.map((chunk) => chunk.indicator),
    chunks_s: seconds,
    from_s: seconds.reduce((least, second) => Math.min(least, second)),
    to_s: seconds.reduce((most, second) => Math.max(most, second)) + 600,
    ...methodParams(method),
    ...out.params,
  };
  const rows = await clickhouse.query<{ indicator: string; last_s: string; good: number }>(
    lane,
    buckets(method.kind, out.condition),
    { params },
  );
  return rows.map((row) => ({
    indicator: row.indicator,
    bucketMs: Number(row.last_s) * 1_000,
    good: row.good,
    total: 1,
  }));
}

function methodParams(method: SliceMethod): Record<string, number> {
  const length = { length_s: method.sliceMs / 1_000 };
  return method.kind === "timeslices" ? { ...length, slice_target: method.sliceTarget } : length;
}
