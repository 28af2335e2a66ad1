import type { ClickHouse } from "./clickhouse.ts";

/** An alert waits for it: a late answer is worth nothing. */
const MAX_SECONDS = 2;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
/** More values than people can use; ids among them are told apart later. */
const MOST_VALUES = 200;

/** Events of an indicator with one endpoint and one version of the service. */
export interface BadShare {
  readonly endpoint: string;
  readonly version: string;
  readonly total: number;
  readonly bad: number;
}

/** The route where there is one: a span's name may hold anything. */
const sharesSql = (total: string, good: string): string => `
SELECT if(span_str['http.route'] != '',
    trimBoth(concat(if(span_str['http.request.method'] != '', span_str['http.request.method'], span_str['http.method']),
      ' ', span_str['http.route'])),
    toString(name)) AS endpoint,
  resource_str['service.version'] AS version,
  count() AS total,
  countIf(NOT ${good}) AS bad
FROM spans
WHERE end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND toUnixTimestamp(end_time) >= intDiv({from_ms:Int64}, 1000)
  AND toUnixTimestamp(end_time) <= intDiv({to_ms:Int64}, 1000)
  AND ${total}
GROUP BY endpoint, version
ORDER BY bad DESC, total DESC, endpoint, version
LIMIT {most:UInt32}`;

/**
 * Where the events of [fromMs, toMs) are that these conditions (they come from TraceQL filters) select: those with most
 * bad ones first.
 */
export async function readBadShares(
  clickhouse: ClickHouse,
  conditions: { readonly total: string; readonly good: string },
  range: { readonly fromMs: number; readonly toMs: number },
  signal?: AbortSignal,
): Promise<readonly BadShare[]> {
  const sql = sharesSql(conditions.total, conditions.good);
  const rows = await clickhouse.query<{ endpoint: string; version: string; total: string; bad: string }>(
    "read",
    sql,
    {
      params: { from_ms: Math.floor(range.fromMs), to_ms: Math.ceil(range.toMs), most: MOST_VALUES },
      limits: { maxExecutionSeconds: MAX_SECONDS, maxMemoryBytes: MAX_MEMORY_BYTES },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return rows.map(({ total, bad, ...value }) => ({ ...value, total: Number(total), bad: Number(bad) }));
}
