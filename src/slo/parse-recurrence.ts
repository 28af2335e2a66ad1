import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { nearestName } from "../model/nearest-name.ts";
import { dateOf, daysOf, type WallMs } from "./civil-time.ts";
import { nthOccurrence, occurrencesWithin, weekdayOf } from "./recurrence.ts";
import type { Frequency, Recurrence, WeekdayRule } from "./recurrence.ts";
import { wallTimeAt } from "./zoned-time.ts";

export type ParsedRecurrence =
  | { readonly ok: true; readonly rule: Recurrence }
  /** What is wrong, and what to write instead. */
  | { readonly ok: false; readonly message: string; readonly hint: string };

const FREQUENCIES: readonly Frequency[] = ["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];
const WEEKDAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const PARTS = [
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "BYMONTH",
  "BYMONTHDAY",
  "BYYEARDAY",
  "BYDAY",
  "BYHOUR",
  "BYMINUTE",
  "BYSETPOS",
  "WKST",
];
/** More than these are a mistake, or somebody's attempt to keep the service busy. */
const MOST_COUNT = 10_000;
const MOST_TIMES = 48;
/** Weekdays and dates meet again within 28 years: what has not come by then never does, but for oddities of 2100. */
const HORIZON_MS = 30 * 366 * DAY_MS;

/** A fault in a rule; it leaves this file as a value. */
class RuleFault extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Reads a rule of RFC 5545, e.g. `FREQ=WEEKLY;BYDAY=SU`, with or without `RRULE:`. `start`: when it begins, on clocks in
 * `timeZone`. Refuses rules that never come to pass.
 */
export function parseRecurrence(text: string, start: WallMs, timeZone: string): ParsedRecurrence {
  try {
    return { ok: true, rule: read(text, start, timeZone) };
  } catch (error) {
    if (error instanceof RuleFault) return { ok: false, message: error.message, hint: error.hint };
    throw error;
  }
}

function read(text: string, start: WallMs, timeZone: string): Recurrence {
  const parts = partsOf(text);
  const frequency = frequencyOf(parts.get("FREQ"));
  const { months, monthDays, yearDays, weekdays } = dayConditions(parts, frequency, start);
  const { times, hours } = timesOf(parts, frequency, start);
  const rule: Recurrence = {
    frequency,
    interval: numbers(parts, "INTERVAL", 1, 10_000)[0] ?? 1,
    start,
    until: untilOf(parts.get("UNTIL"), timeZone),
    months,
    monthDays,
    yearDays,
    weekdays,
    times,
    hours,
    positions: numbers(parts, "BYSETPOS", -366, 366),
    weekStart: parts.has("WKST") ? weekdaysOf(parts.get("WKST")!, "WKST")[0]!.weekday : 1,
  };
  const comes = occurrencesWithin(rule, start, start + HORIZON_MS).next();
  if (comes.done === true)
    throw new RuleFault("the rule never comes to pass", "check its days, and that UNTIL is after start");
  const count = numbers(parts, "COUNT", 1, MOST_COUNT)[0];
  if (count === undefined) return rule;
  if (rule.until !== undefined)
    throw new RuleFault("COUNT and UNTIL stand beside each other", "keep one of the two");
  return { ...rule, until: nthOccurrence(rule, count, start + HORIZON_MS) ?? start + HORIZON_MS };
}

function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of text
    .trim()
    .replace(/^RRULE:/i, "")
    .split(";")) {
    const [, written, value] = /^\s*([A-Za-z]+)\s*=\s*(\S+)\s*$/.exec(part) ?? [];
    if (written === undefined || value === undefined) {
      throw new RuleFault(
        `"${part.trim()}" is no part of a recurrence rule`,
        "write NAME=value, separated by semicolons, e.g. FREQ=WEEKLY;BYDAY=SU",
      );
    }
    const name = written.toUpperCase();
    if (name === "BYWEEKNO" || name === "BYSECOND")
      throw new RuleFault(`${name} is not supported`, `write ${PARTS.slice(4, -1).join(", ")}`);
    if (!PARTS.includes(name)) {
      const near = nearestName(name, PARTS);
      throw new RuleFault(
        `"${written}" is no part of a recurrence rule`,
        near === undefined ? `the parts are ${PARTS.join(", ")}` : `did you mean ${near}?`,
      );
    }
    if (parts.has(name)) throw new RuleFault(`${name} is written twice`, "keep one of the two");
    parts.set(name, value.toUpperCase());
  }
  return parts;
}

function frequencyOf(text: string | undefined): Frequency {
  const known = FREQUENCIES.find((frequency) => frequency === text);
  if (known !== undefined) return known;
  const list = FREQUENCIES.join(", ");
  if (text === undefined) throw new RuleFault("FREQ is missing", `write FREQ= and one of ${list}`);
  const near = nearestName(text, FREQUENCIES);
  throw new RuleFault(
    text === "MINUTELY" || text === "SECONDLY" ? `${text} is too often` : `"${text}" is no frequency`,
    near === undefined ? `write one of ${list}` : `did you mean ${near}?`,
  );
}

