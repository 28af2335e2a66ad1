import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../model/time.ts";
import { parsePeriod } from "./report-period.ts";

const NOW_MS = Date.UTC(2026, 10, 3, 9);

function parse(text: string, timeZone = "UTC", nowMs = NOW_MS) {
  const parsed = parsePeriod(text, nowMs, timeZone);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed;
}

describe("the period of a report", () => {
  it.each([
    ["month", "2026-11", "2026-11-01T00:00:00.000Z", "2026-10"],
    ["last-month", "2026-10", "2026-10-01T00:00:00.000Z", "2026-09"],
    ["quarter", "2026-Q4", "2026-10-01T00:00:00.000Z", "2026-Q3"],
    ["last-quarter", "2026-Q3", "2026-07-01T00:00:00.000Z", "2026-Q2"],
    ["week", "2026-W45", "2026-11-02T00:00:00.000Z", "2026-W44"],
    ["last-year", "2025", "2025-01-01T00:00:00.000Z", "2024"],
    ["2026-01", "2026-01", "2026-01-01T00:00:00.000Z", "2025-12"],
    ["2026-q1", "2026-Q1", "2026-01-01T00:00:00.000Z", "2025-Q4"],
    ["2021-W01", "2021-W01", "2021-01-04T00:00:00.000Z", "2020-W53"],
  ])("%s is %s, from %s, after %s", (text, name, start, before) => {
    const { period, previous } = parse(text);
    expect([period.name, new Date(period.startMs).toISOString(), previous.name]).toEqual([
      name,
      start,
      before,
    ]);
    expect(previous.endMs).toBe(period.startMs);
  });

  it("is as long as it is on the clocks of the time zone", () => {
    const october = parse("2026-10", "Europe/Berlin").period;
    expect(new Date(october.startMs).toISOString()).toBe("2026-09-30T22:00:00.000Z");
    // Clocks are set back on the 25th.
    expect(october.endMs - october.startMs).toBe(31 * DAY_MS + HOUR_MS);
    expect(october.daysMs).toHaveLength(32);
  });

  it("refuses what is no period, lies ahead, or names no time zone, and says what to write", () => {
    for (const text of ["", "2026-13", "2026-Q5", "2026-W54", "2021-W53", "yesterday", "1969"]) {
      expect(parsePeriod(text, NOW_MS, "UTC")).toMatchObject({
        ok: false,
        problem: expect.stringContaining("write month"),
      });
    }
    expect(parsePeriod("2026-12", NOW_MS, "UTC")).toEqual({
      ok: false,
      problem: "period: 2026-12 lies ahead",
    });
    expect(parsePeriod("month", NOW_MS, "Mars/Olympus")).toMatchObject({ ok: false });
  });

  it("follows on the one before without a gap, holds the present, and reads its own name", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("week", "month", "quarter", "year"),
        fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2090, 0, 1) }),
        fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
        (kind, nowMs, timeZone) => {
          const { period, previous } = parse(kind, timeZone, nowMs);
          expect(previous.endMs).toBe(period.startMs);
          expect(period.startMs).toBeLessThanOrEqual(nowMs + 10_000);
          expect(period.endMs).toBeGreaterThan(nowMs);
          expect(parse(period.name, timeZone, nowMs + 10_000).period).toEqual(period);
          expect(parse(`last-${kind}`, timeZone, nowMs).period).toEqual(previous);
          const days = period.daysMs.slice(1).map((ms, i) => ms - period.daysMs[i]!);
          expect(days.every((ms) => ms >= 22 * HOUR_MS && ms <= 26 * HOUR_MS)).toBe(true);
        },
      ),
    );
  });
});
