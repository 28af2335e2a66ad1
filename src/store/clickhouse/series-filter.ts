import type { Matcher } from "../../promql/ast.ts";
import type { QueryParam } from "./clickhouse.ts";
import { matcherSql } from "./matcher-sql.ts";
import { dayRangeParams, IN_DAY_RANGE, type TimeRange } from "./time-range-sql.ts";

/** Which series are asked about. */
export interface SeriesSelection {
  /** Series that pass all matchers of any list; with no list, all series. */
  readonly selectors: readonly (readonly Matcher[])[];
  /** Epoch milliseconds, both inclusive; by whole days (UTC): a series belongs to all of a day on which it had samples. */
  readonly range: TimeRange;
  /** Answers at most; above 0. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** A selection as a condition on rows of `series`. */
export function seriesFilter(selection: SeriesSelection): {
  readonly where: string;
  readonly params: Readonly<Record<string, QueryParam>>;
} {
  const params: Record<string, QueryParam> = {
    ...dayRangeParams(selection.range),
    limit: Math.min(0xffff_ffff, selection.limit),
  };
  const lists = selection.selectors.map((matchers, i) => {
    const { all, params: own } = matcherSql(matchers, `m${i}_`);
    Object.assign(params, own);
    return all.length === 0 ? "true" : `(${all.join(" AND ")})`;
  });
  const where = lists.length === 0 ? IN_DAY_RANGE : `${IN_DAY_RANGE}\n  AND (${lists.join("\n    OR ")})`;
  return { where, params };
}
