import { DAY_MS, MINUTE_MS } from "../../model/time.ts";
import { wallTimeAt } from "../../slo/zoned-time.ts";

/** Hours of a week, on the clocks of a time zone. */
export interface TimeInterval {
  /** 0 Sunday … 6 Saturday. */
  readonly days: readonly number[];
  /** Minutes of the day, from inclusive, to exclusive (1440 is midnight); one that ends before it begins runs past midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** What runs past midnight belongs to the day on which it began. */
export function isWithin({ days, from, to, timeZone }: TimeInterval, atMs: number): boolean {
  const wall = wallTimeAt(atMs, timeZone);
  const day = Math.floor(wall / DAY_MS);
  const minute = Math.floor((wall - day * DAY_MS) / MINUTE_MS);
  // 1970-01-01 was a Thursday.
  const weekday = (((day + 4) % 7) + 7) % 7;
  if (from < to) return days.includes(weekday) && minute >= from && minute < to;
  return (days.includes(weekday) && minute >= from) || (days.includes((weekday + 6) % 7) && minute < to);
}
