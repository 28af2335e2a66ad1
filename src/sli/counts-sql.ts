import { sqlString } from "../model/sql-string.ts";
import { familyCountsSql, splitFamilies } from "./family-sql.ts";
import type { FamilyCandidate } from "./family-sql.ts";
import { filterToSql } from "../traceql/span-sql.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

export type SqlParam = string | number | bigint | readonly (string | number | bigint)[];

export interface SqlOptions {
  /** Bound by the engine to `{name:Type}` placeholders. */
  readonly params?: Readonly<Record<string, SqlParam>>;
  /** An INSERT … SELECT repeated with the same token is stored once. */
  readonly deduplicationToken?: string;
}

/** The telemetry store in its background lane, limits set. Both reject when the statement fails. */
export interface CountsStore {
  /** Rows as objects; 64-bit integers arrive as strings. */
  query<Row>(sql: string, options?: SqlOptions): Promise<readonly Row[]>;
  /** Resolves when the statement has taken effect. */
  command(sql: string, options?: SqlOptions): Promise<void>;
}

/** Start of a span's bucket in seconds since the epoch; the same as bucketStartMs of its end. */
export const BUCKET_S = "toUInt32(intDiv(toUnixTimestamp64Nano(end_time), 10000000000) * 10)";

/**
 * Spans that end in [from_ms, to_ms), both whole seconds. The time is asked twice: as the partitions know it and as the
 * primary key does.
 */
export const ENDS_IN_RANGE = `end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  AND toUnixTimestamp(end_time) >= toUInt32(intDiv({from_ms:Int64}, 1000))
  AND toUnixTimestamp(end_time) < toUInt32(intDiv({to_ms:Int64}, 1000))`;

/** The condition for an event, and for a good one, of one indicator. */
export interface IndicatorSql extends FamilyCandidate {
  readonly id: string;
  readonly total: string;
  readonly good: string;
}

/** `where` restricts the spans of this indicator further. */
export function indicatorSql(indicator: ParsedIndicator, where?: string): IndicatorSql {
  const event = filterToSql(indicator.total);
  const total = where === undefined ? event : `(${event} AND ${where})`;
  const select = filterToSql(indicator.select);
  const good = `(${total} AND ${indicator.outcome === "good" ? select : `NOT ${select}`})`;
  return { id: indicator.id, total, good, indicator, where };
}

/**
 * Rows `(indicator, bucket_s, good, total)` with total > 0 for several indicators in one pass over the spans; `where` is
 * the condition that all of them share. Groups of one SLO have a pass of their own, however many they are.
 */
export function rawCountsSql(indicators: readonly IndicatorSql[], where: string): string {
  const { alone, families } = splitFamilies(indicators);
  const parts = families.map((family) => familyCountsSql(family, where, BUCKET_S));
  if (alone.length > 0) parts.unshift(countsOfEachSql(alone, where));
  return parts.join("\nUNION ALL\n");
}

function countsOfEachSql(indicators: readonly IndicatorSql[], where: string): string {
  const counts = indicators.map(
    ({ id, total, good }) => `(${sqlString(id)}, toFloat64(countIf(${good})), toFloat64(countIf(${total})))`,
  );
  const anyEvent = [...new Set(indicators.map(({ total }) => total))].join("\n    OR ");
  return `SELECT count.1 AS indicator, bucket_s, count.2 AS good, count.3 AS total
FROM (
  SELECT ${BUCKET_S} AS bucket_s, [${counts.join(",\n    ")}] AS counts
  FROM spans
  WHERE ${where}
    AND (${anyEvent})
  GROUP BY bucket_s
)
ARRAY JOIN counts AS count
WHERE count.3 > 0`;
}

const MAX_INDICATORS = 32;
/** Groups of one SLO share the condition that takes the time; what is left is a row for each bucket. */
const GROUP_WEIGHT = 1 / 8;
/** The engine parses at most 262,144 bytes of a statement; three bytes of UTF-8 may stand for a character. */
const MAX_SQL_LENGTH = 60_000;

/** Cuts the indicators into passes that each fit into one statement. A single one that is too long has a pass of its own. */
export function intoPasses<T extends { readonly sql: IndicatorSql }>(
  indicators: readonly T[],
): readonly (readonly T[])[] {
  const grouped = new Set(splitFamilies(indicators.map(({ sql }) => sql)).families.flatMap(({ of }) => of));
  const passes: T[][] = [];
  let length = Infinity;
  let weight = 0;
  for (const indicator of indicators) {
    const { sql } = indicator;
    const isGrouped = grouped.has(sql);
    // Of a group its value and its id stand in the statement.
    const own = isGrouped ? sql.total.length : 2 * sql.total.length + sql.good.length;
    const ownWeight = isGrouped ? GROUP_WEIGHT : 1;
    const pass = passes.at(-1);
    if (pass === undefined || weight + ownWeight > MAX_INDICATORS || length + own > MAX_SQL_LENGTH) {
      passes.push([indicator]);
      length = own;
      weight = ownWeight;
    } else {
      pass.push(indicator);
      length += own;
      weight += ownWeight;
    }
  }
  return passes;
}
