import fc from "fast-check";
import { expect, it } from "vitest";
import { rankedGroup } from "./aggregate-rank.ts";

it("topk and bottomk keep what sorting everything would keep, NaN last", () => {
  const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(NaN), fc.constant(Infinity));
  fc.assert(
    fc.property(fc.array(value), fc.integer({ min: 0, max: 8 }), fc.boolean(), (values, limit, top) => {
      const group = rankedGroup(top ? "topk" : "bottomk", Float64Array.of(limit), () => undefined);
      for (const [i, value] of values.entries()) {
        group.add({
          labels: ["i", String(i)],
          values: Float64Array.of(value),
          present: Uint8Array.of(1),
        });
      }
      const kept = group.results(1, () => undefined).map((series) => series.values[0]!);
      const rank = (value: number): number => (Number.isNaN(value) ? -Infinity : top ? value : -value);
      const sorted = values.toSorted(
        (a, b) =>
          Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || (rank(a) === rank(b) ? 0 : rank(b) - rank(a)),
      );
      expect(kept).toEqual(sorted.slice(0, limit));
    }),
  );
});
