import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistogramBuckets, NativeHistogram } from "../../model/native-histogram.ts";
import {
  addHistograms,
  divideHistogram,
  equalHistograms,
  scaleHistogram,
  subtractHistograms,
} from "./histogram-arithmetic.ts";
import { bucketsAscending, withoutEmpty } from "../../model/histogram-buckets.ts";
import { reduceResolution, widenZeroBucket } from "../../model/histogram-layout.ts";
import { histogramFraction, histogramQuantile } from "./histogram-quantile.ts";
import { histogramText } from "./histogram-text.ts";
import { anyCountDecreased, isHistogramReset } from "./histogram-reset.ts";
import { parseHistogram } from "../script/parse-histogram.ts";

const written = (text: string): NativeHistogram => parseHistogram(text).histogram;

const buckets = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -30, max: 30 }), fc.integer({ min: 1, max: 1000 })), {
    selector: ([index]) => index,
    maxLength: 12,
  })
  .map((entries): HistogramBuckets => {
    const sorted = entries.toSorted(([a], [b]) => a - b);
    return withoutEmpty({
      indexes: Int32Array.from(sorted, ([index]) => index),
      counts: Float64Array.from(sorted, ([, count]) => count),
    });
  });

const total = ({ counts }: HistogramBuckets): number => counts.reduce((sum, count) => sum + count, 0);

const exponential = fc
  .record({
    schema: fc.integer({ min: -4, max: 8 }),
    zeroThreshold: fc.constantFrom(0, 0.001, 0.3, 2),
    zeroCount: fc.integer({ min: 0, max: 50 }),
    sum: fc.integer({ min: -1000, max: 1000 }),
    positive: buckets,
    negative: buckets,
  })
  .map((parts): NativeHistogram => ({
    ...parts,
    // No bucket reaches into the zero bucket.
    ...outsideZero(parts),
    count: 0,
    customBounds: [],
    counterReset: "unknown",
  }))
  .map((histogram) => ({
    ...histogram,
    count: histogram.zeroCount + total(histogram.positive) + total(histogram.negative),
  }));

function outsideZero(parts: {
  schema: number;
  zeroThreshold: number;
  positive: HistogramBuckets;
  negative: HistogramBuckets;
}) {
  const base = 2 ** (2 ** -parts.schema);
  const keep = ({ indexes, counts }: HistogramBuckets): HistogramBuckets => {
    const outside = (index: number): boolean => base ** (index - 1) >= parts.zeroThreshold;
    return {
      indexes: indexes.filter(outside),
      counts: counts.filter((_, i) => outside(indexes[i]!)),
    };
  };
  return { positive: keep(parts.positive), negative: keep(parts.negative) };
}

function combined(result: ReturnType<typeof addHistograms>) {
  if (result.kind !== "combined") throw new Error(result.kind);
  return result;
}

const bucketTotal = (histogram: NativeHistogram): number =>
  histogram.zeroCount + total(histogram.positive) + total(histogram.negative);

describe("arithmetic of histograms", () => {
  it("gives back what was added when it is subtracted again, at the common layout", () => {
    fc.assert(
      fc.property(exponential, exponential, (a, b) => {
        const sum = combined(addHistograms(a, b)).histogram;
        const back = combined(subtractHistograms(sum, b)).histogram;
        const zero = combined(subtractHistograms(b, b)).histogram;
        const expected = combined(addHistograms(a, { ...zero, zeroThreshold: sum.zeroThreshold })).histogram;
        expect(equalHistograms(reduceResolution(expected, back.schema), back)).toBe(true);
      }),
    );
  });

  it("adds in any order to the same", () => {
    fc.assert(
      fc.property(exponential, exponential, (a, b) => {
        const one = combined(addHistograms(a, b)).histogram;
        expect(equalHistograms(one, combined(addHistograms(b, a)).histogram)).toBe(true);
        expect(bucketTotal(one)).toBe(a.count + b.count);
      }),
    );
  });

  it("keeps every count when the resolution is reduced or the zero bucket widened", () => {
    fc.assert(
      fc.property(
        exponential,
        fc.integer({ min: 0, max: 6 }),
        fc.double({ min: 2.5, max: 1e6, noNaN: true }),
        (a, by, to) => {
          const coarse = reduceResolution(a, Math.max(-4, a.schema - by));
          expect(bucketTotal(coarse)).toBe(a.count);
          const wide = widenZeroBucket(a, to);
          expect(bucketTotal(wide)).toBe(a.count);
          expect(wide.zeroThreshold).toBeGreaterThanOrEqual(to);
        },
      ),
    );
  });

  it("moves each bucket to the coarser one that contains it", () => {
    fc.assert(
      fc.property(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -3, max: 8 }), (index, schema) => {
        const one = {
          ...written(""),
          schema,
          positive: { indexes: Int32Array.of(index), counts: Float64Array.of(1) },
        };
        const [fine] = bucketsAscending(one);
        const [coarse] = bucketsAscending(reduceResolution(one, schema - 1));
        expect(coarse!.lower).toBeLessThanOrEqual(fine!.lower);
        expect(coarse!.upper).toBeGreaterThanOrEqual(fine!.upper);
      }),
    );
  });

  it("sees no reset where counts were only added, and one where they were taken away", () => {
    fc.assert(
      fc.property(exponential, exponential, (a, b) => {
        const sum = combined(addHistograms(a, b)).histogram;
        expect(anyCountDecreased(sum, a)).toBe(false);
        if (b.count > 0) expect(anyCountDecreased(a, sum)).toBe(true);
      }),
    );
  });

  it("cannot combine exponential with custom buckets", () => {
    const custom = written("schema:-53 count:1 custom_values:[1] buckets:[1]");
    expect(addHistograms(written("count:1 buckets:[1]"), custom).kind).toBe("incompatible");
  });

  it("says when custom bounds had to be reconciled, and when hints contradict each other", () => {
    const a = written("schema:-53 count:3 custom_values:[1 2] buckets:[1 1 1] counter_reset_hint:reset");
    const b = written("schema:-53 count:2 custom_values:[2 3] buckets:[1 0 1] counter_reset_hint:not_reset");
    const sum = combined(addHistograms(a, b));
    expect(sum).toMatchObject({ boundsReconciled: true, resetCollision: true });
    expect(sum.histogram.customBounds).toEqual([2]);
    expect([...sum.histogram.positive.counts]).toEqual([3, 2]);
    expect(sum.histogram.counterReset).toBe("unknown");
  });

  it("makes a gauge of what is multiplied by less than 0, and has no buckets left after a division by 0", () => {
    const histogram = written("count:2 sum:1 buckets:[2]");
    expect(scaleHistogram(histogram, -1)).toMatchObject({ count: -2, counterReset: "gauge" });
    expect(divideHistogram(histogram, 0)).toMatchObject({ count: Infinity, sum: Infinity });
    expect(divideHistogram(histogram, 0).positive.counts).toHaveLength(0);
  });

  it("believes the hints about resets before the counts", () => {
    const more = written("count:5 buckets:[5]");
    const less = written("count:2 buckets:[2]");
    expect(isHistogramReset(less, more)).toBe(true);
    expect(isHistogramReset({ ...less, counterReset: "not_reset" }, more)).toBe(false);
    expect(isHistogramReset({ ...more, counterReset: "reset" }, less)).toBe(true);
    expect(isHistogramReset({ ...less, counterReset: "gauge" }, more)).toBe(true);
  });

  it("takes a finer resolution or a narrower zero bucket for a reset", () => {
    const before = written("schema:0 count:4 z_bucket:2 z_bucket_w:0.5 offset:1 buckets:[2]");
    expect(isHistogramReset({ ...before, schema: 1 }, before)).toBe(true);
    expect(isHistogramReset({ ...before, zeroThreshold: 0.25 }, before)).toBe(true);
    expect(isHistogramReset({ ...before, zeroThreshold: 1 }, before)).toBe(false);
    // 1.5 cuts the populated bucket (1, 2].
    expect(isHistogramReset({ ...before, zeroThreshold: 1.5, zeroCount: 4 }, before)).toBe(true);
  });
});

