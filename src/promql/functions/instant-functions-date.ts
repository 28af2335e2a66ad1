const DAY_S = 86_400;

/** A day of the proleptic Gregorian calendar. */
interface CivilDay {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  /** 1..31 */
  readonly day: number;
}

/**
 * The calendar's day so many days after 1970-01-01. The years are taken to begin in March, so that the leap day is a
 * year's last; see Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
 */
function civilDay(days: number): CivilDay {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

const DAYS_BEFORE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function dayOfYear({ year, month, day }: CivilDay): number {
  return DAYS_BEFORE[month - 1]! + day + (month > 2 && isLeap(year) ? 1 : 0);
}

function daysInMonth({ year, month }: CivilDay): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function ofDay(part: (day: CivilDay) => number): (seconds: number) => number {
  return (seconds) =>
    Number.isFinite(seconds) ? part(civilDay(Math.floor(Math.trunc(seconds) / DAY_S))) : NaN;
}

/** Seconds into a period, rounded down to whole units. */
function within(periodS: number, unitS: number): (seconds: number) => number {
  return (seconds) => {
    const whole = Math.trunc(seconds);
    return Math.floor((whole - Math.floor(whole / periodS) * periodS) / unitS);
  };
}

/** Parts of a time (Unix, in seconds, UTC). NaN for what is no time. */
export const DATE_FUNCTIONS: ReadonlyMap<string, (seconds: number) => number> = new Map([
  ["year", ofDay(({ year }) => year)],
  ["month", ofDay(({ month }) => month)],
  ["day_of_month", ofDay(({ day }) => day)],
  ["day_of_year", ofDay(dayOfYear)],
  ["days_in_month", ofDay(daysInMonth)],
  // 1970-01-01 was a Thursday; Sunday is 0.
  ["day_of_week", (seconds) => within(7 * DAY_S, DAY_S)(seconds + 4 * DAY_S)],
  ["hour", within(DAY_S, 3600)],
  ["minute", within(3600, 60)],
]);