/** The days, with what `start` says where the rule says nothing. */
function dayConditions(
  parts: ReadonlyMap<string, string>,
  frequency: Frequency,
  start: WallMs,
): Pick<Recurrence, "months" | "monthDays" | "yearDays" | "weekdays"> {
  const months = numbers(parts, "BYMONTH", 1, 12);
  const monthDays = numbers(parts, "BYMONTHDAY", -31, 31);
  const yearDays = numbers(parts, "BYYEARDAY", -366, 366);
  const weekdays = parts.has("BYDAY") ? weekdaysOf(parts.get("BYDAY")!, "BYDAY") : [];
  if (frequency === "WEEKLY" && monthDays.length > 0)
    throw new RuleFault("BYMONTHDAY has no place in a weekly rule", "write BYDAY, or FREQ=MONTHLY");
  if (frequency !== "YEARLY" && yearDays.length > 0)
    throw new RuleFault("BYYEARDAY belongs to yearly rules", "write FREQ=YEARLY");
  const isByMonth = frequency === "MONTHLY" || frequency === "YEARLY";
  if (!isByMonth && weekdays.some(({ nth }) => nth !== undefined)) {
    throw new RuleFault(
      `BYDAY=${parts.get("BYDAY")} counts weekdays of a month`,
      "write FREQ=MONTHLY, or the weekday without its number",
    );
  }
  const given = { months, monthDays, yearDays, weekdays };
  if (monthDays.length + yearDays.length + weekdays.length > 0) return given;
  const days = Math.floor(start / DAY_MS);
  const { month, day } = dateOf(days);
  switch (frequency) {
    case "HOURLY":
    case "DAILY":
      return given;
    case "WEEKLY":
      return { ...given, weekdays: [{ weekday: weekdayOf(days), nth: undefined }] };
    case "MONTHLY":
      return { ...given, monthDays: [day] };
    case "YEARLY":
      return { ...given, monthDays: [day], months: months.length === 0 ? [month] : months };
  }
}

function timesOf(
  parts: ReadonlyMap<string, string>,
  frequency: Frequency,
  start: WallMs,
): Pick<Recurrence, "times" | "hours"> {
  const timeOfDay = start - Math.floor(start / DAY_MS) * DAY_MS;
  const hours = numbers(parts, "BYHOUR", 0, 23);
  const minutes = numbers(parts, "BYMINUTE", 0, 59);
  const ofDay = Math.floor(timeOfDay / HOUR_MS);
  const ofHour = Math.floor((timeOfDay % HOUR_MS) / MINUTE_MS);
  const seconds = timeOfDay % MINUTE_MS;
  const inHour = (minutes.length === 0 ? [ofHour] : minutes).map((minute) => minute * MINUTE_MS + seconds);
  const ofRule = frequency === "HOURLY" ? [0] : hours.length === 0 ? [ofDay] : hours;
  const times = ofRule.flatMap((hour) => inHour.map((time) => hour * HOUR_MS + time));
  const aDay = times.length * (frequency === "HOURLY" ? 24 : 1);
  if (aDay > MOST_TIMES)
    throw new RuleFault(
      `the rule comes ${aDay} times a day`,
      `write one that comes at most ${MOST_TIMES} times`,
    );
  return { times: [...new Set(times)].sort((a, b) => a - b), hours: frequency === "HOURLY" ? hours : [] };
}

/** Whole numbers of a part, never 0 where negative ones are allowed. */
function numbers(
  parts: ReadonlyMap<string, string>,
  name: string,
  least: number,
  most: number,
): readonly number[] {
  const text = parts.get(name);
  if (text === undefined) return [];
  const isOne = name === "INTERVAL" || name === "COUNT";
  return text.split(",").map((item, index) => {
    const value = /^[+-]?\d{1,5}$/.test(item) ? Number(item) : Number.NaN;
    const isAllowed = value >= least && value <= most && !(least < 0 && value === 0) && !(isOne && index > 0);
    if (isAllowed) return value;
    const range = least < 0 ? `1 to ${most}, or -1 to ${least} from the end` : `${least} to ${most}`;
    throw new RuleFault(
      `${name}=${text} is not ${isOne ? "a number" : "numbers"} that the rule can have`,
      `write ${isOne ? "a whole number" : "whole numbers"}, ${range}`,
    );
  });
}

function weekdaysOf(text: string, name: string): readonly WeekdayRule[] {
  return text.split(",").map((item) => {
    const [, nth, day] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(item) ?? [];
    const weekday = day === undefined ? -1 : WEEKDAYS.indexOf(day);
    const number = nth === undefined ? undefined : Number(nth);
    const isAllowed = number === undefined || (number !== 0 && Math.abs(number) <= 53 && name === "BYDAY");
    if (weekday >= 0 && isAllowed) return { weekday, nth: number };
    throw new RuleFault(
      `${name}=${text} names no weekdays`,
      "write MO, TU, WE, TH, FR, SA or SU, e.g. 1SU or -1FR",
    );
  });
}

/** UTC where it ends with Z, otherwise on the clocks of the rule's zone; a date is meant with all of its day. */
function untilOf(text: string | undefined, timeZone: string): WallMs | undefined {
  if (text === undefined) return undefined;
  const fields = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/.exec(text);
  const [year, month, day, hour, minute, second] = (fields ?? [])
    .slice(1, 7)
    .map((field) => Number(field ?? 0));
  const date = { year: year ?? 0, month: month ?? 0, day: day ?? 0 };
  const days = daysOf(date);
  const isDay = dateOf(days).month === date.month && dateOf(days).day === date.day;
  if (fields === null || !isDay || hour! > 23 || minute! > 59 || second! > 59)
    throw new RuleFault(`UNTIL=${text} is not a time`, "write it as 20261231 or 20261231T235959Z");
  if (fields[4] === undefined) return (days + 1) * DAY_MS - 1;
  const wall = days * DAY_MS + hour! * HOUR_MS + minute! * MINUTE_MS + second! * 1_000;
  return fields[7] === undefined ? wall : wallTimeAt(wall, timeZone);
}
