import { describe, expect, it } from "vitest";
import { isWithin } from "./time-interval.ts";

const berlin = (text: string): number => Date.parse(`${text}+01:00`);

describe("isWithin", () => {
  const office = { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 18 * 60, timeZone: "Europe/Berlin" };
  it.each([
    ["2026-01-30T09:00", true],
    ["2026-01-30T08:59", false],
    ["2026-01-30T17:59", true],
    ["2026-01-30T18:00", false],
    ["2026-01-31T12:00", false],
  ])("office hours on %s: %s", (text, expected) => {
    expect(isWithin(office, berlin(text))).toBe(expected);
  });

  it.each([
    ["2026-01-30T22:00", true],
    ["2026-01-31T05:59", true],
    ["2026-01-31T06:00", false],
    ["2026-01-31T23:00", false],
    ["2026-01-30T05:00", false],
  ])("a Friday night that ends on Saturday, on %s: %s", (text, expected) => {
    const night = { ...office, days: [5], from: 22 * 60, to: 6 * 60 };
    expect(isWithin(night, berlin(text))).toBe(expected);
  });

  it("follows the clocks of its zone through daylight saving", () => {
    expect(isWithin(office, Date.parse("2026-07-01T07:00Z"))).toBe(true);
    expect(isWithin(office, Date.parse("2026-01-30T07:59Z"))).toBe(false);
  });
});
