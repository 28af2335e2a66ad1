import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { fits, isSelected, occurrencesOf, type Correction, type CorrectionSchedule } from "./correction.ts";
import { defineSchedule, type ScheduleText } from "./define-correction.ts";
import { createExclusion, createExclusionOf, excludedFor } from "./exclusion.ts";
import { unionOf, widened } from "./intervals.ts";
import type { Slo } from "./slo.ts";

function scheduleOf(text: ScheduleText): CorrectionSchedule {
  const defined = defineSchedule(text);
  if (!defined.ok) throw new Error(JSON.stringify(defined.faults));
  return defined.schedule;
}

function correctionOf(schedule: CorrectionSchedule, changes: Partial<Correction> = {}): Correction {
  return {
    id: "c",
    name: "c",
    reason: "r",
    author: "a",
    selects: { slos: ["*"], services: [], labels: {} },
    schedule,
    origin: { kind: "api", createdAtMs: 0 },
    ...changes,
  };
}

const shown = ({ startMs, endMs }: { startMs: number; endMs: number }): string =>
  `${new Date(startMs).toISOString().slice(5, 16)} ${(endMs - startMs) / HOUR_MS}h`;
const at = (text: string): number => Date.parse(`${text}Z`);

describe("a recurring correction", () => {
  const nightly = (rest: Partial<ScheduleText>): CorrectionSchedule =>
    scheduleOf({ start: "2026-03-27 22:00", timeZone: "Europe/Berlin", rrule: "FREQ=DAILY", ...rest });

  it("follows the clocks of its zone, and ends when they show its end", () => {
    const spring = occurrencesOf(nightly({ end: "2026-03-28 06:00" }));
    expect(spring(at("2026-03-27T12:00"), at("2026-03-30T12:00")).map(shown)).toEqual([
      "03-27T21:00 8h",
      "03-28T21:00 7h",
      "03-29T20:00 8h",
    ]);
    expect(spring(at("2026-10-24T12:00"), at("2026-10-26T12:00")).map(shown)).toEqual([
      "10-24T20:00 9h",
      "10-25T21:00 8h",
    ]);
  });

  it("lasts as long as it says where it says so", () => {
    const lasting = occurrencesOf(nightly({ duration: "8h" }));
    expect(lasting(at("2026-03-28T12:00"), at("2026-03-29T12:00")).map(shown)).toEqual(["03-28T21:00 8h"]);
  });

  it("at a time that clocks skip is an hour later, of one they show twice the first", () => {
    const hour = occurrencesOf(nightly({ start: "2026-03-01 02:30", end: "2026-03-01 03:30" }));
    expect(hour(at("2026-03-29T00:00"), at("2026-03-29T12:00")).map(shown)).toEqual([]);
    const long = occurrencesOf(nightly({ start: "2026-03-01 02:30", duration: "1h" }));
    expect(long(at("2026-03-29T00:00"), at("2026-03-29T12:00")).map(shown)).toEqual(["03-29T01:30 1h"]);
    expect(long(at("2026-10-25T00:00"), at("2026-10-25T12:00")).map(shown)).toEqual(["10-25T00:30 1h"]);
  });

  it("gives whatever overlaps, however long its times are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        (hours, from, length) => {
          const schedule = scheduleOf({
            start: "2026-01-01 03:00",
            duration: `${hours}h`,
            timeZone: "America/New_York",
            rrule: "FREQ=WEEKLY;BYDAY=TU,SA",
          });
          const occurrences = occurrencesOf(schedule);
          const [fromMs, toMs] = [
            at("2026-01-01T00:00") + from * HOUR_MS,
            at("2026-01-01T00:00") + (from + length) * HOUR_MS,
          ];
          const all = occurrences(at("2025-12-01T00:00"), at("2030-01-01T00:00"));
          const expected = all.filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs);
          expect(occurrences(fromMs, toMs)).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("what corrections exclude", () => {
  const anyIntervals = fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 80 }))
      .map(([startMs, length]) => ({ startMs, endMs: startMs + length })),
  );

  it("counts overlaps once: every moment is in the union as in one of them, in one interval alone", () => {
    fc.assert(
      fc.property(anyIntervals, (intervals) => {
        const union = unionOf(intervals);
        const isIn = (list: typeof union, ms: number) =>
          list.filter(({ startMs, endMs }) => startMs <= ms && ms < endMs).length;
        for (let ms = 0; ms < 400; ms += 1) {
          expect(isIn(union, ms)).toBe(isIn(intervals, ms) > 0 ? 1 : 0);
        }
        for (let i = 1; i < union.length; i += 1)
          expect(union[i]!.startMs).toBeGreaterThan(union[i - 1]!.endMs);
        expect(unionOf([...union].reverse())).toEqual(union);
      }),
    );
  });

  it("leaves as whole units, each that is touched and no other", () => {
    fc.assert(
      fc.property(anyIntervals, fc.integer({ min: 1, max: 60 }), (intervals, unit) => {
        const whole = widened(intervals, unit);
        for (let start = 0; start < 420; start += unit) {
          const isTouched = unionOf(intervals).some(
            ({ startMs, endMs }) => startMs < start + unit && endMs > start,
          );
          const isOut = whole.some(({ startMs, endMs }) => startMs <= start && start + unit <= endMs);
          expect(isOut).toBe(isTouched);
        }
      }),
    );
  });

  it("is the same asked for in one piece or in many, over years", () => {
    const exclusion = createExclusion([
      correctionOf(scheduleOf({ start: "2025-01-01", duration: "26h", rrule: "FREQ=WEEKLY" })),
      correctionOf(scheduleOf({ start: "2025-06-01 12:00:03", end: "2025-06-20" })),
    ]);
    const [fromMs, toMs] = [at("2024-12-01T00:00"), at("2027-01-01T00:00")];
    const pieces = [];
    for (let ms = fromMs; ms < toMs; ms += 5 * DAY_MS) pieces.push(...exclusion.within(ms, ms + 5 * DAY_MS));
    const clip = (list: readonly { startMs: number; endMs: number }[]) =>
      list.filter(({ startMs, endMs }) => startMs < toMs && endMs > fromMs);
    expect(clip(unionOf(pieces))).toEqual(exclusion.within(fromMs, toMs));
  });

  it("leaves a slice of time as a whole", () => {
    const exclusion = createExclusion([
      correctionOf(scheduleOf({ start: "2026-01-01 10:59:59", end: "2026-01-01 11:00:01" })),
    ]);
    const day = [at("2026-01-01T00:00"), at("2026-01-02T00:00")] as const;
    expect(excludedFor(exclusion, { kind: "occurrences" }, ...day).map(shown)).toEqual([
      `01-01T10:59 ${20_000 / HOUR_MS}h`,
    ]);
    const hours = { kind: "ratio-timeslices", sliceMs: durationMs(HOUR_MS) } as const;
    expect(excludedFor(exclusion, hours, ...day).map(shown)).toEqual(["01-01T10:00 2h"]);
    // Even where only its end lies in what is asked for.
    const later = at("2026-01-01T11:30");
    expect(excludedFor(exclusion, hours, later, later + 10 * MINUTE_MS).map(shown)).toEqual([
      "01-01T10:00 2h",
    ]);
  });

  it("has another name when other time is excluded, and the same when only words change", () => {
    const schedule = scheduleOf({ start: "2026-01-01", duration: "1h" });
    const key = (...all: readonly Correction[]): string => createExclusion(all).key;
    expect(key(correctionOf(schedule))).toBe(
      key(correctionOf(schedule, { id: "d", reason: "better words" })),
    );
    expect(key(correctionOf(schedule))).not.toBe(
      key(correctionOf(scheduleOf({ start: "2026-01-01", duration: "61m" }))),
    );
  });
});

