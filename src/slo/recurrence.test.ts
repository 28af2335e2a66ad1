import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time.ts";
import { parseRecurrence } from "./parse-recurrence.ts";
import { occurrencesWithin, type Recurrence } from "./recurrence.ts";

const wall = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);
const shown = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

function ruleOf(text: string, start: string | number, zone = "UTC"): Recurrence {
  const parsed = parseRecurrence(text, typeof start === "number" ? start : wall(start), zone);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
  return parsed.rule;
}

/** Of rules that come at all. */
function anyRuleOf(text: string, start: number): Recurrence {
  const parsed = parseRecurrence(text, start, "UTC");
  fc.pre(parsed.ok);
  return parsed.ok ? parsed.rule : ruleOf(text, start);
}

function first(rule: Recurrence, count: number, from = rule.start): number[] {
  const found: number[] = [];
  for (const occurrence of occurrencesWithin(rule, from, from + 60 * 366 * DAY_MS)) {
    found.push(occurrence);
    if (found.length === count) break;
  }
  return found;
}

/** What people write, and what they mean by it. */
const EXAMPLES: readonly (readonly [rule: string, start: string, occurrences: string[]])[] = [
  ["FREQ=DAILY", "2026-01-30 02:00:00", ["2026-01-30 02:00", "2026-01-31 02:00", "2026-02-01 02:00"]],
  [
    "RRULE:FREQ=WEEKLY;BYDAY=TU,TH",
    "2026-01-05 22:30:00",
    ["2026-01-06 22:30", "2026-01-08 22:30", "2026-01-13 22:30"],
  ],
  ["FREQ=MONTHLY", "2026-01-31 00:00:00", ["2026-01-31 00:00", "2026-03-31 00:00", "2026-05-31 00:00"]],
  [
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "2026-01-31 00:00:00",
    ["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"],
  ],
  [
    "FREQ=MONTHLY;BYDAY=1SU",
    "2026-01-01 03:00:00",
    ["2026-01-04 03:00", "2026-02-01 03:00", "2026-03-01 03:00"],
  ],
  [
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "2026-01-01 18:00:00",
    ["2026-01-30 18:00", "2026-02-27 18:00", "2026-03-31 18:00"],
  ],
  [
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "2026-01-01 00:00:00",
    ["2026-11-26 00:00", "2027-11-25 00:00", "2028-11-23 00:00"],
  ],
  [
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "2026-01-01 00:00:00",
    ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"],
  ],
  [
    "FREQ=DAILY;BYHOUR=6,18;BYMINUTE=0,30",
    "2026-01-01 06:10:00",
    ["2026-01-01 06:30", "2026-01-01 18:00", "2026-01-01 18:30"],
  ],
  [
    "FREQ=HOURLY;INTERVAL=6;BYDAY=MO",
    "2026-01-05 03:15:00",
    ["2026-01-05 03:15", "2026-01-05 09:15", "2026-01-05 15:15"],
  ],
  ["FREQ=DAILY;COUNT=2", "2026-01-01 00:00:00", ["2026-01-01 00:00", "2026-01-02 00:00"]],
  ["FREQ=DAILY;UNTIL=20260102", "2026-01-01 23:00:00", ["2026-01-01 23:00", "2026-01-02 23:00"]],
  [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
    "2026-01-05 00:00:00",
    ["2026-01-05 00:00", "2026-01-18 00:00"],
  ],
  [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=MO",
    "2026-01-05 00:00:00",
    ["2026-01-05 00:00", "2026-01-11 00:00"],
  ],
];

