import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorInterval, normalQuantile } from "./low-traffic.ts";

describe("the normal quantile", () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.995, 2.575829303548901],
    [0.9, 1.2815515655446004],
    [0.025, -1.959963984540054],
    [0.0001, -3.719016485455709],
  ])("of %d is %d", (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 7);
  });

  it("is odd and rises", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }),
        fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }),
        (a, b) => {
          expect(normalQuantile(a)).toBeCloseTo(-normalQuantile(1 - a), 4);
          if (a + 1e-9 < b) expect(normalQuantile(a)).toBeLessThan(normalQuantile(b));
        },
      ),
    );
  });
});

describe("the interval of the error rate", () => {
  it.each([
    [1, 100, 0.001767, 0.054486],
    [10, 100, 0.055229, 0.174367],
    [0, 10, 0, 0.277533],
    [10, 10, 0.722467, 1],
    [1, 1, 0.206549, 1],
  ])("of %i bad ones in %i is known", (bad, total, low, high) => {
    const interval = errorInterval({ good: total - bad, total }, 0.95)!;
    expect(interval.low).toBeCloseTo(low, 5);
    expect(interval.high).toBeCloseTo(high, 5);
  });

  it("is none without events", () => {
    expect(errorInterval({ good: 0, total: 0 }, 0.95)).toBeUndefined();
  });

  it("holds the share, narrows with events and widens with confidence", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        (total, part, confidence) => {
          const bad = Math.round(part * total);
          const { low, high } = errorInterval({ good: total - bad, total }, confidence)!;
          const share = bad / total;
          expect(low >= 0 && low <= share + 1e-12 && high >= share - 1e-12 && high <= 1).toBe(true);
          const more = errorInterval({ good: 10 * (total - bad), total: 10 * total }, confidence)!;
          expect(more.high - more.low).toBeLessThan(high - low);
          const surer = errorInterval({ good: total - bad, total }, (1 + confidence) / 2)!;
          expect(surer.low <= low && surer.high >= high).toBe(true);
        },
      ),
    );
  });

  it("holds the true rate about as often as it says", () => {
    let seed = 42;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    for (const rate of [0.02, 0.1, 0.5]) {
      let held = 0;
      for (let round = 0; round < 2_000; round += 1) {
        let bad = 0;
        for (let i = 0; i < 120; i += 1) if (random() < rate) bad += 1;
        const { low, high } = errorInterval({ good: 120 - bad, total: 120 }, 0.95)!;
        if (low <= rate && rate <= high) held += 1;
      }
      expect(held / 2_000).toBeGreaterThan(0.92);
      expect(held / 2_000).toBeLessThan(0.985);
    }
  });
});
