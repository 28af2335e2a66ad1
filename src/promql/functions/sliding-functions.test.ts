import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnnotations } from "../annotations.ts";
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

const CONTEXT = {
  scalars: [],
  atMs: 0,
  metric: "m_total",
  annotations: createAnnotations(),
  range: { start: 0, end: 0 },
};

describe("functions over windows that slide", () => {
  const sliding = Object.entries(RANGE_FUNCTIONS).filter(
    ([, definition]) => definition.sliding !== undefined,
  );

  it.each(sliding)("%s is the same as window by window, to the bit", (_, { evaluate, sliding: slide }) => {
    fc.assert(
      fc.property(VALUES, MOVES, fc.double({ min: -0.1, max: 1.1 }), (list, moves, q) => {
        const values = Float64Array.from(list);
        const timesMs = Float64Array.from(values, (__, i) => i * 15_000 + ((i * 7_919) % 1_000));
        const context = { ...CONTEXT, scalars: [q] };
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

  const onGrid = Object.entries(RANGE_FUNCTIONS).filter(([, definition]) => definition.onGrid !== undefined);

  it.each(onGrid)("%s of all windows at once is the same, to the bit", (_, { evaluate, onGrid: all }) => {
    const GRID = fc.record({
      startMs: fc.integer({ min: -100_000, max: 900_000 }),
      stepMs: fc.constantFrom(0, 1, 15_000, 60_000, 200_500),
      steps: fc.integer({ min: 1, max: 40 }),
      windowMs: fc.constantFrom(1, 20_000, 31_000, 60_000, 300_000, 3_600_000),
    });
    fc.assert(
      fc.property(VALUES, fc.integer({ min: 1, max: 40_000 }), GRID, (list, distanceMs, grid) => {
        const values = Float64Array.from(list);
        const timesMs = Float64Array.from(values, (__, i) => (i + (i % 5) / 10) * distanceMs);
        const found = all!({ timesMs, values }, grid, grid.windowMs);
        for (let step = 0; step < grid.steps; step += 1) {
          const endMs = grid.startMs + step * grid.stepMs;
          const startMs = endMs - grid.windowMs;
          const from = timesMs.filter((at) => at <= startMs).length;
          const to = timesMs.filter((at) => at <= endMs).length;
          const window = { timesMs, values, histograms: undefined, from, to, startMs, endMs };
          const expected = from === to ? undefined : evaluate(window, CONTEXT);
          expect(found.present[step] === 1 ? found.values[step] : undefined).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});
