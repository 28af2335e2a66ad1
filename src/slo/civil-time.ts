import { DAY_MS } from "../model/time.ts";

/** A day of the (proleptic) Gregorian calendar. */
export interface CivilDate {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  /** 1..31 */
  readonly day: number;
}

/**
 * Days since 1970-01-01. Counts years from March, so that the leap day is the last of its year, in eras of 400 years.
 * @see https://howardhinnant.github.io/date_algorithms.html
 */
export function daysOf({ year, month, day }: CivilDate): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The day that is `days` after 1970-01-01. */
export function dateOf(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/**
 * A time on a clock on the wall, as the milliseconds that would have passed since 1970-01-01 00:00:00 on that clock if
 * it were never set.
 */
export type WallMs = number;

/** The wall time `months` later; where that month has no such day, on its last one. */
export function addMonths(wall: WallMs, months: number): WallMs {
  const days = Math.floor(wall / DAY_MS);
  const { year, month, day } = dateOf(days);
  const index = year * 12 + (month - 1) + months;
  const first: CivilDate = { year: Math.floor(index / 12), month: (((index % 12) + 12) % 12) + 1, day: 1 };
  const next = index + 1;
  const afterLast: CivilDate = { year: Math.floor(next / 12), month: (((next % 12) + 12) % 12) + 1, day: 1 };
  const length = daysOf(afterLast) - daysOf(first);
  return (daysOf(first) + Math.min(day, length) - 1) * DAY_MS + (wall - days * DAY_MS);
}

/** Whole months from the month of one wall time to the month of another. */
export function monthsBetween(from: WallMs, to: WallMs): number {
  const [a, b] = [dateOf(Math.floor(from / DAY_MS)), dateOf(Math.floor(to / DAY_MS))];
  return b.year * 12 + b.month - (a.year * 12 + a.month);
}
