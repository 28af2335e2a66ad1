import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { fakeSlo } from "../record/fake-slos.ts";
import { createCountTimeline } from "../replay/count-timeline.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { longestWindowMs } from "../slo/evaluate-slo.ts";
import type { Slo } from "../slo/slo.ts";
import { burnTimeline, pictureTier, type BurnTimeline } from "./burn-timeline.ts";
import { drawBurn } from "./draw-burn.ts";
import { countStretches, pictureRange, pointStepMs, refuseRange } from "./plan-picture.ts";
import { budgetScale, burnScale, timeTicks } from "./scales.ts";
import { createSteppedTimeline } from "./stepped-timeline.ts";

const END = Date.UTC(2026, 0, 31, 6);

/** The SLO's picture where at each time this share of the events is bad; undefined: there are none. */
function timelineOf(slo: Slo, badAt: (atMs: number) => number | undefined, tierName?: string): BurnTimeline {
  const tier = pictureTier(slo, tierName)!;
  const range = pictureRange(tier, END);
  const segments = countStretches(slo.method, tier, range, longestWindowMs(slo)).map((stretch) => {
    const steps = (stretch.endMs - stretch.startMs) / stretch.stepMs;
    const good = new Float64Array(steps);
    const total = new Float64Array(steps);
    for (let i = 0; i < steps; i += 1) {
      const bad = badAt(stretch.startMs + i * stretch.stepMs);
      if (bad === undefined) continue;
      total[i] = stretch.stepMs / 100;
      good[i] = total[i]! * (1 - bad);
    }
    return { ...stretch, good, total };
  });
  return burnTimeline(slo, [createSteppedTimeline(segments)], {
    ...range,
    stepMs: pointStepMs(range),
    tier,
    coveredFromMs: 0,
  });
}

