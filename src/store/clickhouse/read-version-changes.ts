import type { ServiceChange } from "../../alert/notification-context.ts";
import type { ClickHouse } from "./clickhouse.ts";

/** An alert waits for it: a late answer is worth nothing. */
const MAX_SECONDS = 2;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const MOST_VERSIONS = 50;

const FIRST_SEEN = `
SELECT resource_str['service.version'] AS version,
  toUnixTimestamp64Milli(toDateTime64(min(end_time), 3, 'UTC')) AS first_ms
FROM spans
WHERE service = {service:String}
  AND end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND toUnixTimestamp(end_time) >= intDiv({from_ms:Int64}, 1000)
  AND toUnixTimestamp(end_time) <= intDiv({to_ms:Int64}, 1000)
GROUP BY version
ORDER BY first_ms, version
LIMIT {most:UInt32}`;

/**
 * Versions of a service that were first seen in [sinceMs, toMs), the latest first, where others, or spans without a
 * version, were seen in the time from `fromMs` on before. One that is back after that time counts as new.
 */
export async function readVersionChanges(
  clickhouse: ClickHouse,
  service: string,
  range: { readonly fromMs: number; readonly sinceMs: number; readonly toMs: number },
  signal?: AbortSignal,
): Promise<readonly ServiceChange[]> {
  const rows = await clickhouse.query<{ version: string; first_ms: string }>("read", FIRST_SEEN, {
    params: {
      service,
      from_ms: Math.floor(range.fromMs),
      to_ms: Math.ceil(range.toMs),
      most: MOST_VERSIONS,
    },
    limits: { maxExecutionSeconds: MAX_SECONDS, maxMemoryBytes: MAX_MEMORY_BYTES },
    ...(signal === undefined ? {} : { signal }),
  });
  const seen = rows.map(({ version, first_ms }) => ({ service, version, firstSeenMs: Number(first_ms) }));
  // A service that nobody knew before has no new version.
  const wasThere = seen.some(({ firstSeenMs }) => firstSeenMs < range.sinceMs);
  if (!wasThere) return [];
  return seen
    .filter(({ version, firstSeenMs }) => version !== "" && firstSeenMs >= range.sinceMs)
    .sort((a, b) => b.firstSeenMs - a.firstSeenMs || (a.version < b.version ? -1 : 1));
}
