import fc from "fast-check";
import type { SampleHistogram, SamplePairs, SampleSeries, SampleWrite } from "./sample-write.ts";

const NOW_MS = 1_790_000_000_000;

/** Texts without U+FFFF, which no label may hold. */
const anyText = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes("\uffff"));

/** Names and values in any order; each name once. */
const anyPairs: fc.Arbitrary<SamplePairs> = fc
  .tuple(
    fc.constantFrom("http_requests_total", "up", "größe", "latency_seconds_bucket"),
    fc.uniqueArray(
      fc.tuple(
        anyText.filter((name) => name !== "__name__"),
        fc.oneof(fc.constantFrom("a", "b", ""), anyText),
      ),
      { selector: ([name]) => name, maxLength: 6 },
    ),
    fc.nat(6),
  )
  .map(([metric, labels, at]) => {
    const place = Math.min(at, labels.length);
    return [...labels.slice(0, place), ["__name__", metric] as const, ...labels.slice(place)];
  });

const anyTime = fc.integer({ min: NOW_MS - 86_400_000, max: NOW_MS });

/** Spans and as many counts as they name. */
const anySide = fc
  .array(fc.tuple(fc.nat(5), fc.array(fc.nat(1_000), { minLength: 1, maxLength: 5 })), { maxLength: 4 })
  .map((spans) => ({
    spans: spans.map(([offset, counts], i) => [i === 0 ? offset - 3 : offset, counts.length] as const),
    counts: spans.flatMap(([, counts]) => counts),
  }));

const anyHistogram: fc.Arbitrary<SampleHistogram> = fc
  .record({
    timeMs: anyTime,
    isFloat: fc.boolean(),
    sum: fc.double({ noNaN: true }),
    schema: fc.integer({ min: -4, max: 8 }),
    zeroThreshold: fc.double({ min: 0, max: 1, noNaN: true }),
    zeroCount: fc.nat(100),
    positive: anySide,
    negative: anySide,
    resetHint: fc.nat(3),
  })
  .map(({ positive, negative, ...rest }) => ({
    ...rest,
    count: [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, rest.zeroCount),
    positiveSpans: positive.spans,
    positive: positive.counts,
    negativeSpans: negative.spans,
    negative: negative.counts,
  }));

const anySample = fc.record({ timeMs: anyTime, value: fc.double() });
const anyExemplar = fc.record({
  labels: fc.constant([["trace_id", "AB01"]] as const),
  value: fc.double(),
  timeMs: anyTime,
});

const anySeries: fc.Arbitrary<SampleSeries> = fc.record({
  labels: anyPairs,
  samples: fc.array(anySample, { maxLength: 3 }),
  histograms: fc.array(anyHistogram, { maxLength: 1 }),
  exemplars: fc.array(anyExemplar, { maxLength: 1 }),
  createdMs: fc.oneof(fc.constant(0), anyTime),
});

/** Valid requests around NOW_MS. */
export const anyWrite: fc.Arbitrary<SampleWrite> = fc.record({
  series: fc.array(anySeries, { maxLength: 8 }),
});

export { NOW_MS as WRITE_NOW_MS };
