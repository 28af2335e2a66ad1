import type { ClickHouse } from "./clickhouse.ts";

/** What is stored of the spans that ended on one day, UTC. */
export interface SpanDay {
  /** `20260131`. */
  readonly partitionId: string;
  /** End of the day, epoch milliseconds. */
  readonly endMs: number;
  readonly bytes: number;
  readonly spans: number;
}

const DAYS = `
SELECT
  partition_id,
  toUnixTimestamp(toDateTime(max(toDate(partition)) + 1, 'UTC')) AS end_s,
  sum(bytes_on_disk) AS bytes,
  sum(rows) AS spans
FROM system.parts
WHERE database = currentDatabase() AND table = 'spans' AND active
GROUP BY partition_id
ORDER BY end_s`;

/** The days of which spans are stored, the oldest first. */
export async function readSpanDays(clickhouse: ClickHouse): Promise<readonly SpanDay[]> {
  const rows = await clickhouse.query<{ partition_id: string; end_s: number; bytes: string; spans: string }>(
    "background",
    DAYS,
  );
  return rows.map((row) => ({
    partitionId: row.partition_id,
    endMs: row.end_s * 1_000,
    bytes: Number(row.bytes),
    spans: Number(row.spans),
  }));
}

/** The oldest days without which the rest is at most `maxBytes`; a day that has not ended at `nowMs` always stays. */
export function daysBeyond(days: readonly SpanDay[], maxBytes: number, nowMs: number): readonly SpanDay[] {
  let bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  const beyond: SpanDay[] = [];
  for (const day of days) {
    if (bytes <= maxBytes || day.endMs > nowMs) break;
    beyond.push(day);
    bytes -= day.bytes;
  }
  return beyond;
}

const RECORD_KEPT_FROM = `
INSERT INTO retention_raises (table_name, kept_from)
SELECT 'spans', fromUnixTimestamp64Milli({kept_from_ms:Int64}, 'UTC')`;

/** From now on nothing is compared with spans from before, which may be gone. To be said before they go. */
export async function recordSpansKeptFrom(clickhouse: ClickHouse, keptFromMs: number): Promise<void> {
  await clickhouse.command("background", RECORD_KEPT_FROM, { params: { kept_from_ms: keptFromMs } });
}

/** Removes the spans of a day. Harmless when there are none. */
export async function dropSpanDay(clickhouse: ClickHouse, { partitionId }: SpanDay): Promise<void> {
  if (!/^\d{8}$/.test(partitionId)) throw new TypeError(`no day: ${JSON.stringify(partitionId)}`);
  await clickhouse.command("background", `ALTER TABLE spans DROP PARTITION ID '${partitionId}'`);
}