describe("a recurrence rule", () => {
  it.each(EXAMPLES)("%s from %s", (text, start, expected) => {
    expect(first(ruleOf(text, start), expected.length).map(shown)).toEqual(expected);
  });

  it("ends with its last occurrence", () => {
    expect(first(ruleOf("FREQ=DAILY;COUNT=3", "2026-01-01 00:00:00"), 10)).toHaveLength(3);
    expect(first(ruleOf("FREQ=DAILY;UNTIL=20260103T000000Z", "2026-01-01 00:00:00"), 10)).toHaveLength(3);
    const berlin = ruleOf("FREQ=DAILY;UNTIL=20260103T000000Z", "2026-01-01 01:30:00", "Europe/Berlin");
    expect(first(berlin, 10).map(shown)).toEqual(["2026-01-01 01:30", "2026-01-02 01:30"]);
  });

  it.each([
    ["FREQ=DALY", '"DALY" is no frequency', "did you mean DAILY?"],
    ["FREQ=MINUTELY", "MINUTELY is too often", "write one of HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"],
    ["BYDAY=MO", "FREQ is missing", "write FREQ= and one of HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY"],
    [
      "every sunday",
      '"every sunday" is no part of a recurrence rule',
      "write NAME=value, separated by semicolons, e.g. FREQ=WEEKLY;BYDAY=SU",
    ],
    ["FREQ=DAILY;BYDY=MO", '"BYDY" is no part of a recurrence rule', "did you mean BYDAY?"],
    [
      "FREQ=WEEKLY;BYDAY=SUN",
      "BYDAY=SUN names no weekdays",
      "write MO, TU, WE, TH, FR, SA or SU, e.g. 1SU or -1FR",
    ],
    [
      "FREQ=DAILY;INTERVAL=0",
      "INTERVAL=0 is not a number that the rule can have",
      "write a whole number, 1 to 10000",
    ],
    ["FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL stand beside each other", "keep one of the two"],
    [
      "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
      "the rule never comes to pass",
      "check its days, and that UNTIL is after start",
    ],
    [
      "FREQ=DAILY;UNTIL=20200101",
      "the rule never comes to pass",
      "check its days, and that UNTIL is after start",
    ],
    ["FREQ=DAILY;UNTIL=20260231", "UNTIL=20260231 is not a time", "write it as 20261231 or 20261231T235959Z"],
    ["FREQ=HOURLY;BYMINUTE=0,5,10", "the rule comes 72 times a day", "write one that comes at most 48 times"],
    [
      "FREQ=WEEKLY;BYDAY=2MO",
      "BYDAY=2MO counts weekdays of a month",
      "write FREQ=MONTHLY, or the weekday without its number",
    ],
    [
      "FREQ=YEARLY;BYWEEKNO=20",
      "BYWEEKNO is not supported",
      "write BYMONTH, BYMONTHDAY, BYYEARDAY, BYDAY, BYHOUR, BYMINUTE, BYSETPOS",
    ],
  ])("refuses %s", (text, message, hint) => {
    expect(parseRecurrence(text, wall("2026-01-01 00:00:00"), "UTC")).toEqual({ ok: false, message, hint });
  });

  it("gives an answer to any text, in a moment", () => {
    const part = fc.constantFrom(
      ..."FREQ=DAILY,FREQ=YEARLY,FREQ=HOURLY,INTERVAL=9999,BYMONTH=2,BYMONTHDAY=31,BYDAY=-53SU,BYDAY=MO,BYHOUR=3,COUNT=10000,BYYEARDAY=366,BYSETPOS=-366,x,=".split(
        ",",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(part).map((parts) => parts.join(";")),
        ),
        (text) => {
          const begun = performance.now();
          const parsed = parseRecurrence(text, wall("2026-01-01 00:00:00"), "Europe/Berlin");
          if (parsed.ok) expect(first(parsed.rule, 1)).toHaveLength(1);
          expect(performance.now() - begun).toBeLessThan(2_000);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Rules whose meaning is simple enough to be written down a second time, below. */
const anyRule = fc
  .record({
    frequency: fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY"),
    interval: fc.integer({ min: 1, max: 4 }),
    months: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 2 }),
    monthDays: fc.uniqueArray(fc.integer({ min: 1, max: 28 }), { maxLength: 2 }),
    days: fc.uniqueArray(fc.constantFrom("MO", "WE", "SA", "SU"), { maxLength: 2 }),
    nth: fc.constantFrom("", "1", "-1", "3"),
    hours: fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { maxLength: 2 }),
    start: fc.integer({
      min: wall("2015-01-01 00:00:00") / HOUR_MS,
      max: wall("2030-01-01 00:00:00") / HOUR_MS,
    }),
  })
  .map(({ frequency, interval, months, monthDays, days, nth, hours, start }) => {
    const isByMonth = frequency === "MONTHLY" || frequency === "YEARLY";
    const takesMonthDays = isByMonth && days.length === 0 && (frequency === "MONTHLY" || months.length > 0);
    const parts = [
      `FREQ=${frequency};INTERVAL=${interval}`,
      months.length > 0 && frequency !== "WEEKLY" ? `BYMONTH=${months.join(",")}` : "",
      takesMonthDays && monthDays.length > 0 ? `BYMONTHDAY=${monthDays.join(",")}` : "",
      days.length > 0 ? `BYDAY=${days.map((day) => (isByMonth ? nth : "") + day).join(",")}` : "",
      hours.length > 0 ? `BYHOUR=${hours.join(",")}` : "",
    ];
    return { text: parts.filter((part) => part !== "").join(";"), start: start * HOUR_MS };
  });

describe("recurrence", () => {
  it("comes when every day and hour is compared with the rule", () => {
    fc.assert(
      fc.property(anyRule, ({ text, start }) => {
        const rule = anyRuleOf(text, start);
        const expected: number[] = [];
        for (let at = start; at < start + 800 * DAY_MS; at += HOUR_MS)
          if (fulfils(text, start, at)) expected.push(at);
        expect([...occurrencesWithin(rule, start, start + 800 * DAY_MS)]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("is the same wherever one begins to look", () => {
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 0, max: 2_000 }), ({ text, start }, days) => {
        const rule = anyRuleOf(text, start);
        const from = start + days * DAY_MS;
        const to = from + 400 * DAY_MS;
        const all = [...occurrencesWithin(rule, start, to)];
        expect([...occurrencesWithin(rule, from, to)]).toEqual(
          all.filter((occurrence) => occurrence >= from),
        );
      }),
    );
  });
});

/** The rule by its letter, one hour at a time. */
function fulfils(text: string, start: number, at: number): boolean {
  const part = new Map(text.split(";").map((entry) => entry.split("=") as [string, string]));
  const list = (name: string): string[] => part.get(name)?.split(",") ?? [];
  const [a, b] = [new Date(start), new Date(at)];
  const days = (date: Date): number => Math.floor(date.getTime() / DAY_MS);
  const monday = (date: Date): number => days(date) - ((date.getUTCDay() + 6) % 7);
  const months = (date: Date): number => date.getUTCFullYear() * 12 + date.getUTCMonth();
  const frequency = part.get("FREQ")!;
  const periods = {
    DAILY: days(b) - days(a),
    WEEKLY: (monday(b) - monday(a)) / 7,
    MONTHLY: months(b) - months(a),
    YEARLY: b.getUTCFullYear() - a.getUTCFullYear(),
  }[frequency]!;
  if (periods % Number(part.get("INTERVAL")) !== 0) return false;
  const hours = list("BYHOUR");
  if (hours.length === 0 ? b.getUTCHours() !== a.getUTCHours() : !hours.includes(`${b.getUTCHours()}`))
    return false;
  const ofMonth = list("BYMONTH");
  if (ofMonth.length > 0 && !ofMonth.includes(`${b.getUTCMonth() + 1}`)) return false;
  const weekdays = list("BYDAY");
  const monthDays = list("BYMONTHDAY");
  if (monthDays.length > 0) return monthDays.includes(`${b.getUTCDate()}`);
  if (weekdays.length > 0)
    return weekdays.some((rule) => isNthWeekday(rule, b, frequency === "YEARLY" && ofMonth.length === 0));
  if (frequency === "DAILY") return true;
  if (frequency === "WEEKLY") return a.getUTCDay() === b.getUTCDay();
  const isMonth = frequency === "MONTHLY" || ofMonth.length > 0 || a.getUTCMonth() === b.getUTCMonth();
  return isMonth && a.getUTCDate() === b.getUTCDate();
}

function isNthWeekday(rule: string, date: Date, isOfYear: boolean): boolean {
  const [, nth, day] = /^(-?\d)?([A-Z]{2})$/.exec(rule)!;
  if (["SU", "MO", "TU", "WE", "TH", "FR", "SA"][date.getUTCDay()] !== day) return false;
  if (nth === undefined) return true;
  const isInside = (other: Date): boolean =>
    other.getUTCFullYear() === date.getUTCFullYear() &&
    (isOfYear || other.getUTCMonth() === date.getUTCMonth());
  const isThere = (weeks: number): boolean => isInside(new Date(date.getTime() + weeks * 7 * DAY_MS));
  const count = Number(nth);
  return count > 0 ? isThere(1 - count) && !isThere(-count) : isThere(-1 - count) && !isThere(-count);
}
