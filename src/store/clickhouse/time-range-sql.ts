import { DAY_MS } from "../../model/time.ts";
import type { QueryParam } from "./clickhouse.ts";

/** Years 1970 to 2105: what a Date and a time to live can hold. Nothing is stored outside. */
const FIRST_MS = 0;
const LAST_MS = 49_700 * DAY_MS;

/** Rows of samples with a time in [fromMs, toMs], both clamped to what can be stored. */
export const IN_TIME_RANGE = `time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND time <= fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

/** Rows of `series` of the days (UTC) of that range. */
export const IN_DAY_RANGE = "day >= toDate({from_day:UInt16}) AND day <= toDate({to_day:UInt16})";

export interface TimeRange {
  /** Epoch milliseconds, both inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** For IN_TIME_RANGE; whole milliseconds, since samples have whole ones. */
export function timeRangeParams(range: TimeRange): Readonly<Record<string, QueryParam>> {
  return { from_ms: clamp(Math.ceil(range.fromMs)), to_ms: clamp(Math.floor(range.toMs)) };
}

/** For IN_DAY_RANGE. */
export function dayRangeParams(range: TimeRange): Readonly<Record<string, QueryParam>> {
  return {
    from_day: Math.floor(clamp(range.fromMs) / DAY_MS),
    to_day: Math.floor(clamp(range.toMs) / DAY_MS),
  };
}

/** No sample can be in it. */
export function isEmptyRange({ fromMs, toMs }: TimeRange): boolean {
  return Math.ceil(fromMs) > Math.floor(toMs) || toMs < FIRST_MS || fromMs > LAST_MS;
}

function clamp(ms: number): number {
  return Math.min(LAST_MS, Math.max(FIRST_MS, ms));
}
