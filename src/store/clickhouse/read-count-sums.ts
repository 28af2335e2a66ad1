import type { SliCounts } from "../../slo/bucket.ts";
import type { ClickHouse } from "./clickhouse.ts";

const COUNT_SUMS = `
SELECT
  indicator,
  sum(good) AS good,
  sum(total) AS total
FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')
GROUP BY indicator`;

/** Counts of the buckets that begin in [fromMs, toMs), by indicator; those without counts are left out. */
export async function readCountSums(
  clickhouse: ClickHouse,
  indicators: readonly string[],
  fromMs: number,
  toMs: number,
): Promise<ReadonlyMap<string, SliCounts>> {
  if (indicators.length === 0 || toMs <= fromMs) return new Map();
  const params = { indicators, from_s: Math.ceil(fromMs / 1_000), to_s: Math.ceil(toMs / 1_000) };
  const rows = await clickhouse.query<{ indicator: string; good: string; total: string }>(
    "background",
    COUNT_SUMS,
    { params },
  );
  return new Map(
    rows.map(({ indicator, good, total }) => [indicator, { good: Number(good), total: Number(total) }]),
  );
}
