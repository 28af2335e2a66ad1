import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DATE_FUNCTIONS } from "./instant-functions-date.ts";

describe("date functions", () => {
  it("agree with the calendar of the platform, also before 1970 and in far years", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_000_000_000, max: 250_000_000_000 }), (seconds) => {
        const date = new Date(seconds * 1000);
        const year = date.getUTCFullYear();
        const month = date.getUTCMonth();
        const of = (name: string): number => DATE_FUNCTIONS.get(name)!(seconds);
        expect({
          year: of("year"),
          month: of("month"),
          day: of("day_of_month"),
          weekday: of("day_of_week"),
          ofYear: of("day_of_year"),
          days: of("days_in_month"),
          hour: of("hour"),
          minute: of("minute"),
        }).toEqual({
          year,
          month: month + 1,
          day: date.getUTCDate(),
          weekday: date.getUTCDay(),
          ofYear:
            (Date.UTC(2000, month, date.getUTCDate()) - Date.UTC(2000, 0, 0)) / 86_400_000 - skipped(date),
          days: new Date(Date.UTC(2001 + ((year - 2001) % 400), month + 1, 0)).getUTCDate(),
          hour: date.getUTCHours(),
          minute: date.getUTCMinutes(),
        });
      }),
      { numRuns: 2000 },
    );
  });

  /** 1 for days after February in years without a leap day (2000 has one). */
  function skipped(date: Date): number {
    const year = date.getUTCFullYear();
    const leap = new Date(Date.UTC(2000 + (((year % 400) + 400) % 400), 1, 29)).getUTCMonth() === 1;
    return !leap && date.getUTCMonth() > 1 ? 1 : 0;
  }

  it.each([...DATE_FUNCTIONS.keys()])("%s of what is no time is NaN", (name) => {
    for (const value of [NaN, Infinity, -Infinity]) expect(DATE_FUNCTIONS.get(name)!(value)).toBeNaN();
  });
});
