import type { ClickHouse } from "./clickhouse.ts";
import { IN_SPAN_RANGE, spanRangeOptions, VERSION, type SpanRange } from "./request-sql.ts";

/** Exceptions of one type that one version of a service recorded. */
export interface ExceptionType {
  readonly version: string;
  readonly type: string;
  readonly count: number;
  /** When the first span with one ended, epoch milliseconds. */
  readonly firstMs: number;
}

/** Events are stored with their attributes as OTLP/JSON. */
const TYPES = `arrayMap(text -> JSONExtractString(
      arrayFirst(entry -> JSONExtractString(entry, 'key') = 'exception.type', JSONExtractArrayRaw(text)),
      'value', 'stringValue'),
    arrayFilter((text, name) -> name = 'exception', events_attributes, events_name))`;

const EXCEPTION_TYPES = `
SELECT version, type, count() AS exceptions,
  toUnixTimestamp64Milli(toDateTime64(min(end_time), 3, 'UTC')) AS first_ms
FROM (
  SELECT ${VERSION} AS version, end_time, arrayJoin(${TYPES}) AS type
  FROM spans
  WHERE service = {service:String}
    AND ${IN_SPAN_RANGE}
    AND has(events_name, 'exception'))
WHERE type != ''
GROUP BY version, type
ORDER BY exceptions DESC, version, type
LIMIT {limit:UInt32}`;

/** The types of exceptions that spans of a service recorded, by version, the most frequent first. */
export async function readExceptionTypes(
  clickhouse: ClickHouse,
  request: SpanRange & { readonly service: string; readonly limit: number },
): Promise<readonly ExceptionType[]> {
  const { service, limit } = request;
  const rows = await clickhouse.query<{
    version: string;
    type: string;
    exceptions: string;
    first_ms: string;
  }>("read", EXCEPTION_TYPES, spanRangeOptions(request, { service, limit }));
  return rows.map(({ version, type, exceptions, first_ms }) => ({
    version,
    type,
    count: Number(exceptions),
    firstMs: Number(first_ms),
  }));
}
