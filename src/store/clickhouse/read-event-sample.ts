import type { ClickHouse, StatementOptions } from "./clickhouse.ts";
import { IN_SPAN_RANGE, OPERATION, spanRangeOptions } from "./request-sql.ts";
import { sqlString } from "../../model/sql-string.ts";

/** Spans that ended in [fromMs, toMs); conditions come from TraceQL filters. */
export interface SampledEvents {
  readonly total: string;
  readonly bad: string;
  /** No others need be read; undefined: any. */
  readonly services: readonly string[] | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** One value of one attribute among the sampled events. */
export interface SampledValue {
  readonly scope: "span" | "resource" | "intrinsic" | "exception" | "endpoint";
  readonly key: string;
  readonly type: "str" | "int" | "double" | "bool";
  readonly value: string;
  readonly bad: number;
  readonly good: number;
  /** The 64 smallest hashes of its events. */
  readonly badSketch: readonly string[];
  readonly goodSketch: readonly string[];
  /** Of bad events, the latest first. */
  readonly traceIds: readonly string[];
  readonly distinct: number;
  readonly present: number;
}

/** A person waits for it. */
const MAX_SECONDS = 2;
const MAX_MEMORY_BYTES = 512 * 1024 * 1024;
/** So many spans, and no more, are read in that time. */
const MOST_SPANS = 500_000;
/** Shares of so many are known to a percent. */
const ENOUGH_EVENTS = 5_000;
const ROWS_TOGETHER = 1_024;
const MOST_VALUES = 30;
const MOST_CHARACTERS = 200;

const SCOPES = ["span", "resource"] as const;
const TYPES = ["str", "int", "double", "bool"] as const;

const pairsOf = (scope: string, type: string): string =>
  `arrayMap((key, value) -> (${sqlString(scope)}, toString(key), ${sqlString(type)}, ${
    type === "str" ? `substringUTF8(value, 1, ${MOST_CHARACTERS})` : "toString(value)"
  }), mapKeys(${scope}_${type}), mapValues(${scope}_${type}))`;

/** Of the first exception that a span recorded; events are stored with their attributes as OTLP/JSON. */
const EXCEPTION_TYPE = `JSONExtractString(
      arrayFirst(entry -> JSONExtractString(entry, 'key') = 'exception.type',
        JSONExtractArrayRaw(arrayElement(events_attributes, indexOf(events_name, 'exception')))),
      'value', 'stringValue')`;

const text = (scope: string, key: string, value: string): string =>
  `(${sqlString(scope)}, ${sqlString(key)}, 'str', substringUTF8(${value}, 1, ${MOST_CHARACTERS}))`;

const PAIRS = `arrayFilter(pair -> pair.4 != '', arrayConcat(
    [${text("intrinsic", "", "'all'")}, ${text("intrinsic", "name", "toString(name)")}, ${text("intrinsic", "statusMessage", "status_message")},
      ${text("exception", "exception.type", EXCEPTION_TYPE)}, ${text("endpoint", "endpoint", OPERATION)}],
    ${SCOPES.flatMap((scope) => TYPES.map((type) => pairsOf(scope, type))).join(",\n    ")}))`;

const COUNT_SPANS = (services: string): string =>
  `SELECT count() AS spans FROM spans WHERE ${services} AND ${IN_SPAN_RANGE}`;

const COUNT_EVENTS = (before: string, { total, bad }: SampledEvents): string => `
SELECT count() AS total, countIf(${bad}) AS bad
FROM spans
PREWHERE ${before}
WHERE ${total}`;

/** The hash of a trace's id says whether it is in: the same ones each time, and of a trace all events. */
const SAMPLE = (before: string, { total, bad }: SampledEvents): string => `
SELECT pair.1 AS scope, pair.2 AS key, pair.3 AS type, pair.4 AS value,
  countIf(is_bad) AS bad, countIf(NOT is_bad) AS good,
  groupArraySortedIf(64)(hash, is_bad) AS bad_sketch,
  groupArraySortedIf(64)(hash, NOT is_bad) AS good_sketch,
  groupArraySortedIf(9)((-ended, trace), is_bad) AS latest,
  count() OVER (PARTITION BY scope, key, type) AS distinct,
  sum(countIf(1)) OVER (PARTITION BY scope, key, type) AS present
FROM (
  SELECT ${bad} AS is_bad, cityHash64(trace_id, span_id) AS hash, lower(hex(trace_id)) AS trace,
    toUnixTimestamp64Milli(toDateTime64(end_time, 3, 'UTC')) AS ended, ${PAIRS} AS pairs
  FROM spans
  PREWHERE ${before} AND cityHash64(trace_id) % {least_every:UInt32} = 0
  WHERE ${total} AND cityHash64(trace_id) % if(${bad}, {bad_every:UInt32}, {good_every:UInt32}) = 0)
ARRAY JOIN pairs AS pair
GROUP BY scope, key, type, value
ORDER BY scope, key, type, bad DESC, good DESC, value
LIMIT ${MOST_VALUES} BY scope, key, type`;

interface SampleRow {
  readonly scope: SampledValue["scope"];
  readonly key: string;
  readonly type: SampledValue["type"];
  readonly value: string;
  readonly bad: string;
  readonly good: string;
  readonly bad_sketch: readonly string[];
  readonly good_sketch: readonly string[];
  readonly latest: readonly (readonly [string, string])[];
  readonly distinct: string;
  readonly present: string;
}

/**
 * The values that bad and good events have, of about 5,000 of each. Of very many spans every n-th granule alone is read: the
 * table is ordered by service, name and time, so each has its share. Rejects with ClickHouseError.
 */
export async function readEventSample(clickhouse: ClickHouse, events: SampledEvents) {
  const { services } = events;
  const ofServices =
    services === undefined ? "1" : `service IN (${services.map(sqlString).join(", ") || "''"})`;
  const [spans] = await clickhouse.query<{ spans: string }>(
    "read",
    COUNT_SPANS(ofServices),
    optionsOf(events),
  );
  const every = powerOfTwo(Number(spans?.spans ?? 0) / MOST_SPANS);
  const granules =
    every === 1 ? "1" : `(intDiv(_part_offset, ${ROWS_TOGETHER}) + cityHash64(_part)) % ${every} = 0`;
  const before = `${ofServices} AND ${granules} AND ${IN_SPAN_RANGE}`;
  const [counts] = await clickhouse.query<{ total: string; bad: string }>(
    "read",
    COUNT_EVENTS(before, events),
    optionsOf(events),
  );
  const bad = Number(counts?.bad ?? 0);
  const total = Number(counts?.total ?? 0);
  const found = { total: total * every, bad: bad * every, isEstimated: every > 1 };
  if (bad === 0) return { events: found, bad: 0, good: 0, rows: [] };
  const badEvery = powerOfTwo(bad / ENOUGH_EVENTS);
  const goodEvery = powerOfTwo((total - bad) / ENOUGH_EVENTS);
  const options = optionsOf(events, {
    bad_every: badEvery,
    good_every: goodEvery,
    least_every: Math.min(badEvery, goodEvery),
  });
  const rows = await clickhouse.query<SampleRow>("read", SAMPLE(before, events), options);
  const values = rows.map(valueOf);
  const all = values.find(isEveryEvent);
  return {
    events: found,
    bad: all?.bad ?? 0,
    good: all?.good ?? 0,
    rows: values.filter((value) => !isEveryEvent(value)),
  };
}

/** Every event has this one. */
const isEveryEvent = ({ scope, key }: SampledValue): boolean => scope === "intrinsic" && key === "";

function optionsOf(events: SampledEvents, params: NonNullable<StatementOptions["params"]> = {}) {
  return {
    ...spanRangeOptions(events, params),
    limits: { maxExecutionSeconds: MAX_SECONDS, maxMemoryBytes: MAX_MEMORY_BYTES },
  };
}

/** 1 or more, so that one in so many is at most one. */
function powerOfTwo(times: number): number {
  return times <= 1 ? 1 : 2 ** Math.ceil(Math.log2(times));
}

function valueOf(row: SampleRow): SampledValue {
  return {
    scope: row.scope,
    key: row.key,
    type: row.type,
    value: row.value,
    bad: Number(row.bad),
    good: Number(row.good),
    badSketch: row.bad_sketch,
    goodSketch: row.good_sketch,
    traceIds: [...new Set(row.latest.map(([, trace]) => trace))].slice(0, 3),
    distinct: Number(row.distinct),
    present: Number(row.present),
  };
}
