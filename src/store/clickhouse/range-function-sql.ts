import type { PushedFunction } from "../../promql/series-reader.ts";
import type { Grid } from "../../promql/value.ts";
import { IN_TIME_RANGE } from "./time-range-sql.ts";

/** The engine's functions, of which PromQL in ClickHouse is made; windows are left-open, of duplicates the largest counts. */
const AGGREGATES: Readonly<Record<PushedFunction, string>> = {
  rate: "timeSeriesRateToGrid",
  increase: "timeSeriesIncreaseToGrid",
  delta: "timeSeriesDeltaToGrid",
  irate: "timeSeriesInstantRateToGrid",
  idelta: "timeSeriesInstantDeltaToGrid",
  changes: "timeSeriesChangesToGrid",
  resets: "timeSeriesResetsToGrid",
};

/** How many of the functions an engine has: all, or an older engine. */
export const COUNT_GRID_FUNCTIONS = `
SELECT count() AS functions
FROM system.functions
WHERE name IN (${Object.values(AGGREGATES)
  .map((name) => `'${name}'`)
  .join(", ")})`;

export const GRID_FUNCTIONS = Object.keys(AGGREGATES).length;

/**
 * Samples that the engine's function may treat otherwise than PromQL does. It adds up what counters lost by resets over
 * the whole range before it takes differences, which is exact for whole numbers only (and one infinite value would spoil
 * all that follow); NaN is a change from NaN to it, and which of NaN and a number for one time counts is not told.
 */
const INEXACT: Readonly<Record<PushedFunction, string>> = {
  rate: "NOT (abs(value) < 4e15 AND value = trunc(value))",
  increase: "NOT (abs(value) < 4e15 AND value = trunc(value))",
  delta: "isNaN(value)",
  irate: "isNaN(value)",
  idelta: "isNaN(value)",
  changes: "isNaN(value)",
  resets: "isNaN(value)",
};

/**
 * A function over ranges at every time of the grid, series by series: how many samples there are, how many of them may be
 * treated otherwise than in PromQL, and the values, NULL where there is none. The numbers are in the text because
 * parameters of aggregate functions must be literals. Staleness markers are left out by their bits.
 */
export function rangeFunctionSql(name: PushedFunction, grid: Grid, windowMs: number): string {
  const endMs = grid.startMs + (grid.steps - 1) * grid.stepMs;
  const parameters = [time(grid.startMs), time(endMs), seconds(grid.stepMs), seconds(windowMs)];
  return `
SELECT
  series,
  count() AS samples,
  countIf(${INEXACT[name]}) AS inexact,
  ${AGGREGATES[name]}(${parameters.join(", ")})(time, value) AS values
FROM samples
WHERE metric IN {metrics:Array(String)}
  AND series IN {ids:Array(UInt64)}
  AND ${IN_TIME_RANGE}
  AND reinterpretAsUInt64(value) != 0x7ff0000000000002
GROUP BY series
SETTINGS allow_experimental_time_series_aggregate_functions = 1`;
}

function time(ms: number): string {
  return `fromUnixTimestamp64Milli(${whole(ms)}, 'UTC')`;
}

function seconds(ms: number): string {
  const milliseconds = whole(ms);
  return `toDecimal64('${Math.floor(milliseconds / 1_000)}.${String(milliseconds % 1_000).padStart(3, "0")}', 3)`;
}

function whole(ms: number): number {
  if (!Number.isSafeInteger(ms)) throw new RangeError(`not whole milliseconds: ${ms}`);
  return ms;
}
