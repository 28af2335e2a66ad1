import type { CountsStore } from "./counts-sql.ts";

const LAST_COUNTED = `
SELECT toString(indicator) AS id, toUnixTimestamp(max(bucket)) AS bucket_s
FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
GROUP BY indicator`;

/** The start of the last bucket that has counts, by indicator: what is evaluated on the tick is missing after it. */
export async function readLastCounted(
  store: CountsStore,
  indicators: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (indicators.length === 0) return new Map();
  const rows = await store.query<{ id: string; bucket_s: number }>(LAST_COUNTED, { params: { indicators } });
  return new Map(rows.map((row) => [row.id, row.bucket_s * 1_000]));
}
