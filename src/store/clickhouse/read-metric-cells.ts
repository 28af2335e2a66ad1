import type { ClickHouse, StatementOptions } from "./clickhouse.ts";
import { boundedMs } from "./find-traces.ts";

/** Spans by step and labels; the expressions come from a TraceQL query, never from what a request holds. */
export interface MetricCellsRequest {
  /** On a row of `spans`; it may use the parameters `wide_from_ms` and `wide_to_ms`. */
  readonly condition: string;
  /** Texts. */
  readonly labels: readonly string[];
  /** A Nullable(Float64). */
  readonly value: string | undefined;
  /** A UInt64 of the value that is not NULL; cells are then of one bucket each. */
  readonly bucket: ((value: string) => string) | undefined;
  /** Epoch milliseconds: spans that ended in [fromMs, toMs); step 0 begins at fromMs. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  readonly wideFromMs: number;
  readonly wideToMs: number;
  readonly withExemplars: boolean;
  /** Cells; those of the last labels are left out. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

export interface MetricCellRow {
  readonly labels: readonly string[];
  readonly step: number;
  readonly spans: number;
  /** Spans with a value. */
  readonly numbers: number;
  readonly sum: number;
  /** Infinite where there is no value. */
  readonly min: number;
  readonly max: number;
  readonly bucket: number | undefined;
  /** The slowest span. */
  readonly exemplar:
    | {
        readonly traceId: string;
        readonly spanId: string;
        readonly endMs: number;
        readonly durationNanos: number;
        readonly value: number | undefined;
      }
    | undefined;
}

const MAX_SECONDS = 20;

function cellsSql({ condition, labels, value, bucket, withExemplars }: MetricCellsRequest): string {
  const columns = [
    "intDiv(toUnixTimestamp64Milli(end_time) - {from_ms:Int64}, {step_ms:Int64}) AS step",
    `[${labels.join(", ")}]::Array(String) AS labels`,
    `${value ?? "CAST(NULL, 'Nullable(Float64)')"} AS value`,
    "trace_id, span_id, duration_ns, end_time",
  ];
  const bucketSql =
    bucket === undefined ? "toUInt64(0)" : `if(isNull(value), toUInt64(0), ${bucket("ifNull(value, 0)")})`;
  const exemplar = withExemplars
    ? `, (
      lower(hex(((argMax((trace_id, span_id, end_time, duration_ns, value), (duration_ns, trace_id, span_id))) AS slowest).1)),
      lower(hex(slowest.2)), toUnixTimestamp64Milli(slowest.3), slowest.4, slowest.5) AS exemplar`
    : "";
  return `
SELECT labels, step, isNotNull(value) AS has_value, ${bucketSql} AS bucket, count() AS spans,
  sum(ifNull(value, 0)) AS sum, min(ifNull(value, inf)) AS min, max(ifNull(value, -inf)) AS max${exemplar}
FROM (
  SELECT ${columns.join(", ")}
  FROM spans
  WHERE end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
    AND ${condition})
GROUP BY labels, step, has_value, bucket
ORDER BY labels, step, has_value, bucket
LIMIT {limit:UInt32}`;
}

interface Row {
  readonly labels: readonly string[];
  readonly step: string;
  readonly has_value: number;
  readonly bucket: string;
  readonly spans: string;
  readonly sum: number | string;
  readonly min: number | string;
  readonly max: number | string;
  readonly exemplar?: readonly [string, string, string, string, number | string | null];
}

/** Rejects with ClickHouseError. */
export async function readMetricCells(
  clickhouse: ClickHouse,
  request: MetricCellsRequest,
): Promise<readonly MetricCellRow[]> {
  const { fromMs, toMs, stepMs, wideFromMs, wideToMs, limit, signal } = request;
  const options: StatementOptions = {
    params: {
      from_ms: boundedMs(fromMs),
      to_ms: boundedMs(toMs),
      step_ms: stepMs,
      wide_from_ms: boundedMs(wideFromMs),
      wide_to_ms: boundedMs(wideToMs),
      limit,
    },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
  const rows = await clickhouse.query<Row>("read", cellsSql(request), options);
  return rows.map((row) => ({
    labels: row.labels,
    step: Number(row.step),
    spans: Number(row.spans),
    numbers: row.has_value === 1 ? Number(row.spans) : 0,
    sum: doubleOf(row.sum),
    min: doubleOf(row.min),
    max: doubleOf(row.max),
    bucket: request.bucket === undefined || row.has_value === 0 ? undefined : Number(row.bucket),
    exemplar: row.exemplar === undefined ? undefined : exemplarOf(row.exemplar),
  }));
}

function exemplarOf([traceId, spanId, endMs, durationNanos, value]: NonNullable<Row["exemplar"]>) {
  return {
    traceId,
    spanId,
    endMs: Number(endMs),
    durationNanos: Number(durationNanos),
    value: value === null ? undefined : doubleOf(value),
  };
}

function doubleOf(value: number | string): number {
  if (value === "inf") return Infinity;
  return value === "-inf" ? -Infinity : Number(value);
}
