import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { addMonths, dateOf, daysOf } from "./civil-time.ts";
import { describeWindow, elapsedMs, longestPeriodMs, windowAt, type CalendarWindow } from "./slo-window.ts";
import { instantOf, isTimeZone, wallTimeAt } from "./zoned-time.ts";

const ZONES = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Europe/Dublin",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Tokyo",
  "Australia/Lord_Howe",
  "America/St_Johns",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Africa/Casablanca",
  "America/Sao_Paulo",
  "Africa/Cairo",
  "Asia/Gaza",
  "America/Santiago",
];
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: Date.UTC(1995, 0, 1), max: Date.UTC(2037, 0, 1) });
const wall = (text: string): number => Date.parse(`${text.replace(" ", "T")}Z`);
const calendar = (
  unit: CalendarWindow["unit"],
  count: number,
  start: string,
  timeZone = "UTC",
): CalendarWindow => ({ kind: "calendar", unit, count, startsAt: wall(start), timeZone });
const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
const period = (window: CalendarWindow, at: string): readonly string[] => {
  const { startMs, endMs } = windowAt(window, Date.parse(at));
  return [iso(startMs), iso(endMs)];
};
const anyWindow = fc.record({
  kind: fc.constant("calendar" as const),
  unit: fc.constantFrom("day" as const, "month" as const),
  count: fc.constantFrom(1, 2, 3, 7, 12),
  startsAt: fc
    .integer({ min: Date.UTC(2019, 0, 1) / MINUTE_MS, max: Date.UTC(2026, 0, 1) / MINUTE_MS })
    .map((minutes) => minutes * MINUTE_MS),
  timeZone: zone,
});

describe("civil time", () => {
  it("agrees with the platform on every day", () => {
    fc.assert(
      fc.property(fc.integer({ min: -200_000, max: 200_000 }), (days) => {
        const date = new Date(days * DAY_MS);
        const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        expect(dateOf(days)).toEqual(civil);
        expect(daysOf(civil)).toBe(days);
      }),
    );
  });

  it("keeps to the last day of a month that is shorter", () => {
    const from = (start: string, months: number): string => iso(addMonths(wall(start), months));
    expect(from("2024-01-31 12:00:00", 1)).toBe("2024-02-29T12:00:00");
    expect(from("2023-01-31 12:00:00", 1)).toBe("2023-02-28T12:00:00");
    expect(from("2024-02-29 00:00:00", 12)).toBe("2025-02-28T00:00:00");
    expect(from("2024-01-31 00:00:00", -2)).toBe("2023-11-30T00:00:00");
  });
});

