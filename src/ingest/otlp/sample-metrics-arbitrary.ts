import fc from "fast-check";
import { attributes, text } from "./sample-arbitrary.ts";
import {
  SAMPLE_MS,
  type SampleData,
  type SampleExemplar,
  type SampleExponentialPoint,
  type SampleHistogramPoint,
  type SampleMetric,
  type SampleMetricsRequest,
  type SampleNumberPoint,
  type SampleSummaryPoint,
} from "./sample-metrics.ts";

const NOW = BigInt(SAMPLE_MS) * 1_000_000n;
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const small = fc.bigInt({ min: 0n, max: 300n });
const count = fc.oneof({ weight: 5, arbitrary: small }, { weight: 1, arbitrary: uint64 });
const time = fc.oneof(
  { weight: 9, arbitrary: fc.bigInt({ min: NOW - 10n ** 12n, max: NOW + 10n ** 12n }) },
  { weight: 1, arbitrary: uint64 },
);
const id = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const optional = <T>(name: string, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.oneof(
    value.map((some) => ({ [name]: some })),
    fc.constant({}),
  );

const point = fc.record({
  attributes: fc.array(fc.record({ key: text, value: fc.record({ stringValue: text }) }), { maxLength: 3 }),
  startTimeUnixNano: time,
  timeUnixNano: time,
  flags: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
});

const value = fc.oneof(
  optional("asDouble", fc.double()),
  optional("asInt", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
);

const exemplar: fc.Arbitrary<SampleExemplar> = fc
  .tuple(
    fc.record({ timeUnixNano: time, traceId: id(16), spanId: id(8), filteredAttributes: attributes }),
    value,
  )
  .map(([some, one]) => ({ ...some, ...one }));
const exemplars = fc.array(exemplar, { maxLength: 2 });

const numberPoint: fc.Arbitrary<SampleNumberPoint> = fc
  .tuple(point, value, exemplars)
  .map(([some, one, list]) => ({ ...some, ...one, exemplars: list }));

const histogramPoint: fc.Arbitrary<SampleHistogramPoint> = fc
  .tuple(
    point,
    exemplars,
    optional("sum", fc.double()),
    fc.uniqueArray(fc.oneof(fc.integer({ min: -5, max: 99 }), fc.double()), { maxLength: 4 }),
    fc.array(count, { minLength: 5, maxLength: 5 }),
    fc.boolean(),
    count,
  )
  .map(([some, list, sum, bounds, counts, isRight, total]) => {
    const explicitBounds = isRight ? bounds.filter(Number.isFinite).sort((a, b) => a - b) : bounds;
    const bucketCounts = counts.slice(0, explicitBounds.length + (isRight ? 1 : 0));
    return { ...some, exemplars: list, ...sum, count: total, explicitBounds, bucketCounts, min: 1, max: 2 };
  });

const buckets = fc.record({
  offset: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  bucketCounts: fc.array(small, { maxLength: 6 }),
});
const exponentialPoint: fc.Arbitrary<SampleExponentialPoint> = fc
  .tuple(
    point,
    exemplars,
    optional("sum", fc.double()),
    fc.record({ positive: buckets, negative: buckets, zeroCount: small }),
    fc.record({ scale: fc.integer({ min: -6, max: 34 }), zeroThreshold: fc.double({ min: 0, max: 1 }) }),
    fc.oneof({ weight: 4, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: small }),
  )
  .map(([some, list, sum, sides, shape, wrong]) => {
    const { positive, negative, zeroCount } = sides;
    let total = zeroCount + wrong;
    for (const one of [...positive.bucketCounts, ...negative.bucketCounts]) total += one;
    return { ...some, exemplars: list, ...sum, ...sides, ...shape, count: total };
  });

const summaryPoint: fc.Arbitrary<SampleSummaryPoint> = fc
  .tuple(
    point,
    fc.record({
      count,
      sum: fc.double(),
      quantileValues: fc.array(fc.record({ quantile: fc.double({ min: 0, max: 1 }), value: fc.double() }), {
        maxLength: 3,
      }),
    }),
  )
  .map(([some, rest]) => ({ ...some, ...rest }));

const temporality = fc.integer({ min: 0, max: 3 });
const pointsOf = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });
const data: fc.Arbitrary<SampleData> = fc.oneof(
  fc.record({ gauge: fc.record({ dataPoints: pointsOf(numberPoint) }) }),
  fc.record({
    sum: fc.record({
      dataPoints: pointsOf(numberPoint),
      aggregationTemporality: temporality,
      isMonotonic: fc.boolean(),
    }),
  }),
  fc.record({
    histogram: fc.record({ dataPoints: pointsOf(histogramPoint), aggregationTemporality: temporality }),
  }),
  fc.record({
    exponentialHistogram: fc.record({
      dataPoints: pointsOf(exponentialPoint),
      aggregationTemporality: temporality,
    }),
  }),
  fc.record({ summary: fc.record({ dataPoints: pointsOf(summaryPoint) }) }),
);

const metric: fc.Arbitrary<SampleMetric> = fc
  .tuple(
    fc.record({ name: text, description: text, unit: fc.constantFrom("", "s", "By/s", "1", "{x}") }),
    data,
  )
  .map(([head, some]) => ({ ...head, ...some }));

/** Requests of every shape, most of their points valid. */
export const anyMetrics: fc.Arbitrary<SampleMetricsRequest> = fc.record({
  resourceMetrics: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeMetrics: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, attributes }),
          metrics: fc.array(metric, { maxLength: 3 }),
          schemaUrl: text,
        }),
        { maxLength: 2 },
      ),
      schemaUrl: text,
    }),
    { maxLength: 2 },
  ),
});
