import { sqlString } from "../../model/sql-string.ts";
import type { ClickHouse, StatementOptions } from "./clickhouse.ts";

/** Spans that ended in [fromMs, toMs) and pass a condition, which comes from a TraceQL filter. */
export interface SpanSelection {
  readonly condition: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** Newest parts come last in a table; a sample of spans says which attributes and values there are. */
const SAMPLE_SPANS = 200_000;
const MAX_SECONDS = 10;

const IN_RANGE = `end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

function optionsOf({ fromMs, toMs, signal }: SpanSelection): StatementOptions {
  return {
    params: { from_ms: Math.floor(fromMs), to_ms: Math.ceil(toMs) },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
}

/** Whether there is one. */
export async function hasSpan(clickhouse: ClickHouse, selection: SpanSelection): Promise<boolean> {
  const sql = `SELECT 1 AS found FROM spans WHERE ${IN_RANGE} AND ${selection.condition} LIMIT 1`;
  return (await clickhouse.query("read", sql, optionsOf(selection))).length > 0;
}

const TYPES = ["str", "int", "double", "bool", "json"] as const;

const keysOf = (scope: "span" | "resource"): string =>
  TYPES.map((type) => `mapKeys(${scope}_${type})`).join(", ");

const attributesSql = (condition: string): string => `
SELECT name
FROM (
  SELECT arrayConcat(
    arrayMap(key -> concat('span.', key), arrayConcat(${keysOf("span")})),
    arrayMap(key -> concat('resource.', key), arrayConcat(${keysOf("resource")}))) AS names
  FROM spans
  WHERE ${IN_RANGE} AND ${condition}
  LIMIT ${SAMPLE_SPANS})
ARRAY JOIN names AS name
GROUP BY name
ORDER BY count() DESC, name
LIMIT {limit:UInt32}`;

/** Names of their attributes with the scope before them, most frequent first. */
export async function readSpanAttributes(
  clickhouse: ClickHouse,
  selection: SpanSelection,
  limit: number,
): Promise<readonly string[]> {
  const options = optionsOf(selection);
  const rows = await clickhouse.query<{ name: string }>("read", attributesSql(selection.condition), {
    ...options,
    params: { ...options.params, limit },
  });
  return rows.map(({ name }) => name);
}

/** Where a value is: a column of texts, or an attribute in either scope. */
export type SpanValueSource =
  | { readonly kind: "column"; readonly column: "name" | "status_message" }
  /** A column of numbers that stand for words. */
  | { readonly kind: "words"; readonly column: "kind" | "status"; readonly words: readonly string[] }
  | { readonly kind: "attribute"; readonly scopes: readonly ("span" | "resource")[]; readonly key: string };

function valueSql(source: SpanValueSource): string {
  if (source.kind === "column") return `toJSONString(toString(${source.column}))`;
  if (source.kind === "words") {
    return `arrayElement([${source.words.map(sqlString).join(", ")}], ${source.column} + 1)`;
  }
  const choices = source.scopes.flatMap((scope) => [
    `mapContains(${scope}_str, {key:String}), toJSONString(${scope}_str[{key:String}])`,
    `mapContains(${scope}_int, {key:String}), toString(${scope}_int[{key:String}])`,
    `mapContains(${scope}_double, {key:String}), toString(${scope}_double[{key:String}])`,
    `mapContains(${scope}_bool, {key:String}), toString(${scope}_bool[{key:String}])`,
  ]);
  return `multiIf(${choices.join(", ")}, '')`;
}

/** Their values, texts in quotes, most frequent first. */
export async function readSpanValues(
  clickhouse: ClickHouse,
  selection: SpanSelection,
  source: SpanValueSource,
  limit: number,
): Promise<readonly string[]> {
  const sql = `
SELECT value
FROM (
  SELECT ${valueSql(source)} AS value
  FROM spans
  WHERE ${IN_RANGE} AND ${selection.condition}
  LIMIT ${SAMPLE_SPANS})
WHERE value != ''
GROUP BY value
ORDER BY count() DESC, value
LIMIT {limit:UInt32}`;
  const options = optionsOf(selection);
  const key = source.kind === "attribute" ? { key: source.key } : {};
  const rows = await clickhouse.query<{ value: string }>("read", sql, {
    ...options,
    params: { ...options.params, ...key, limit },
  });
  // The engine escapes more than it must.
  return rows.map(({ value }) => (value.startsWith('"') ? JSON.stringify(JSON.parse(value)) : value));
}
