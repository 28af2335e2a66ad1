import type { IndicatorChunk } from "../model/sli-counts.ts";
import type { CountsStore } from "./counts-sql.ts";

/** Ids of groups are microseconds. Counting again is mostly done seconds after its group, and late when there is much. */
const BEFORE_LAST_MICROS = 3_600_000_000;

const TOUCHED = `
SELECT DISTINCT toString(indicator) AS id, toUnixTimestamp(chunk) AS chunk_s
FROM ingest_groups
ARRAY JOIN touched_indicator AS indicator, touched_chunk AS chunk
WHERE group_id + ${BEFORE_LAST_MICROS} >= (SELECT max(group_id) FROM ingest_groups)
  AND indicator IN {indicators:Array(String)}`;

/** The chunks of these indicators that the groups of the last hour before the last group touched. */
export async function readTouched(
  store: CountsStore,
  indicators: readonly string[],
): Promise<readonly IndicatorChunk[]> {
  if (indicators.length === 0) return [];
  const rows = await store.query<{ id: string; chunk_s: number }>(TOUCHED, { params: { indicators } });
  return rows.map((row) => ({ indicator: row.id, chunkMs: row.chunk_s * 1_000 }));
}