/** Width and height of a PNG. */
function sizeOf(png: Uint8Array): readonly number[] {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe("the timeline of a picture", () => {
  it("has the burns and the budget that the evaluator would have judged", () => {
    const began = END - 2 * HOUR_MS;
    const { points, threshold } = timelineOf(fakeSlo(), (atMs) => (atMs >= began ? 0.03 : 0));
    const last = points.at(-1)!;
    expect(threshold).toBe(14.4);
    expect(last.long).toBeCloseTo(30, 6);
    expect(last.short).toBeCloseTo(30, 6);
    // Two hours at 30 times of thirty days.
    expect(last.budget).toBeCloseTo(1 - (30 * 2) / (30 * 24), 3);
    expect(last.isBreaching).toBe(true);
    const before = points.find(({ atMs }) => atMs > began - 10 * MINUTE_MS)!;
    expect(before).toMatchObject({ long: 0, short: 0, isBreaching: false });
    const half = points.find(({ atMs }) => atMs >= began + 30 * MINUTE_MS)!;
    expect(half.long).toBeCloseTo(15, 0);
  });

  it("has gaps where nothing is known or nothing happened", () => {
    const { points } = timelineOf(fakeSlo(), () => undefined, "ticket-slow");
    expect(
      points.every(
        ({ long, short, budget }) => long === undefined && short === undefined && budget === undefined,
      ),
    ).toBe(true);
  });

  it("judges slices of time by whole slices", () => {
    const slo = fakeSlo({
      method: { kind: "timeslices", sliceMs: durationMs(5 * MINUTE_MS), sliceTarget: 0.99 },
    });
    const { points } = timelineOf(slo, (atMs) => (atMs >= END - HOUR_MS ? 0.02 : 0));
    // All twelve slices of the last hour are bad.
    expect(points.at(-1)?.long).toBeCloseTo(1_000, 6);
  });

  it("sums any window as if each bucket were kept, where steps end", () => {
    const counts = fc.array(fc.nat(50), { minLength: 60, maxLength: 600 });
    fc.assert(
      fc.property(counts, fc.nat(1_000), fc.nat(1_000), (numbers, a, b) => {
        const total = Float64Array.from(numbers);
        const good = total.map((count) => Math.floor(count / 2));
        const exact = createCountTimeline(0, good, total);
        const half = Math.floor(numbers.length / 2 / 6) * 6;
        const sumOf = (column: Float64Array, i: number): number =>
          column.subarray(i * 6, i * 6 + 6).reduce((sum, one) => sum + one, 0);
        const coarse = {
          startMs: 0,
          stepMs: MINUTE_MS,
          good: Float64Array.from({ length: half / 6 }, (_, i) => sumOf(good, i)),
          total: Float64Array.from({ length: half / 6 }, (_, i) => sumOf(total, i)),
        };
        const fine = {
          startMs: half * BUCKET_MS,
          stepMs: BUCKET_MS,
          good: good.slice(half),
          total: total.slice(half),
        };
        const stepped = createSteppedTimeline([coarse, fine]);
        const ends = [a, b]
          .map((i) => Math.min(numbers.length, i))
          .map((i) => (i < half ? Math.floor(i / 6) * 6 : i));
        const [from, to] = ends.sort((x, y) => x - y) as [number, number];
        const found = stepped.sum(from * BUCKET_MS, to * BUCKET_MS);
        const expected = exact.sum(from * BUCKET_MS, to * BUCKET_MS);
        expect(found.total).toBeCloseTo(expected.total, 6);
        expect(found.good).toBeCloseTo(expected.good, 6);
      }),
    );
  });

  it("reads little, whatever the tier and the range", () => {
    const slo = fakeSlo();
    for (const name of ["page-quick", "page-slow", "ticket-quick", "ticket-slow"]) {
      const tier = pictureTier(slo, name)!;
      for (const lengthMs of [undefined, 10 * MINUTE_MS, DAY_MS, 90 * DAY_MS]) {
        const usual = pictureRange(tier, END);
        const range = lengthMs === undefined ? usual : { startMs: END - lengthMs, endMs: END };
        expect(refuseRange(range)).toBeUndefined();
        const stretches = countStretches(slo.method, tier, range, longestWindowMs(slo));
        const steps = stretches.reduce(
          (sum, { startMs, endMs, stepMs }) => sum + (endMs - startMs) / stepMs,
          0,
        );
        expect(steps).toBeLessThan(20_000);
        for (const { startMs, endMs, stepMs } of stretches) expect((endMs - startMs) % stepMs).toBe(0);
      }
    }
    expect(refuseRange({ startMs: END - MINUTE_MS, endMs: END })).toContain("ten minutes");
    expect(refuseRange({ startMs: END - 91 * DAY_MS, endMs: END })).toContain("90 days");
  });
});

describe("scales", () => {
  it("keep every value within the panel, and the threshold in sight", () => {
    const burns = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(burns, fc.double({ min: 0.01, max: 100, noNaN: true }), (highest, threshold) => {
        const scale = burnScale(highest, threshold, 330, 104);
        for (const value of [0, highest, threshold, ...scale.ticks]) {
          expect(scale.place(value)).toBeLessThanOrEqual(330);
          expect(scale.place(value)).toBeGreaterThanOrEqual(104 - 1e-6);
        }
        // At least three pixels above the ground.
        if (highest <= 1e4 && threshold >= 0.5) expect(330 - scale.place(threshold)).toBeGreaterThan(3);
        expect(scale.ticks.length).toBeLessThanOrEqual(12);
      }),
    );
    expect(budgetScale(-30, 1, 452, 376).ticks).toEqual([-1, 0, 1]);
    expect(budgetScale(0.02, 0.03, 452, 376).ticks.at(-1)).toBeLessThan(0.1);
    expect(timeTicks(END - HOUR_MS, END, 9)).toHaveLength(7);
  });
});

describe("the picture", () => {
  it("is a PNG of 1200 x 500, light or dark, whatever the texts and values", async () => {
    const slo = fakeSlo({ name: "\u202Ex".repeat(300) });
    const calm = timelineOf(slo, () => 0.0001);
    const marks = [
      { atMs: calm.endMs, kind: "alert", text: "alert" },
      { atMs: calm.startMs, kind: "version", text: "日本語 🔥 ".repeat(100) },
    ] as const;
    const storm = timelineOf(fakeSlo({ target: 0.9999 }), (atMs) => (atMs > END - HOUR_MS ? 1 : undefined));
    const floor: BurnTimeline = { ...calm, isFloor: true, shortWindow: undefined, points: [] };
    for (const timeline of [{ ...calm, marks }, storm, floor]) {
      for (const theme of ["light", "dark"] as const) {
        expect(sizeOf(await drawBurn(timeline, theme))).toEqual([1_200, 500]);
      }
    }
  });

  it("is the same for the same values", async () => {
    const timeline = timelineOf(fakeSlo(), (atMs) => (atMs > END - HOUR_MS ? 0.05 : 0));
    expect(Buffer.from(await drawBurn(timeline)).equals(Buffer.from(await drawBurn(timeline)))).toBe(true);
  });
});
