import type { ClickHouse } from "./clickhouse.ts";

const VALUE_OF = { samples: "value", histogram_samples: "count" } as const;

/** Samples of some series between two times, both inclusive. */
export interface StoredSamplesRange {
  readonly table: keyof typeof VALUE_OF;
  readonly metrics: readonly string[];
  readonly ids: readonly bigint[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StoredSampleRow {
  /** Of the series, in decimal. */
  readonly id: string;
  readonly timeMs: number;
  /** The largest one; of a histogram the count of observations. */
  readonly value: number;
}

/** Reads samples one by one, without staleness markers; for few of them. Waited for by ingest. */
export async function readStoredSamples(
  clickhouse: ClickHouse,
  { table, metrics, ids, fromMs, toMs }: StoredSamplesRange,
): Promise<readonly StoredSampleRow[]> {
  const sql = `SELECT toString(series) AS id, toString(toUnixTimestamp64Milli(time)) AS time_ms,
  toString(max(${VALUE_OF[table]})) AS highest
FROM ${table}
WHERE metric IN {metrics:Array(String)}
  AND series IN {ids:Array(UInt64)}
  AND time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND time <= fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND NOT isNaN(${VALUE_OF[table]})
GROUP BY series, time`;
  const rows = await clickhouse.query<{ id: string; time_ms: string; highest: string }>("ingest", sql, {
    params: { metrics, ids, from_ms: fromMs, to_ms: toMs },
  });
  return rows.map(({ id, time_ms, highest }) => ({ id, timeMs: Number(time_ms), value: Number(highest) }));
}
