import type { ExceptionCount, StatementCost } from "../../model/faults.ts";
import type { ClickHouse } from "./clickhouse.ts";

const MAX_SECONDS = 10;
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
/** Distinct texts that are looked at, the most frequent ones. */
const MOST_ROWS = 5_000;

export interface FaultRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** All where it is left out. */
  readonly service?: string | undefined;
  readonly signal?: AbortSignal;
}

const TIMES = `end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND ({service:String} = '' OR service = {service:String})`;

/** An attribute of an event, which is stored as a list of OTLP's KeyValue. */
const eventText = (key: string): string =>
  `arrayFirst(entry -> JSONExtractString(entry, 'key') = '${key}', JSONExtractArrayRaw(attributes))`;

/** Numbers are taken out here already: otherwise every message would be one of its own. */
const EXCEPTIONS = `
SELECT service, type, message, count() AS count,
  toUnixTimestamp64Milli(min(end_time)) AS first_ms, toUnixTimestamp64Milli(max(end_time)) AS last_ms,
  arraySort(groupUniqArrayIf(20)(version, version != '')) AS versions,
  arrayMap(found -> found.2, arrayReverseSort(found -> found.1, groupArraySample(20, 1)((end_time, lower(hex(trace_id)))))) AS traces,
  any(whole) AS example
FROM (
  SELECT toString(service) AS service, end_time, trace_id, resource_str['service.version'] AS version,
    JSONExtractString(${eventText("exception.type")}, 'value', 'stringValue') AS type,
    substring(JSONExtractString(${eventText("exception.message")}, 'value', 'stringValue'), 1, 800) AS whole,
    replaceRegexpAll(whole, '[0-9]+', '0') AS message
  FROM spans ARRAY JOIN events_name AS event, events_attributes AS attributes
  WHERE ${TIMES} AND has(events_name, 'exception') AND event = 'exception'
)
GROUP BY service, type, message
ORDER BY count DESC, service, type, message
LIMIT ${MOST_ROWS}`;

/** As they are read; \`message\` is one of those that differ in numbers alone. */
export async function readExceptions(
  clickhouse: ClickHouse,
  range: FaultRange,
): Promise<readonly ExceptionCount[]> {
  const rows = await clickhouse.query<{
    service: string;
    type: string;
    example: string;
    count: string;
    first_ms: string;
    last_ms: string;
    versions: string[];
    traces: string[];
  }>("read", EXCEPTIONS, optionsOf(range));
  return rows.map((row) => ({
    service: row.service,
    type: row.type,
    message: row.example,
    count: Number(row.count),
    firstMs: Number(row.first_ms),
    lastMs: Number(row.last_ms),
    versions: row.versions,
    traceIds: row.traces,
  }));
}

const STATEMENTS = `
SELECT of_service, system, database, argMax(whole, duration_ns) AS statement,
  count() AS count, countIf(status = 2) AS errors, sum(duration_ns) AS total_ns, max(duration_ns) AS max_ns,
  lower(hex(argMax(trace_id, duration_ns))) AS trace
FROM (
  SELECT toString(service) AS of_service, trace_id, duration_ns, status,
    if(span_str['db.system.name'] != '', span_str['db.system.name'], span_str['db.system']) AS system,
    if(span_str['db.namespace'] != '', span_str['db.namespace'], span_str['db.name']) AS database,
    substring(if(span_str['db.query.text'] != '', span_str['db.query.text'],
      if(span_str['db.statement'] != '', span_str['db.statement'], toString(name))), 1, 2000) AS whole
  FROM spans
  WHERE ${TIMES} AND (mapContains(span_str, 'db.system.name') OR mapContains(span_str, 'db.system'))
)
GROUP BY of_service, system, database, replaceRegexpAll(whole, '[0-9]+|\\'[^\\']*\\'', '0') AS shape
ORDER BY total_ns DESC, of_service, shape
LIMIT ${MOST_ROWS}`;

/** Calls of databases by statement. */
export async function readStatements(
  clickhouse: ClickHouse,
  range: FaultRange,
): Promise<readonly StatementCost[]> {
  const rows = await clickhouse.query<{
    of_service: string;
    system: string;
    database: string;
    statement: string;
    count: string;
    errors: string;
    total_ns: string;
    max_ns: string;
    trace: string;
  }>("read", STATEMENTS, optionsOf(range));
  return rows.map((row) => ({
    service: row.of_service,
    system: row.system,
    database: row.database,
    statement: row.statement,
    count: Number(row.count),
    errors: Number(row.errors),
    totalNs: Number(row.total_ns),
    maxNs: Number(row.max_ns),
    traceId: row.trace,
  }));
}

function optionsOf({ fromMs, toMs, service, signal }: FaultRange) {
  return {
    params: { from_ms: Math.floor(fromMs), to_ms: Math.ceil(toMs), service: service ?? "" },
    limits: { maxExecutionSeconds: MAX_SECONDS, maxMemoryBytes: MAX_MEMORY_BYTES },
    ...(signal === undefined ? {} : { signal }),
  };
}
