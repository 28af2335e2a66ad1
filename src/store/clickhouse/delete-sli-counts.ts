import type { ClickHouse } from "./clickhouse.ts";

const DELETE_COUNTS = `
DELETE FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')`;

const LAST_SECOND = 0xffff_ffff;

/**
 * Removes the counts of these indicators in the buckets that start in [fromMs, toMs), by default all of them, before they
 * are counted anew. Resolves when reads no longer see them.
 */
export async function deleteSliCounts(
  clickhouse: ClickHouse,
  what: { readonly indicators: readonly string[]; readonly fromMs?: number; readonly toMs?: number },
): Promise<void> {
  if (what.indicators.length === 0) return;
  await clickhouse.command("background", DELETE_COUNTS, {
    params: {
      indicators: what.indicators,
      from_s: what.fromMs === undefined ? 0 : Math.max(0, Math.ceil(what.fromMs / 1_000)),
      to_s: what.toMs === undefined ? LAST_SECOND : Math.min(LAST_SECOND, Math.ceil(what.toMs / 1_000)),
    },
    settings: { lightweight_deletes_sync: 2 },
  });
}
