import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnnotations } from "./annotations.ts";
import { RANGE_FUNCTIONS } from "./range-functions.ts";

const VALUE = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -20, max: 50 }) },
  { weight: 4, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e300, 9e15) },
);
const VALUES = fc.oneof(
  fc.array(VALUE, { minLength: 1, maxLength: 120 }),
  fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 120 }),
);
/** How far the end and the start move on from step to step. */
const MOVES = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
  minLength: 1,
  maxLength: 60,
});

describe("functions over windows that slide", () => {
  const sliding = Object.entries(RANGE_FUNCTIONS).filter(
    ([, definition]) => definition.sliding !== undefined,
  );

  it.each(sliding)("%s is the same as window by window, to the bit", (_, { evaluate, sliding: slide }) => {
    fc.assert(
      fc.property(VALUES, MOVES, fc.double({ min: -0.1, max: 1.1 }), (list, moves, q) => {
        const values = Float64Array.from(list);
        const timesMs = Float64Array.from(values, (__, i) => i * 15_000 + ((i * 7_919) % 1_000));
        const context = {
          scalars: [q],
          atMs: 0,
          metric: "m_total",
          annotations: createAnnotations(),
          range: { start: 0, end: 0 },
        };
        const moved = slide!({ timesMs, values });
        let [from, to] = [0, 0];
        for (const [forward, behind] of moves) {
          to = Math.min(values.length, to + forward);
          from = Math.min(to, from + behind);
          if (from === to) continue;
          const [startMs, endMs] = [timesMs[from]! - 1, timesMs[to - 1]! + 1];
          const window = { timesMs, values, histograms: undefined, from, to, startMs, endMs };
          expect(moved(window, context)).toEqual(evaluate(window, context));
        }
      }),
      { numRuns: 300 },
    );
  });
});
