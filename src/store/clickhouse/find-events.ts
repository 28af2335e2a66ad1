import { sqlString } from "../../model/sql-string.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { IN_SPAN_RANGE, spanRangeOptions } from "./request-sql.ts";

/** Spans that ended in [fromMs, toMs) and pass a condition, which comes from TraceQL filters. */
export interface EventsRequest {
  readonly condition: string;
  /** No others need be read; undefined: any. */
  readonly services: readonly string[] | undefined;
  /** Only spans of these operations; undefined: any. */
  readonly operations: readonly { readonly service: string; readonly name: string }[] | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  /** Of one operation. */
  readonly limitEach: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** One span, by what it is found by. */
export interface FoundEvent {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  /** When it ended, epoch milliseconds. */
  readonly endMs: number;
}

const MAX_SECONDS = 5;

const whereSql = ({ condition, services, operations }: EventsRequest): string => {
  const ofServices = services && `service IN (${services.map(sqlString).join(", ") || "''"})`;
  const ofOperations =
    operations &&
    `(service, toString(name)) IN (${operations.map(({ service, name }) => `(${sqlString(service)}, ${sqlString(name)})`).join(", ")})`;
  return [ofServices, IN_SPAN_RANGE, ofOperations, condition]
    .filter((part) => part !== undefined)
    .join("\n  AND ");
};

const COUNT = (where: string): string => `SELECT count() AS events FROM spans WHERE ${where}`;

/** In the order of a hash of the trace's id: the same ones each time, and of all times alike. */
const FIND = (where: string): string => `
SELECT lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, service, toString(name) AS operation,
  toUnixTimestamp64Milli(toDateTime64(end_time, 3, 'UTC')) AS ended
FROM (
  SELECT trace_id, span_id, service, name, end_time
  FROM spans
  WHERE ${where}
  ORDER BY cityHash64(trace_id), trace_id, span_id, end_time
  LIMIT 1 BY trace_id, span_id)
ORDER BY cityHash64(trace_id), trace_id, span_id
LIMIT {each:UInt32} BY service, name
LIMIT {limit:UInt32}`;

/** How many there are, those that were sent twice counted twice. Rejects with ClickHouseError. */
export async function countEvents(clickhouse: ClickHouse, request: EventsRequest): Promise<number> {
  if (request.operations?.length === 0) return 0;
  const [row] = await clickhouse.query<{ events: string }>(
    "read",
    COUNT(whereSql(request)),
    optionsOf(request),
  );
  return Number(row?.events ?? 0);
}

/** Some of them, chosen by trace id, each once. Rejects with ClickHouseError. */
export async function findEvents(
  clickhouse: ClickHouse,
  request: EventsRequest,
): Promise<readonly FoundEvent[]> {
  if (request.operations?.length === 0) return [];
  const rows = await clickhouse.query<{
    trace: string;
    span: string;
    service: string;
    operation: string;
    ended: string;
  }>("read", FIND(whereSql(request)), optionsOf(request));
  return rows.map(({ trace, span, service, operation, ended }) => ({
    traceId: trace,
    spanId: span,
    service,
    name: operation,
    endMs: Number(ended),
  }));
}

function optionsOf(request: EventsRequest) {
  const { limitEach, limit } = request;
  return {
    ...spanRangeOptions(request, { each: limitEach, limit }),
    limits: { maxExecutionSeconds: MAX_SECONDS },
  };
}
