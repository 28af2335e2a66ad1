import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitsOf, isStaleAt, setStaleAt } from "../../model/stale.ts";
import { orderSamples } from "./order-samples.ts";

type Value = number | "stale";

const columns = (samples: readonly (readonly [number, Value])[]) => {
  const values = Float64Array.from(samples, ([, value]) => (value === "stale" ? 0 : value));
  samples.forEach(([, value], i) => {
    if (value === "stale") setStaleAt(bitsOf(values), i);
  });
  return { timesMs: Float64Array.from(samples, ([time]) => time), values };
};
const rank = (value: Value): number => (value === "stale" ? 0 : Number.isNaN(value) ? 1 : 2);

const SAMPLE = fc.tuple(
  fc.integer({ min: 0, max: 60 }),
  fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.constantFrom<Value[]>("stale", Number.NaN, Infinity, -Infinity),
  ),
);
const RUN = fc.array(SAMPLE, { maxLength: 30 }).map((run) => run.sort(([a], [b]) => a - b));

describe("samples from several parts", () => {
  it("are put in time order, each time once with its largest value", () => {
    fc.assert(
      fc.property(fc.array(RUN, { maxLength: 6 }), (runs) => {
        const best = new Map<number, Value>();
        for (const [time, value] of runs.flat()) {
          const before = best.get(time);
          const isBetter =
            before === undefined ||
            rank(value) > rank(before) ||
            (rank(value) === 2 && rank(before) === 2 && value > before);
          if (isBetter) best.set(time, value);
        }
        const ordered = orderSamples(columns(runs.flat()));
        const bits = bitsOf(ordered.values);
        const found = Array.from(ordered.timesMs, (time, i) => [
          time,
          isStaleAt(bits, i) ? "stale" : ordered.values[i],
        ]);
        expect(found).toEqual([...best].sort(([a], [b]) => a - b));
      }),
    );
  });

  it("are left as they are when they are in order", () => {
    const samples = columns([
      [1, 5],
      [2, "stale"],
    ]);
    expect(orderSamples(samples)).toBe(samples);
  });
});