describe("a selector", () => {
  const slo = { name: "payment-availability", service: "payment", labels: { region: ["eu", "us"] } };
  const selects = (slos: string[], services: string[] = [], labels: Record<string, string> = {}): boolean =>
    isSelected({ slos, services, labels }, slo);

  it("takes what fulfils every condition", () => {
    expect(selects(["payment-availability"])).toBe(true);
    expect(selects(["ledger-*", "payment-*"])).toBe(true);
    expect(selects([], ["pay*"], { region: "us" })).toBe(true);
    expect(selects([], ["payment"], { region: "ap" })).toBe(false);
    expect(selects(["payment-latency"], ["payment"])).toBe(false);
    expect(selects([], [], { toString: "*" })).toBe(false);
    expect(selects([])).toBe(false);
  });

  it("takes the groups of what it names", () => {
    const group = { ...slo, name: "payment-availability-eu-1a2b", group: { parent: slo.name, labels: {} } };
    expect(isSelected({ slos: [slo.name], services: [], labels: {} }, group)).toBe(true);
  });

  it("reads * as any characters", () => {
    const toRegExp = (pattern: string): RegExp =>
      new RegExp(
        `^${pattern
          .split("*")
          .map((part) => part.replace(/[^\w]/g, "\\$&"))
          .join("[^]*")}$`,
      );
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "b", "-", "*"), maxLength: 8 }),
        fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 10 }),
        (pattern, text) => {
          expect(fits(pattern, text)).toBe(toRegExp(pattern).test(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("gives SLOs that the same corrections select one exclusion, for as long as these stay", () => {
    const correction = correctionOf(scheduleOf({ start: "2026-01-01", duration: "1h" }));
    const exclusionOf = createExclusionOf([correction]);
    const [a, b] = [slo as unknown, { name: "other", service: "", labels: {} } as unknown] as [Slo, Slo];
    expect(exclusionOf(a)).toBe(exclusionOf(b));
    expect(createExclusionOf([])(a)).toBeUndefined();
  });
});