describe("quantiles and fractions of histograms", () => {
  const ratio = fc.double({ min: 0, max: 1, noNaN: true });

  it("never fall as q rises", () => {
    fc.assert(
      fc.property(exponential, ratio, ratio, (histogram, a, b) => {
        fc.pre(histogram.count > 0);
        const lower = histogramQuantile(Math.min(a, b), histogram);
        const upper = histogramQuantile(Math.max(a, b), histogram);
        expect(upper - lower).toBeGreaterThanOrEqual(-1e-9 * Math.abs(lower));
      }),
    );
  });

  it("undo each other", () => {
    fc.assert(
      fc.property(exponential, ratio, (histogram, q) => {
        fc.pre(histogram.count > 0 && histogram.zeroThreshold > 0);
        const value = histogramQuantile(q, histogram);
        expect(histogramFraction(-Infinity, value, histogram)).toBeCloseTo(q, 6);
      }),
    );
  });

  it("add up to 1 over ranges that follow each other", () => {
    fc.assert(
      fc.property(exponential, fc.double({ min: -100, max: 100, noNaN: true }), (histogram, at) => {
        fc.pre(histogram.count > 0);
        const below = histogramFraction(-Infinity, at, histogram);
        expect(below + histogramFraction(at, Infinity, histogram)).toBeCloseTo(1, 9);
      }),
    );
  });

  it("are beyond all bounds for a q out of 0 to 1, and nothing without observations", () => {
    const histogram = written("count:2 sum:1 buckets:[2]");
    expect(histogramQuantile(-0.1, histogram)).toBe(-Infinity);
    expect(histogramQuantile(1.1, histogram)).toBe(Infinity);
    expect(histogramQuantile(NaN, histogram)).toBeNaN();
    expect(histogramQuantile(0.5, written(""))).toBeNaN();
    expect(histogramFraction(0, 1, written(""))).toBeNaN();
  });

  it("take observations of NaN for the largest", () => {
    // Two of four observations are in no bucket.
    const histogram = written("count:4 sum:NaN buckets:[2]");
    expect(histogramQuantile(0.25, histogram)).toBeCloseTo(Math.SQRT1_2, 9);
    expect(histogramQuantile(0.9, histogram)).toBeNaN();
    expect(histogramFraction(-Infinity, Infinity, histogram)).toBe(0.5);
  });
});

it("prints a histogram as Prometheus does", () => {
  const histogram = written("count:20 sum:10 z_bucket:2 z_bucket_w:0.001 buckets:[1 2] n_buckets:[1 2]");
  expect(histogramText(histogram)).toBe(
    "{count:20, sum:10, [-2,-1):2, [-1,-0.5):1, [-0.001,0.001]:2, (0.5,1]:1, (1,2]:2}",
  );
  expect(histogramText(written("schema:-53 count:3e21 sum:1e-7 custom_values:[1 2] buckets:[1 0 2]"))).toBe(
    "{count:3e+21, sum:1e-07, [-Inf,1]:1, (2,+Inf]:2}",
  );
});
