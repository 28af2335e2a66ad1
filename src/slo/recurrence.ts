import { DAY_MS, HOUR_MS } from "../model/time.ts";
import { dateOf, daysOf, type WallMs } from "./civil-time.ts";

/** How often a period of a rule comes. */
export type Frequency = "HOURLY" | "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";

/** A weekday, 0 Sunday .. 6 Saturday; with `nth` the first, the second, or counted from the end (-1 the last). */
export interface WeekdayRule {
  readonly weekday: number;
  readonly nth: number | undefined;
}

/**
 * When something comes again, on clocks on the wall: RFC 5545, 3.3.10, without seconds, minutely rules and numbers of weeks.
 * An empty list is no condition. What the rule does not say comes from `start`, which counts only where it fits the rule.
 */
export interface Recurrence {
  readonly frequency: Frequency;
  /** Every how many periods, >= 1. */
  readonly interval: number;
  /** Nothing comes before. */
  readonly start: WallMs;
  /** Nothing comes after; undefined: without end. */
  readonly until: WallMs | undefined;
  /** 1..12 */
  readonly months: readonly number[];
  /** 1..31, or -1..-31 from the end of the month. */
  readonly monthDays: readonly number[];
  /** 1..366, or -1..-366 from the end of the year. */
  readonly yearDays: readonly number[];
  readonly weekdays: readonly WeekdayRule[];
  /** Times of day in milliseconds, ascending; of an hourly rule those within the hour. At least one. */
  readonly times: readonly number[];
  /** Of an hourly rule: 0..23. */
  readonly hours: readonly number[];
  /** Which of a period's occurrences, from 1, or from the end; all where it is empty. */
  readonly positions: readonly number[];
  /** First day of the week. */
  readonly weekStart: number;
}

/** 0 Sunday .. 6 Saturday; 1970-01-01 was a Thursday. */
export function weekdayOf(days: number): number {
  return (((days + 4) % 7) + 7) % 7;
}

/** The occurrences in [from, to), ascending. Takes time in proportion to the periods between, wherever they lie. */
export function* occurrencesWithin(rule: Recurrence, from: WallMs, to: WallMs): Generator<WallMs> {
  const first = Math.max(from, rule.start);
  const end = Math.min(to, rule.until === undefined ? Number.POSITIVE_INFINITY : rule.until + 1);
  if (!(first < end)) return;
  const skipped = Math.floor(periodsBetween(rule, first) / rule.interval);
  for (let index = Math.max(0, skipped) * rule.interval; ; index += rule.interval) {
    const period = periodAt(rule, index);
    if (period.from >= end) return;
    for (const wall of chosen(rule, occurrencesOf(rule, period))) {
      if (wall >= first && wall < end) yield wall;
    }
  }
}

/** The last of the first `count` occurrences, or undefined when there are fewer before `limit`. */
export function nthOccurrence(rule: Recurrence, count: number, limit: WallMs): WallMs | undefined {
  let seen = 0;
  for (const wall of occurrencesWithin(rule, rule.start, limit)) {
    seen += 1;
    if (seen === count) return wall;
  }
  return undefined;
}

interface WallPeriod {
  readonly from: WallMs;
  readonly to: WallMs;
}

/** How many periods lie from that of the rule's start to that of `wall`. */
function periodsBetween(rule: Recurrence, wall: WallMs): number {
  const [a, b] = [rule.start, wall].map((time) => dateOf(Math.floor(time / DAY_MS))) as [Day, Day];
  switch (rule.frequency) {
    case "HOURLY":
      return Math.floor(wall / HOUR_MS) - Math.floor(rule.start / HOUR_MS);
    case "DAILY":
      return Math.floor(wall / DAY_MS) - Math.floor(rule.start / DAY_MS);
    case "WEEKLY":
      return (weekOf(rule, wall) - weekOf(rule, rule.start)) / 7;
    case "MONTHLY":
      return (b.year - a.year) * 12 + b.month - a.month;
    case "YEARLY":
      return b.year - a.year;
  }
}

