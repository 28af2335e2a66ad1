import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSeriesDays } from "./series-days.ts";

describe("the days that series have rows for", () => {
  it("are written once each, also when they come out of order", () => {
    const days = createSeriesDays();
    expect(
      [20_000, 20_000, 20_001, 19_999, 20_000, 19_970, 19_970].map((day) => days.note(7, 1n, day)),
    ).toEqual([true, false, true, true, false, true, false]);
  });

  it("are never taken for written when they are not, whichever series a number stands for", () => {
    const step = fc.record({
      ref: fc.integer({ min: 0, max: 3 }),
      id: fc.bigInt({ min: 0n, max: 3n }),
      day: fc.oneof(fc.integer({ min: 20_000, max: 20_050 }), fc.integer({ min: 0, max: 65_535 })),
      fails: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const days = createSeriesDays();
        const written = new Set<string>();
        for (const { ref, id, day, fails } of steps) {
          const row = `${id} ${day}`;
          if (!days.note(ref, id, day)) {
            expect(written.has(row)).toBe(true);
            continue;
          }
          if (fails) days.forget(ref, id, day);
          else written.add(row);
        }
      }),
    );
  });

  it("are remembered for any number of series", () => {
    const days = createSeriesDays();
    expect(days.note(1_000_000, 5n, 20_000)).toBe(true);
    expect(days.note(1_000_000, 5n, 20_000)).toBe(false);
    expect(days.note(1_000_000, 6n, 20_000)).toBe(true);
    expect(days.note(1_000_000, 5n, 20_000)).toBe(true);
    expect(days.note(999, 0n, 0)).toBe(true);
    expect(days.note(999, 0n, 0)).toBe(false);
  });
});
