import { MINUTE_MS } from "../../model/time.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { boundedMs } from "./find-traces.ts";
import { IN_SPAN_RANGE, IS_FAILED, spanRangeOptions, VERSION, type SpanRange } from "./request-sql.ts";

/** Calls of one version of a service by one version of another. */
export interface VersionPair {
  readonly caller: string;
  readonly callerVersion: string;
  readonly callee: string;
  readonly calleeVersion: string;
  readonly calls: number;
  /** Those whose client's or server's span failed. */
  readonly failed: number;
}

export interface VersionPairsRequest extends SpanRange {
  readonly service: string;
  /** Which end of the calls the service is. */
  readonly role: "caller" | "callee";
  /** Spans of the service that are looked at; of more, whole traces are left out, always the same ones. */
  readonly maxSpans: number;
  /** Pairs. */
  readonly limit: number;
}

export interface VersionPairs {
  readonly pairs: readonly VersionPair[];
  /** One trace of so many was looked at. */
  readonly sampledOneIn: number;
}

/** The other side of a call ends at about the same time; clocks differ, and a queue may take a while. */
const AROUND_MS = 10 * MINUTE_MS;

/** Client and producer spans; server and consumer spans. */
const KINDS = { caller: "kind IN (3, 4)", callee: "kind IN (2, 5)" } as const;

const countSql = (role: VersionPairsRequest["role"]): string => `
SELECT count() AS spans
FROM spans
WHERE service = {service:String}
  AND ${IN_SPAN_RANGE}
  AND ${KINDS[role]}`;

const side = (role: VersionPairsRequest["role"], where: string): string => `
  SELECT trace_id, ${role === "caller" ? "span_id" : "parent_span_id"} AS call_id, toString(service) AS service,
    ${VERSION} AS version, ${IS_FAILED} AS failed
  FROM spans
  WHERE ${where}
    AND ${KINDS[role]}
    AND sipHash64(trace_id) % {one_in:UInt32} = 0`;

/** The side of the service is the smaller one, and lies on the right, where the join holds it in memory. */
function pairsSql(role: VersionPairsRequest["role"]): string {
  const other = role === "caller" ? "callee" : "caller";
  const around = `end_time >= fromUnixTimestamp64Milli({around_from_ms:Int64}, 'UTC')
    AND end_time < fromUnixTimestamp64Milli({around_to_ms:Int64}, 'UTC')`;
  const [caller, callee] = role === "caller" ? ["own", "other"] : ["other", "own"];
  return `
SELECT ${caller}.service AS caller, ${caller}.version AS caller_version, ${callee}.service AS callee,
  ${callee}.version AS callee_version, count() AS calls, countIf(${caller}.failed OR ${callee}.failed) AS failures
FROM (${side(other, around)}) AS other
INNER JOIN (${side(role, `service = {service:String} AND ${IN_SPAN_RANGE}`)}) AS own
ON other.trace_id = own.trace_id AND other.call_id = own.call_id
GROUP BY caller, caller_version, callee, callee_version
ORDER BY failures DESC, calls DESC, caller, caller_version, callee, callee_version
LIMIT {limit:UInt32}`;
}

/**
 * Which versions called which: a client's span and the server's below it, joined by trace and parent id. The pairs with most
 * failures first. Rejects with ClickHouseError.
 */
export async function readVersionPairs(
  clickhouse: ClickHouse,
  request: VersionPairsRequest,
): Promise<VersionPairs> {
  const { service, role, fromMs, toMs, maxSpans, limit } = request;
  const [counted] = await clickhouse.query<{ spans: string }>(
    "read",
    countSql(role),
    spanRangeOptions(request, { service }),
  );
  const sampledOneIn = Math.max(1, Math.ceil(Number(counted?.spans ?? 0) / maxSpans));
  const rows = await clickhouse.query<{
    caller: string;
    caller_version: string;
    callee: string;
    callee_version: string;
    calls: string;
    failures: string;
  }>(
    "read",
    pairsSql(role),
    spanRangeOptions(request, {
      service,
      one_in: sampledOneIn,
      around_from_ms: boundedMs(fromMs - AROUND_MS),
      around_to_ms: boundedMs(toMs + AROUND_MS),
      limit,
    }),
  );
  return {
    sampledOneIn,
    pairs: rows.map((row) => ({
      caller: row.caller,
      callerVersion: row.caller_version,
      callee: row.callee,
      calleeVersion: row.callee_version,
      calls: Number(row.calls),
      failed: Number(row.failures),
    })),
  };
}