describe("zoned time", () => {
  it("shows what the platform shows, in every zone", () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, at) => {
        const shown = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
        expect(iso(wallTimeAt(at, timeZone))).toBe(shown.format(at).replace(" ", "T"));
      }),
    );
  });

  it("finds the first instant at which clocks show a time", () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, at) => {
        const back = instantOf(wallTimeAt(at, timeZone), timeZone);
        expect(back <= at).toBe(true);
        expect(wallTimeAt(back, timeZone)).toBe(wallTimeAt(at, timeZone));
      }),
      { numRuns: 500 },
    );
  });

  it("takes the first of two, and goes on after a gap", () => {
    expect(iso(instantOf(wall("2024-11-03 01:30:00"), "America/New_York"))).toBe("2024-11-03T05:30:00");
    expect(iso(instantOf(wall("2024-03-10 02:30:00"), "America/New_York"))).toBe("2024-03-10T07:30:00");
    // Samoa had no 30 December 2011.
    expect(iso(instantOf(wall("2011-12-30 00:00:00"), "Pacific/Apia"))).toBe("2011-12-30T10:00:00");
  });

  it("knows zones by their names alone", () => {
    expect(["Europe/Berlin", "UTC", "Europe/Berlyn", "+02:00", "", "Mars/Base"].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("calendar windows", () => {
  it("are days, weeks, months, quarters and years of the zone", () => {
    const zoned = "America/New_York";
    const at = "2024-05-15T12:00:00Z";
    expect(period(calendar("day", 1, "2022-01-01 00:00:00", zoned), at)).toEqual([
      "2024-05-15T04:00:00",
      "2024-05-16T04:00:00",
    ]);
    expect(period(calendar("day", 7, "2022-01-03 00:00:00", zoned), at)).toEqual([
      "2024-05-13T04:00:00",
      "2024-05-20T04:00:00",
    ]);
    expect(period(calendar("month", 1, "2022-01-01 12:00:00", zoned), at)).toEqual([
      "2024-05-01T16:00:00",
      "2024-06-01T16:00:00",
    ]);
    expect(period(calendar("month", 3, "2022-01-01 00:00:00", zoned), at)).toEqual([
      "2024-04-01T04:00:00",
      "2024-07-01T04:00:00",
    ]);
    expect(period(calendar("month", 12, "2022-01-01 00:00:00", zoned), at)).toEqual([
      "2024-01-01T05:00:00",
      "2025-01-01T05:00:00",
    ]);
  });

  it("have days of 23 and 25 hours where clocks change", () => {
    const day = calendar("day", 1, "2022-01-01 00:00:00", "Europe/Berlin");
    const hours = (at: string): number => {
      const { startMs, endMs } = windowAt(day, Date.parse(at));
      return (endMs - startMs) / HOUR_MS;
    };
    expect(hours("2024-03-31T12:00:00Z")).toBe(23);
    expect(hours("2024-10-27T12:00:00Z")).toBe(25);
    expect(hours("2024-06-01T12:00:00Z")).toBe(24);
  });

  it("begin on the 31st again after a short month, and on the leap day every four years", () => {
    const month = calendar("month", 1, "2024-01-31 00:00:00");
    expect(period(month, "2024-03-01T00:00:00Z")).toEqual(["2024-02-29T00:00:00", "2024-03-31T00:00:00"]);
    expect(period(month, "2024-03-31T00:00:00Z")).toEqual(["2024-03-31T00:00:00", "2024-04-30T00:00:00"]);
    const year = calendar("month", 12, "2024-02-29 00:00:00");
    expect(period(year, "2026-01-01T00:00:00Z")).toEqual(["2025-02-28T00:00:00", "2026-02-28T00:00:00"]);
    expect(period(year, "2028-03-01T00:00:00Z")).toEqual(["2028-02-29T00:00:00", "2029-02-28T00:00:00"]);
  });

  it("hold every time once: periods follow one another, and none is longer than is said", () => {
    fc.assert(
      fc.property(anyWindow, instant, (window, at) => {
        const { startMs, endMs } = windowAt(window, at);
        expect(startMs <= at && at < endMs).toBe(true);
        expect(endMs - startMs <= longestPeriodMs(window)).toBe(true);
        expect(windowAt({ ...window }, endMs)).toMatchObject({ startMs: endMs });
        expect(windowAt({ ...window }, startMs)).toEqual({ startMs, endMs });
        expect(windowAt({ ...window }, endMs - 1)).toEqual({ startMs, endMs });
        expect(elapsedMs(window, at)).toBe(Math.floor(at / 10_000) * 10_000 + 10_000 - startMs);
      }),
      { numRuns: 500 },
    );
  });

  it("start at the time of day they are said to, as the platform shows it, gaps aside", () => {
    fc.assert(
      fc.property(anyWindow, instant, (window, at) => {
        const { startMs } = windowAt(window, at);
        const shown = wallTimeAt(startMs, window.timeZone);
        const timeOfDay = (ms: number): number => ((ms % DAY_MS) + DAY_MS) % DAY_MS;
        const late = (timeOfDay(shown) - timeOfDay(window.startsAt) + DAY_MS) % DAY_MS;
        const hourBefore = wallTimeAt(startMs - 1, window.timeZone);
        // In a gap, which is an hour at most here, the clock jumps to or over the time just before.
        expect(late === 0 || shown - hourBefore > 1 || late <= HOUR_MS).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("of minutes and hours have their exact length", () => {
    const hours = calendar("ms", 12 * HOUR_MS, "2022-01-01 06:00:00", "Europe/Berlin");
    expect(period(hours, "2024-07-01T12:00:00Z")).toEqual(["2024-07-01T05:00:00", "2024-07-01T17:00:00"]);
  });

  it("go back before the first start as they go on after it", () => {
    expect(period(calendar("month", 1, "2030-01-01 00:00:00"), "2024-05-15T00:00:00Z")).toEqual([
      "2024-05-01T00:00:00",
      "2024-06-01T00:00:00",
    ]);
  });

  it("that start within a bucket have the buckets that begin in them", () => {
    const day = calendar("day", 1, "2022-01-01 00:00:07");
    expect(period(day, "2024-01-02T00:00:09Z")).toEqual(["2024-01-01T00:00:10", "2024-01-02T00:00:10"]);
    expect(period(day, "2024-01-02T00:00:10Z")).toEqual(["2024-01-02T00:00:10", "2024-01-03T00:00:10"]);
  });

  it("say what they are", () => {
    const words = [
      calendar("day", 7, "2022-01-01 00:00:00", "Europe/Berlin"),
      calendar("month", 1, "2022-01-01 00:00:00"),
      calendar("month", 6, "2022-01-01 00:00:00"),
      calendar("month", 12, "2022-01-01 00:00:00"),
      { kind: "rolling" as const, ms: durationMs(30 * DAY_MS) },
    ].map(describeWindow);
    expect(words).toEqual([
      "calendar week (Europe/Berlin)",
      "calendar month (UTC)",
      "calendar 2 quarters (UTC)",
      "calendar year (UTC)",
      "30d",
    ]);
  });
});
