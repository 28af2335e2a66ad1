import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnnotations } from "../annotations.ts";
import { floatQuantile } from "./float-quantile.ts";
import { kahanMeanOf, kahanSumOf } from "./kahan-rows.ts";
import { addToMean, kahanMean, kahanAdd, kahanSum, kahanValue, meanValue } from "./kahan-sum.ts";
import type { RangeContext } from "../range-function.ts";
import { RANGE_FUNCTIONS } from "./range-functions.ts";
import { increaseOf } from "./rate-functions.ts";
import type { Window } from "../value.ts";

function contextOf(scalars: readonly number[] = []): RangeContext {
  return {
    scalars,
    atMs: 0,
    metric: "x_total",
    annotations: createAnnotations(),
    range: { start: 0, end: 1 },
  };
}

/** Samples each 10 s, and a window that begins with the first and ends with the last, so that nothing is extrapolated. */
function exactWindow(values: readonly number[]): Window {
  const timesMs = Float64Array.from(values, (_, i) => i * 10_000);
  return {
    timesMs,
    values: Float64Array.from(values),
    histograms: undefined,
    from: 0,
    to: values.length,
    startMs: 0,
    endMs: timesMs.at(-1)!,
  };
}

const counts = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 50 });

describe("functions over ranges", () => {
  it("increase is the sum of what a counter gained, whatever resets it had", () => {
    fc.assert(
      fc.property(counts, (values) => {
        let gained = 0;
        for (let i = 1; i < values.length; i++) {
          const [before, value] = [values[i - 1]!, values[i]!];
          gained += value >= before ? value - before : value;
        }
        expect(RANGE_FUNCTIONS["increase"]!.evaluate(exactWindow(values), contextOf())).toBeCloseTo(
          gained,
          6,
        );
        expect(increaseOf(Float64Array.from(values), 0, values.length)).toBe(gained);
      }),
    );
  });

  it("rate is the increase over the seconds of the window", () => {
    fc.assert(
      fc.property(counts, (values) => {
        const window = exactWindow(values);
        const increase = RANGE_FUNCTIONS["increase"]!.evaluate(window, contextOf()) as number;
        const rate = RANGE_FUNCTIONS["rate"]!.evaluate(window, contextOf()) as number;
        expect(rate).toBeCloseTo(increase / (window.endMs / 1000), 6);
      }),
    );
  });

  it("quantiles never fall as q rises, and reach from the lowest to the highest value", () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(counts, ratio, ratio, (values, a, b) => {
        const all = Float64Array.from(values);
        expect(floatQuantile(Math.max(a, b), all)).toBeGreaterThanOrEqual(
          floatQuantile(Math.min(a, b), all) - 1e-6,
        );
        expect(floatQuantile(0, all)).toBe(Math.min(...values));
        expect(floatQuantile(1, all)).toBe(Math.max(...values));
      }),
    );
  });

  it("a line is found again by deriv and predict_linear", () => {
    fc.assert(
      fc.property(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }), (slope, start) => {
        const window = exactWindow(Array.from({ length: 8 }, (_, i) => start + slope * 10 * i));
        expect(RANGE_FUNCTIONS["deriv"]!.evaluate(window, contextOf())).toBeCloseTo(slope, 6);
        expect(RANGE_FUNCTIONS["predict_linear"]!.evaluate(window, contextOf([100]))).toBeCloseTo(
          start + slope * 100,
          4,
        );
      }),
    );
  });

  it("looks at the window's rows alone", () => {
    const values = Float64Array.of(100, 1, 2, 3, 100);
    const window = { ...exactWindow([...values]), from: 1, to: 4, startMs: 5_000, endMs: 30_000 };
    const of = (name: string): unknown => RANGE_FUNCTIONS[name]!.evaluate(window, contextOf());
    expect(of("sum_over_time")).toBe(6);
    expect(of("avg_over_time")).toBe(2);
    expect(of("min_over_time")).toBe(1);
    expect(of("max_over_time")).toBe(3);
    expect(of("count_over_time")).toBe(3);
    expect(of("first_over_time")).toBe(1);
    expect(of("last_over_time")).toBe(3);
    expect(of("ts_of_max_over_time")).toBe(30);
    expect(of("changes")).toBe(2);
  });

  it("only last_over_time and first_over_time keep the metric's name", () => {
    const keeping = Object.keys(RANGE_FUNCTIONS).filter((name) => RANGE_FUNCTIONS[name]!.keepsName);
    expect(keeping.sort()).toEqual(["first_over_time", "last_over_time"]);
  });
});

describe("sums that keep what rounding loses", () => {
  it("are exact where large values cancel each other", () => {
    const sum = kahanSum();
    for (const value of [1, 1e100, 1, -1e100]) kahanAdd(sum, value);
    expect(kahanValue(sum)).toBe(2);
  });

  it("have a finite mean though their sum overflows", () => {
    const mean = kahanMean();
    for (let i = 0; i < 4; i++) addToMean(mean, 1.5e308);
    expect(meanValue(mean)).toBeCloseTo(1.5e308, -300);
  });

  it("are the same row by row and value by value", () => {
    const number = fc.double({ min: -1e308, max: 1e308, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.oneof(number, fc.constantFrom(Infinity, 1, NaN)), { minLength: 1 }), (all) => {
        const sum = kahanSum();
        const mean = kahanMean();
        for (const value of all) {
          kahanAdd(sum, value);
          addToMean(mean, value);
        }
        const values = Float64Array.from(all);
        expect(kahanSumOf(values, 0, all.length)).toBe(kahanValue(sum));
        expect(kahanMeanOf(values, 0, all.length)).toBe(meanValue(mean));
      }),
    );
  });

  it("are NaN for infinities of both signs, and infinite for one", () => {
    const both = kahanSum();
    for (const value of [Infinity, 1, -Infinity]) kahanAdd(both, value);
    expect(kahanValue(both)).toBeNaN();
    const mean = kahanMean();
    for (const value of [Infinity, 1, 2]) addToMean(mean, value);
    expect(meanValue(mean)).toBe(Infinity);
  });
});
