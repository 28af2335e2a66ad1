import { DAY_MS, type DurationMs } from "../model/time.ts";
import { BUCKET_MS, bucketStartMs } from "./bucket.ts";
import { addMonths, monthsBetween, type WallMs } from "./civil-time.ts";
import { windowName } from "./format-duration.ts";
import { instantOf, wallTimeAt } from "./zoned-time.ts";

/** What an SLO's budget is for: the time that ends now, or the current one of periods that follow one another. */
export type SloWindow = RollingWindow | CalendarWindow;

export interface RollingWindow {
  readonly kind: "rolling";
  readonly ms: DurationMs;
}

/**
 * Periods of so many days or months on the clocks of a time zone, counted from `startsAt` both ways: however long a day is
 * when clocks change, it ends at the same time of day. Shorter periods are of exact length.
 */
export interface CalendarWindow {
  readonly kind: "calendar";
  readonly unit: "ms" | "day" | "month";
  /** How many of the unit a period lasts, e.g. 3 months. */
  readonly count: number;
  /** When one period began, on clocks in the zone. */
  readonly startsAt: WallMs;
  /** IANA name. */
  readonly timeZone: string;
}

/** [startMs, endMs), epoch milliseconds. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * What the budget is judged by at a time: of a rolling window what ends with the bucket of `atMs`; of a calendar window
 * the period that holds that bucket's start, from its first whole bucket on. So each bucket is in one period.
 */
export function windowAt(window: SloWindow, atMs: number): Period {
  const bucketMs = bucketStartMs(atMs);
  if (window.kind === "rolling")
    return { startMs: bucketMs + BUCKET_MS - window.ms, endMs: bucketMs + BUCKET_MS };
  const { startMs, endMs } = calendarPeriod(window, bucketMs);
  return { startMs: wholeBucket(startMs), endMs: wholeBucket(endMs) };
}

/** Length of the part of the window that is over at `atMs`, the bucket of `atMs` included. */
export function elapsedMs(window: SloWindow, atMs: number): number {
  return bucketStartMs(atMs) + BUCKET_MS - windowAt(window, atMs).startMs;
}

/** No period of the window is longer. */
export function longestPeriodMs(window: SloWindow): number {
  if (window.kind === "rolling") return window.ms;
  switch (window.unit) {
    case "ms":
      return window.count;
    case "day":
      // Clocks that are set back, or a date line that moves, make a day longer.
      return (window.count + 1) * DAY_MS;
    case "month":
      return (Math.ceil(window.count / 12) + window.count * 30.5 + 2) * DAY_MS;
  }
}

/** In a few words: `30d`, `1 month (Europe/Berlin)`. */
export function describeWindow(window: SloWindow): string {
  if (window.kind === "rolling") return windowName(window.ms);
  const { unit, count, timeZone } = window;
  if (unit === "ms") return `calendar ${windowName(count)}`;
  const [size, noun] =
    unit === "day"
      ? count % 7 === 0
        ? [7, "week"]
        : [1, "day"]
      : count % 12 === 0
        ? [12, "year"]
        : count % 3 === 0
          ? [3, "quarter"]
          : [1, "month"];
  const many = count / size;
  return `calendar ${many === 1 ? noun : `${many} ${noun}s`} (${timeZone})`;
}

/** First start of a bucket at or after `atMs`. */
function wholeBucket(atMs: number): number {
  return Math.ceil(atMs / BUCKET_MS) * BUCKET_MS;
}

/** The period found last: it stays the same for days, and finding it costs a dozen looks at a time zone. */
const found = new WeakMap<CalendarWindow, Period>();

/** The period that holds the instant, whose buckets begin in it. */
function calendarPeriod(window: CalendarWindow, atMs: number): Period {
  const last = found.get(window);
  if (last !== undefined && last.startMs <= atMs && atMs < last.endMs) return last;
  let number = likelyNumber(window, atMs);
  while (periodStart(window, number) > atMs) number -= 1;
  while (periodStart(window, number + 1) <= atMs) number += 1;
  const period = { startMs: periodStart(window, number), endMs: periodStart(window, number + 1) };
  found.set(window, period);
  return period;
}

function periodStart({ unit, count, startsAt, timeZone }: CalendarWindow, number: number): number {
  switch (unit) {
    case "ms":
      return instantOf(startsAt, timeZone) + number * count;
    case "day":
      return instantOf(startsAt + number * count * DAY_MS, timeZone);
    case "month":
      // Always from the first start: from a 31st the months after a short one begin on the 31st again.
      return instantOf(addMonths(startsAt, number * count), timeZone);
  }
}

/** At most one or two off. */
function likelyNumber({ unit, count, startsAt, timeZone }: CalendarWindow, atMs: number): number {
  if (unit === "ms") return Math.floor((atMs - instantOf(startsAt, timeZone)) / count);
  const wall = wallTimeAt(atMs, timeZone);
  return unit === "day"
    ? Math.floor((wall - startsAt) / (count * DAY_MS))
    : Math.floor(monthsBetween(startsAt, wall) / count);
}
