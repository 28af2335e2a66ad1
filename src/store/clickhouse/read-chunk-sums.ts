import type { ClickHouse } from "./clickhouse.ts";
import { excludedSql } from "./excluded-sql.ts";
import type { CountsQuery } from "./read-buckets.ts";

/** Counts of one indicator in one 10-minute chunk. */
export interface ChunkSum {
  readonly indicator: string;
  /** Start of the chunk, epoch milliseconds. */
  readonly chunkMs: number;
  readonly good: number;
  readonly total: number;
}

const chunkSums = (more: string): string => `
SELECT
  indicator,
  intDiv(toUnixTimestamp(bucket), 600) * 600 AS chunk_s,
  sum(good) AS good,
  sum(total) AS total
FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')${more}
GROUP BY indicator, chunk_s
ORDER BY indicator, chunk_s`;

/** Sums of the buckets that start in [fromMs, toMs), by indicator and chunk in time order; chunks without counts are left out. */
export async function readChunkSums(
  clickhouse: ClickHouse,
  indicators: readonly string[],
  fromMs: number,
  toMs: number,
  { excluded, lane = "evaluate" }: CountsQuery = {},
): Promise<ChunkSum[]> {
  if (indicators.length === 0 || toMs <= fromMs) return [];
  const out = excludedSql(excluded);
  const params = {
    indicators,
    from_s: Math.ceil(fromMs / 1_000),
    to_s: Math.ceil(toMs / 1_000),
    ...out.params,
  };
  const rows = await clickhouse.query<{ indicator: string; chunk_s: string; good: string; total: string }>(
    lane,
    chunkSums(out.condition),
    { params },
  );
  return rows.map((row) => ({
    indicator: row.indicator,
    chunkMs: Number(row.chunk_s) * 1_000,
    good: Number(row.good),
    total: Number(row.total),
  }));
}
