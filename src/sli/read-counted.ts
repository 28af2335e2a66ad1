import type { CountDelta } from "../model/sli-counts.ts";
import type { BucketRange } from "./bucket-ranges.ts";
import type { CountsStore } from "./counts-sql.ts";

const COUNTED = `
SELECT toString(indicator) AS id, toUnixTimestamp(bucket) AS bucket_s, sum(good) AS good, sum(total) AS total
FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')
GROUP BY indicator, bucket`;

/** The counts that are stored of these indicators in the buckets of a range. */
export async function readCounted(
  store: CountsStore,
  indicators: readonly string[],
  { fromMs, toMs }: BucketRange,
): Promise<readonly CountDelta[]> {
  const rows = await store.query<{
    id: string;
    bucket_s: number;
    good: number | string;
    total: number | string;
  }>(COUNTED, { params: { indicators, from_s: fromMs / 1_000, to_s: toMs / 1_000 } });
  return rows.map((row) => ({
    indicator: row.id,
    bucketMs: row.bucket_s * 1_000,
    good: Number(row.good),
    total: Number(row.total),
  }));
}

/** Sums of fractions differ in their last digits with the order in which they are added. */
const TOLERANCE = 1e-9;
/** What is left of a sum that should be nothing is not corrected for ever. */
const SMALLEST = 1e-3;

/** What to add to `counted` so that it equals `raw`, where that is more than rounding. Earliest first. */
export function differences(
  raw: readonly CountDelta[],
  counted: readonly CountDelta[],
): readonly CountDelta[] {
  const known = new Map(counted.map((counts) => [keyOf(counts), counts]));
  const found: CountDelta[] = [];
  for (const counts of raw) {
    const key = keyOf(counts);
    const before = known.get(key);
    known.delete(key);
    const good = difference(counts.good, before?.good ?? 0);
    const total = difference(counts.total, before?.total ?? 0);
    if (good !== 0 || total !== 0) found.push({ ...counts, good, total });
  }
  for (const counts of known.values()) {
    const good = difference(0, counts.good);
    const total = difference(0, counts.total);
    if (good !== 0 || total !== 0) found.push({ ...counts, good, total });
  }
  return found.sort((a, b) => a.bucketMs - b.bucketMs);
}

function keyOf({ indicator, bucketMs }: CountDelta): string {
  return `${indicator}/${bucketMs}`;
}

function difference(raw: number, counted: number): number {
  const missing = raw - counted;
  return Math.abs(missing) <= TOLERANCE * Math.max(Math.abs(raw), Math.abs(counted), SMALLEST) ? 0 : missing;
}