type Day = ReturnType<typeof dateOf>;

/** First day of the week that holds the time. */
function weekOf(rule: Recurrence, wall: WallMs): number {
  const days = Math.floor(wall / DAY_MS);
  return days - ((weekdayOf(days) - rule.weekStart + 7) % 7);
}

function periodAt(rule: Recurrence, index: number): WallPeriod {
  const { year, month } = dateOf(Math.floor(rule.start / DAY_MS));
  const monthStart = (count: number): WallMs => {
    const months = year * 12 + month - 1 + count;
    return daysOf({ year: Math.floor(months / 12), month: (months % 12) + 1, day: 1 }) * DAY_MS;
  };
  const days = (firstDay: number, count: number): WallPeriod => ({
    from: firstDay * DAY_MS,
    to: (firstDay + count) * DAY_MS,
  });
  switch (rule.frequency) {
    case "HOURLY": {
      const from = (Math.floor(rule.start / HOUR_MS) + index) * HOUR_MS;
      return { from, to: from + HOUR_MS };
    }
    case "DAILY":
      return days(Math.floor(rule.start / DAY_MS) + index, 1);
    case "WEEKLY":
      return days(weekOf(rule, rule.start) + 7 * index, 7);
    case "MONTHLY":
      return { from: monthStart(index), to: monthStart(index + 1) };
    case "YEARLY": {
      const january = (count: number): WallMs => daysOf({ year: year + count, month: 1, day: 1 }) * DAY_MS;
      return { from: january(index), to: january(index + 1) };
    }
  }
}

function occurrencesOf(rule: Recurrence, { from, to }: WallPeriod): readonly WallMs[] {
  if (rule.frequency === "HOURLY") {
    const hour = Math.floor(from / HOUR_MS) % 24;
    const fits = rule.hours.length === 0 || rule.hours.includes(hour < 0 ? hour + 24 : hour);
    return fits && isOnDay(rule, Math.floor(from / DAY_MS)) ? rule.times.map((time) => from + time) : [];
  }
  const found: WallMs[] = [];
  for (let days = from / DAY_MS; days < to / DAY_MS; days += 1) {
    if (isOnDay(rule, days)) for (const time of rule.times) found.push(days * DAY_MS + time);
  }
  return found;
}

function chosen({ positions }: Recurrence, all: readonly WallMs[]): readonly WallMs[] {
  if (positions.length === 0) return all;
  return all.filter((_, i) => positions.includes(i + 1) || positions.includes(i - all.length));
}

function isOnDay(rule: Recurrence, days: number): boolean {
  const { months, monthDays, yearDays, weekdays } = rule;
  const { year, month, day } = dateOf(days);
  if (months.length > 0 && !months.includes(month)) return false;
  const monthFrom = days - day + 1;
  const monthTo = daysOf({ year: month === 12 ? year + 1 : year, month: (month % 12) + 1, day: 1 });
  if (monthDays.length > 0 && !monthDays.includes(day) && !monthDays.includes(days - monthTo)) return false;
  const yearFrom = daysOf({ year, month: 1, day: 1 });
  const yearTo = daysOf({ year: year + 1, month: 1, day: 1 });
  if (yearDays.length > 0 && !yearDays.includes(days - yearFrom + 1) && !yearDays.includes(days - yearTo))
    return false;
  if (weekdays.length === 0) return true;
  const countsInYear = rule.frequency === "YEARLY" && months.length === 0;
  const [from, to] = countsInYear ? [yearFrom, yearTo] : [monthFrom, monthTo];
  return weekdays.some(
    ({ weekday, nth }) =>
      weekday === weekdayOf(days) &&
      (nth === undefined ||
        nth === Math.floor((days - from) / 7) + 1 ||
        nth === -(Math.floor((to - 1 - days) / 7) + 1)),
  );
}
