import type { ServiceChange } from "../../alert/notification-context.ts";
import type { ClickHouse } from "./clickhouse.ts";

/** An alert waits for it: a late answer is worth nothing. */
const MAX_SECONDS = 2;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const MOST_VERSIONS = 50;
/** Spans that are looked at: of a busy service, of each minute only the first seconds. */
const MOST_SPANS = 200_000;
/** A version shows in the names that are most frequent, and the table is ordered by name. */
const MOST_NAMES = 3;
const SAMPLE_MS = 60_000;

const IN_RANGE = `service = {service:String}
  AND end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND toUnixTimestamp(end_time) >= intDiv({from_ms:Int64}, 1000)
  AND toUnixTimestamp(end_time) <= intDiv({to_ms:Int64}, 1000)`;

const NAMES = `
SELECT toString(name) AS name, count() AS spans
FROM spans
WHERE ${IN_RANGE}
GROUP BY name
ORDER BY spans DESC, name
LIMIT {most:UInt32}`;

const FIRST_SEEN = `
SELECT resource_str['service.version'] AS version,
  toUnixTimestamp64Milli(toDateTime64(min(end_time), 3, 'UTC')) AS first_ms
FROM spans
PREWHERE ${IN_RANGE}
  AND name IN ({names:Array(String)})
  AND toUnixTimestamp(end_time) % 60 < {seconds:UInt8}
GROUP BY version
ORDER BY first_ms, version
LIMIT {most:UInt32}`;

/**
 * Versions of a service that were first seen in [sinceMs, toMs), the latest first, where others, or spans without a
 * version, were seen in the time from `fromMs` on before. One that is back after that time counts as new. Looks at the
 * service's most frequent spans; of a busy one the times are right to a minute.
 */
export async function readVersionChanges(
  clickhouse: ClickHouse,
  service: string,
  range: { readonly fromMs: number; readonly sinceMs: number; readonly toMs: number },
  signal?: AbortSignal,
): Promise<readonly ServiceChange[]> {
  const limits = { maxExecutionSeconds: MAX_SECONDS, maxMemoryBytes: MAX_MEMORY_BYTES };
  const query = <Row>(sql: string, fromMs: number, params: Record<string, number | readonly string[]>) =>
    clickhouse.query<Row>("read", sql, {
      params: { service, from_ms: Math.floor(fromMs), to_ms: Math.ceil(range.toMs), ...params },
      limits,
      ...(signal === undefined ? {} : { signal }),
    });
  const namesSince = (fromMs: number) =>
    query<{ name: string; spans: string }>(NAMES, fromMs, { most: MOST_NAMES });
  // Where nothing arrives any more, what arrived before tells.
  let sinceMs = Math.max(range.fromMs, range.toMs - 2 * SAMPLE_MS);
  let names = await namesSince(sinceMs);
  if (names.length === 0) names = await namesSince((sinceMs = range.fromMs));
  if (names.length === 0) return [];
  const perMs = names.reduce((sum, { spans }) => sum + Number(spans), 0) / (range.toMs - sinceMs);
  const share = MOST_SPANS / (perMs * (range.toMs - range.fromMs));
  const rows = await query<{ version: string; first_ms: string }>(FIRST_SEEN, range.fromMs, {
    names: names.map(({ name }) => name),
    seconds: Math.min(60, Math.max(1, Math.floor(60 * share))),
    most: MOST_VERSIONS,
  });
  const seen = rows.map(({ version, first_ms }) => ({ service, version, firstSeenMs: Number(first_ms) }));
  // A service that nobody knew before has no new version.
  const wasThere = seen.some(({ firstSeenMs }) => firstSeenMs < range.sinceMs);
  if (!wasThere) return [];
  return seen
    .filter(({ version, firstSeenMs }) => version !== "" && firstSeenMs >= range.sinceMs)
    .sort((a, b) => b.firstSeenMs - a.firstSeenMs || (a.version < b.version ? -1 : 1));
}
