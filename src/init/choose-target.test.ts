import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseTarget, LEAST_EVENTS } from "./choose-target.ts";
import { chooseThreshold } from "./choose-threshold.ts";

const counts = fc
  .tuple(fc.integer({ min: 0, max: 1e9 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([events, share]) => ({ events, bad: Math.floor(events * share ** 4) }));

describe("a target that is proposed", () => {
  it("would have been met, with half of its budget left", () => {
    fc.assert(
      fc.property(counts, ({ events, bad }) => {
        const chosen = chooseTarget(events, bad);
        if (chosen === undefined) return;
        expect(chosen.spent).toBeLessThanOrEqual(0.5);
        expect(1 - bad / events).toBeGreaterThanOrEqual(chosen.target);
      }),
    );
  });

  it("is never higher for more bad events, nor lower for more traffic of the same quality", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 2, max: 50 }), ({ events, bad }, times) => {
        const of = (events: number, bad: number): number => chooseTarget(events, bad)?.target ?? 0;
        expect(of(events, Math.min(events, bad + 1))).toBeLessThanOrEqual(of(events, bad));
        expect(of(events * times, bad * times)).toBeGreaterThanOrEqual(of(events, bad));
      }),
    );
  });

  it.each([
    [1_000_000, 0, undefined, 0.9999],
    [1_000_000, 51, undefined, 0.9995],
    [4_000, 2, undefined, 0.995],
    [300, 0, undefined, 0.99],
    [300, 20, undefined, 0.8],
    [1_000_000, 0, 0.99, 0.99],
  ])("of %d events with %d bad, %s at most, is %d", (events, bad, most, target) => {
    expect(chooseTarget(events, bad, most)?.target).toBe(target);
  });

  it("is none for too few events, or where most were bad", () => {
    expect(chooseTarget(LEAST_EVENTS - 1, 0)).toBeUndefined();
    expect(chooseTarget(0, 0)).toBeUndefined();
    expect(chooseTarget(Number.NaN, 0)).toBeUndefined();
    expect(chooseTarget(1_000, 600)).toBeUndefined();
  });

  it("says why it is not the next higher one", () => {
    expect(chooseTarget(1_000_000, 51)?.higher).toEqual({
      target: 0.9999,
      why: "spent",
      spent: expect.closeTo(0.51) as unknown,
    });
    expect(chooseTarget(300, 0)?.higher).toEqual({ target: 0.995, why: "little traffic" });
    expect(chooseTarget(1_000_000, 0)?.higher).toBeUndefined();
  });
});

describe("a threshold that is proposed", () => {
  const within = (...pairs: readonly (readonly [number, number])[]) =>
    pairs.map(([thresholdMs, requests]) => ({ thresholdMs, requests }));

  it("is the shortest that 99 % keep with room", () => {
    const found = chooseThreshold(1_000, within([100, 900], [200, 990], [300, 996], [500, 1_000]));
    expect(found).toEqual({ thresholdMs: 300, requests: 996, target: 0.99 });
  });

  it("is that of 95 % where the slowest are far slower", () => {
    const found = chooseThreshold(1_000, within([100, 980], [300, 985], [10_000, 1_000]));
    expect(found).toEqual({ thresholdMs: 100, requests: 980, target: 0.95 });
  });

  it("is none where most are slower than all thresholds", () => {
    expect(chooseThreshold(1_000, within([100, 10]))).toBeUndefined();
    expect(chooseThreshold(1_000, [])).toBeUndefined();
  });
});
