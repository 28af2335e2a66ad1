import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsOf } from "../../model/labels.ts";
import { bitsOf, isStaleAt } from "../../model/stale.ts";
import { DAY_MS, HOUR_MS } from "../../model/time.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import {
  encodeWriteV1,
  encodeWriteV2,
  type SampleHistogram,
  type SampleSeries,
  type SampleWrite,
  STALE_BITS,
} from "./sample-write.ts";
import { anyWrite, WRITE_NOW_MS } from "./sample-write-arbitrary.ts";
import { describeRefusedSamples } from "./refused-samples.ts";
import { createWriteDecoder, type WriteVersion } from "./write-decoder.ts";
import { DEFAULT_WRITE_LIMITS, type WriteLimits } from "./write-limits.ts";

const VERSIONS = ["1.0", "2.0"] as const;
const ENCODE = { "1.0": encodeWriteV1, "2.0": encodeWriteV2 };

function setUp(series: Partial<SeriesLimits> = {}, limits: Partial<WriteLimits> = {}) {
  const table = createSeriesTable({ ...DEFAULT_SERIES_LIMITS, ...series }, SILENT_LOG);
  const decoder = createWriteDecoder(table, { ...DEFAULT_WRITE_LIMITS, ...limits });
  const decode = (version: WriteVersion, request: SampleWrite, nowMs = WRITE_NOW_MS) => {
    const result = decoder.decode(version, ENCODE[version](request), nowMs);
    if (result.kind !== "decoded") throw new Error(result.message);
    return result;
  };
  return { table, decoder, decode };
}

type Decoded = ReturnType<ReturnType<typeof setUp>["decode"]>;

/** The samples of a batch with their labels and the bits of their values. */
function samplesOf({ batch }: Decoded) {
  const { floats, table } = batch;
  const bits = new BigUint64Array(floats.values.buffer);
  return Array.from({ length: floats.count }, (_, i) => ({
    labels: table.labels(floats.series[i]!),
    timeMs: floats.timesMs[i]!,
    bits: bits[i]!,
    startMs: floats.startsMs?.[i] ?? 0,
  }));
}

const bitsOfNumber = (value: number) => new BigUint64Array(Float64Array.of(value).buffer)[0]!;
const up: SampleSeries = {
  labels: [
    ["__name__", "up"],
    ["job", "a"],
  ],
  samples: [{ timeMs: WRITE_NOW_MS, value: 1 }],
};

describe.each(VERSIONS)("remote write %s", (version) => {
  it("brings every sample, histogram and exemplar to its series, whatever the order of labels", () => {
    // One decoder throughout: what it remembers must never lead to a wrong series.
    const { decode } = setUp();
    fc.assert(
      fc.property(anyWrite, fc.nat(2), (request, repeat) => {
        let decoded = decode(version, request);
        for (let i = 0; i < repeat; i += 1) decoded = decode(version, request);
        const expected = request.series.flatMap((one) =>
          one.samples!.map(({ timeMs, value }) => ({
            labels: labelsOf(one.labels),
            timeMs,
            bits: bitsOfNumber(value),
            startMs: version === "2.0" ? one.createdMs! : 0,
          })),
        );
        expect(decoded.refused.count).toBe(0);
        expect(samplesOf(decoded)).toEqual(expected);
        const { exemplars, histograms, table } = decoded.batch;
        expect(
          exemplars.map(({ series, ...exemplar }) => ({ ...exemplar, of: table.labels(series) })),
        ).toEqual(
          request.series.flatMap((one) =>
            one.exemplars!.map((exemplar) => ({
              ...exemplar,
              labels: ["trace_id", "ab01"],
              of: labelsOf(one.labels),
            })),
          ),
        );
        const given = request.series.flatMap((one) =>
          one.histograms!.map((histogram) => ({ one, histogram })),
        );
        expect(histograms).toHaveLength(given.length);
        for (const [i, { one, histogram }] of given.entries()) {
          const got = histograms[i]!;
          expect(table.labels(got.series)).toEqual(labelsOf(one.labels));
          expect(got.startMs).toBe(version === "2.0" ? one.createdMs : 0);
          expectSame(got.histogram!, histogram);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("finds known series again when their order changes, some are left out and others come in between", () => {
    const { decode, table } = setUp();
    const one = (i: number): SampleSeries => ({
      labels: [
        ["__name__", "m"],
        ["i", "x".repeat(i % 5)],
        ["k", String(i)],
      ],
      samples: [{ timeMs: WRITE_NOW_MS, value: i }],
    });
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 80 }), (order) => {
        const decoded = decode(version, { series: order.map(one) });
        const got = samplesOf(decoded).map(({ labels }) => labels.at(-1));
        expect(got).toEqual(order.map(String));
      }),
    );
    expect(table.stats().active).toBeLessThanOrEqual(61);
  });

  it("reads the labels of a new series right beside those of the series before it", () => {
    // Values of equal and of different lengths in every place.
    const value = fc.constantFrom("a", "b", "aa", "ab", "");
    const { decode } = setUp();
    fc.assert(
      fc.property(fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 10 }), fc.uuid(), (sets, id) => {
        const series = sets.map((values, i) => ({
          labels: [
            ["__name__", "m"] as const,
            ...values.map((one, k) => [`l${k}`, one] as const),
            ["run", `${id}-${i}`] as const,
          ],
          samples: [{ timeMs: WRITE_NOW_MS, value: i }],
          exemplars: [{ labels: [["trace_id", id]] as const, value: 1, timeMs: WRITE_NOW_MS }],
        }));
        expect(samplesOf(decode(version, { series })).map(({ labels }) => labels)).toEqual(
          series.map(({ labels }) => labelsOf(labels)),
        );
      }),
    );
  });

  it("keeps the bits of staleness markers and other NaNs", () => {
    const { decode } = setUp();
    const quiet = 0x7ff8_0000_0000_0001n;
    const samples = [STALE_BITS, quiet].map((bits, i) => ({ timeMs: WRITE_NOW_MS - i, value: 0, bits }));
    const decoded = decode(version, { series: [{ ...up, samples }] });
    expect(samplesOf(decoded).map(({ bits }) => bits)).toEqual([STALE_BITS, quiet]);
    const bits = bitsOf(decoded.batch.floats.values);
    expect([isStaleAt(bits, 0), isStaleAt(bits, 1)]).toEqual([true, false]);
  });

  it("takes a histogram whose sum is a staleness marker for a staleness marker", () => {
    const { decode } = setUp();
    const stale: SampleHistogram = {
      timeMs: WRITE_NOW_MS,
      isFloat: false,
      count: 0,
      sum: 0,
      sumBits: STALE_BITS,
      schema: 0,
    };
    const decoded = decode(version, { series: [{ labels: up.labels, histograms: [stale] }] });
    expect(decoded.batch.histograms).toMatchObject([
      { timeMs: WRITE_NOW_MS, histogram: undefined, isDelta: false },
    ]);
  });

  it("takes histograms with boundaries of their own", () => {
    const { decode } = setUp();
    const custom: SampleHistogram = {
      timeMs: WRITE_NOW_MS,
      isFloat: false,
      count: 6,
      sum: 3,
      schema: -53,
      positiveSpans: [
        [0, 1],
        [1, 1],
      ],
      positive: [1, 5],
      customBounds: [0.1, 1],
      resetHint: 3,
    };
    const { histogram } = decode(version, { series: [{ labels: up.labels, histograms: [custom] }] }).batch
      .histograms[0]!;
    expect(histogram).toMatchObject({ schema: -53, customBounds: [0.1, 1], counterReset: "gauge" });
    expect([...histogram!.positive.indexes]).toEqual([0, 2]);
    expect([...histogram!.positive.counts]).toEqual([1, 5]);
  });

  const histogram: SampleHistogram = { timeMs: WRITE_NOW_MS, isFloat: false, count: 3, sum: 1, schema: 0 };
  it.each<[string, SampleHistogram]>([
    ["schema", { ...histogram, schema: 9 }],
    ["negative count", { ...histogram, positiveSpans: [[0, 2]], positive: [4, -1] }],
    ["must not be negative", { ...histogram, isFloat: true, count: -1 }],
    ["must not be negative", { ...histogram, isFloat: true, count: Number.NaN }],
    ["the spans name 2", { ...histogram, positiveSpans: [[0, 2]], positive: [3] }],
    ["out of range", { ...histogram, positiveSpans: [[0, 2 ** 32 - 1]], positive: [3] }],
    [
      "goes back",
      {
        ...histogram,
        positiveSpans: [
          [0, 1],
          [-1, 1],
        ],
        positive: [1, 2],
      },
    ],
    ["the count says 3", { ...histogram, positiveSpans: [[0, 1]], positive: [2] }],
    ["rise", { ...histogram, schema: -53, customBounds: [2, 1], positiveSpans: [[0, 1]], positive: [3] }],
    ["beyond", { ...histogram, schema: -53, customBounds: [1], positiveSpans: [[2, 1]], positive: [3] }],
    ["zero bucket", { ...histogram, schema: -53, customBounds: [1], zeroCount: 3 }],
  ])("refuses a histogram that is wrong (%s), and takes the others", (text, wrong) => {
    const { decode } = setUp();
    const right: SampleHistogram = { ...histogram, zeroCount: 3 };
    const decoded = decode(version, { series: [{ labels: up.labels, histograms: [wrong, right] }] });
    expect(decoded.batch.histograms).toHaveLength(1);
    expect(decoded.refused.reasons).toEqual(new Map([["invalid_histogram", 1]]));
    expect(decoded.refused.examples[0]).toMatch(/^up\{job="a"\}: /);
    expect(decoded.refused.examples[0]).toContain(text);
  });

  it("takes what is as old as the retention or a day ahead, and refuses what is beyond", () => {
    const { decode } = setUp({}, { retentionMs: HOUR_MS });
    const times = [0, -3_600_001, -3_600_000, DAY_MS, DAY_MS + 1].map((off) => ({
      timeMs: WRITE_NOW_MS + off,
      value: 1,
    }));
    const samples = [...times, { timeMs: 0, value: 0 }, { timeMs: -5, value: 1 }];
    const decoded = decode(version, { series: [{ ...up, samples }] });
    expect(decoded.batch.floats.count).toBe(3);
    expect(decoded.refused.reasons).toEqual(
      new Map([
        ["older_than_retention", 3],
        ["ahead_of_clock", 1],
      ]),
    );
    const text = describeRefusedSamples(decoded.refused, 3);
    expect(text).toContain('4 samples were refused, the others are stored: up{job="a"}: the sample at 2026-');
  });

  it("refuses series alone that are invalid or beyond a limit, each with its reason", () => {
    const { decode } = setUp({ maxSeriesPerMetric: 1 });
    const sample = [{ timeMs: WRITE_NOW_MS, value: 1 }];
    const decoded = decode(version, {
      series: [
        up,
        { labels: [["job", "a"]], samples: sample },
        {
          labels: [
            ["__name__", "up"],
            ["job", "b"],
          ],
          samples: [...sample, ...sample],
        },
        { labels: [["__name__", "ok"]], samples: sample },
        {
          labels: [
            ["__name__", "twice"],
            ["a", "1"],
            ["a", "2"],
          ],
          samples: sample,
        },
        {
          labels: [
            ["__name__", "e"],
            ["", "1"],
          ],
          samples: sample,
        },
      ],
    });
    expect(samplesOf(decoded).map(({ labels }) => labels[1])).toEqual(["up", "ok"]);
    expect(decoded.refused.count).toBe(5);
    expect(Object.fromEntries(decoded.refused.reasons)).toEqual({
      no_metric_name: 1,
      too_many_series_of_metric: 2,
      duplicate_label: 1,
      empty_label_name: 1,
    });
    expect(decoded.refused.examples).toHaveLength(4);
    expect(decoded.refused.examples.join()).toContain('metric "up" has 1 series already');
  });

  it("learns anew what it remembered of series that were forgotten since", () => {
    const { decode, table } = setUp({ idleMs: HOUR_MS });
    const other: SampleSeries = { ...up, labels: [["__name__", "other"]] };
    decode(version, { series: [up, other] });
    const later = WRITE_NOW_MS + 2 * HOUR_MS;
    const now = [{ timeMs: later, value: 1 }];
    decode(version, { series: [{ ...other, samples: now }] }, later);
    table.sweep(later + 1);
    table.sweep(later + 2);
    // A new series takes the number of the one that was forgotten.
    decode(version, { series: [{ labels: [["__name__", "new"]], samples: now }] }, later);
    const decoded = decode(
      version,
      {
        series: [
          { ...up, samples: now },
          { ...other, samples: now },
        ],
      },
      later,
    );
    expect(samplesOf(decoded).map(({ labels }) => labels[1])).toEqual(["up", "other"]);
  });

  it("stays right when it may remember next to nothing", () => {
    const { decode } = setUp({}, { rememberedBytes: 1 });
    for (let round = 0; round < 3; round += 1) {
      const series = [up, { ...up, labels: [["__name__", "b"]] as const }];
      expect(samplesOf(decode(version, { series })).map(({ labels }) => labels[1])).toEqual(["up", "b"]);
    }
  });

  it("leaves out exemplars that are too long, and gives the time of the request to those without one", () => {
    const { decode } = setUp();
    const exemplars = [
      { labels: [["trace_id", "AB"]] as const, value: 1, timeMs: 0 },
      { labels: [["a", "x".repeat(2_000)]] as const, value: 1, timeMs: WRITE_NOW_MS },
    ];
    const decoded = decode(version, { series: [{ ...up, exemplars }] });
    expect(decoded.batch.exemplars).toMatchObject([{ timeMs: WRITE_NOW_MS, labels: ["trace_id", "ab"] }]);
    expect(decoded.droppedExemplars).toBe(1);
    expect(decoded.refused.count).toBe(0);
  });

  it("says which message it is when the content type names the other", () => {
    const { decoder } = setUp();
    const other = version === "1.0" ? "2.0" : "1.0";
    expect(decoder.decode(version, ENCODE[other]({ series: [up] }), WRITE_NOW_MS)).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("proto parameter") as string,
    });
  });

  it("takes a body without anything", () => {
    expect(setUp().decode(version, { series: [] }).batch.floats.count).toBe(0);
  });
});

describe("remote write 1.0 alone", () => {
  it("takes metadata that comes without samples", () => {
    const metadata = [
      { metric: "http_requests_total", type: 1, help: "Requests.", unit: "" },
      { metric: "latency_seconds", type: 3, help: "", unit: "seconds" },
      { metric: "x", type: 99, help: "", unit: "" },
    ];
    expect(setUp().decode("1.0", { series: [], metadata }).batch.metadata).toEqual([
      { metric: "http_requests_total", type: "counter", help: "Requests.", unit: "" },
      { metric: "latency_seconds", type: "histogram", help: "", unit: "seconds" },
      { metric: "x", type: "unknown", help: "", unit: "" },
    ]);
  });

  it("refuses labels that are not UTF-8", () => {
    const { decoder } = setUp();
    const body = encodeWriteV1({
      series: [
        {
          ...up,
          labels: [
            ["__name__", "up"],
            ["job", "?"],
          ],
        },
      ],
    });
    body[body.indexOf("?")] = 0xff;
    const result = decoder.decode("1.0", body, WRITE_NOW_MS);
    expect(result.kind === "decoded" && result.refused.reasons).toEqual(new Map([["invalid_text", 1]]));
  });
});

describe("remote write 2.0 alone", () => {
  it("takes metadata of families, once each", () => {
    const of = (metric: string, type: number, help: string): SampleSeries => ({
      labels: [["__name__", metric]],
      metadata: { type, help, unit: "seconds" },
    });
    const series = [
      of("a_seconds_bucket", 3, "A."),
      of("a_seconds_sum", 3, "A."),
      of("b_seconds_count", 5, "B."),
      of("c_count", 1, "C."),
      { labels: [["__name__", "d"]] as const, metadata: { type: 0, help: "", unit: "" } },
    ];
    expect(setUp().decode("2.0", { series }).batch.metadata).toEqual([
      { metric: "a_seconds", type: "histogram", help: "A.", unit: "seconds" },
      { metric: "b_seconds", type: "summary", help: "B.", unit: "seconds" },
      { metric: "c_count", type: "counter", help: "C.", unit: "seconds" },
    ]);
  });

  it("takes start times of samples and histograms before those of their series", () => {
    const series: SampleSeries = {
      labels: up.labels,
      samples: [
        { timeMs: WRITE_NOW_MS, value: 1, startMs: 7 },
        { timeMs: WRITE_NOW_MS + 1, value: 2 },
      ],
      histograms: [{ timeMs: WRITE_NOW_MS, isFloat: true, count: 0, sum: 0, schema: 1, startMs: 8 }],
      createdMs: 5,
    };
    const { batch } = setUp().decode("2.0", { series: [series, up] });
    expect([...batch.floats.startsMs!]).toEqual([7, 5, 0]);
    expect(batch.histograms.map(({ startMs }) => startMs)).toEqual([8]);
    expect(setUp().decode("2.0", { series: [up] }).batch.floats.startsMs).toBeUndefined();
  });

  it("refuses references to symbols that are not there", () => {
    const { decoder } = setUp();
    const body = encodeWriteV2({ series: [up] });
    const cut = Buffer.concat([Buffer.from([0x22, 0]), body.subarray(body.indexOf(0x2a))]);
    expect(decoder.decode("2.0", cut, WRITE_NOW_MS)).toMatchObject({ kind: "malformed" });
  });
});

function expectSame(
  got: NonNullable<Decoded["batch"]["histograms"][0]["histogram"]>,
  given: SampleHistogram,
): void {
  expect(got).toMatchObject({
    schema: given.schema,
    count: given.count,
    zeroCount: given.zeroCount,
    zeroThreshold: given.zeroThreshold,
    counterReset: (["unknown", "reset", "not_reset", "gauge"] as const)[given.resetHint!],
  });
  expect(Object.is(got.sum, given.sum)).toBe(true);
  for (const side of ["positive", "negative"] as const) {
    const expected = new Map<number, number>();
    let index = 0;
    let at = 0;
    for (const [offset, length] of given[`${side}Spans`]!) {
      index += offset;
      for (let i = 0; i < length; i += 1, index += 1, at += 1) {
        if (given[side]![at]! > 0) expected.set(index, given[side]![at]!);
      }
    }
    expect([...got[side].indexes]).toEqual([...expected.keys()]);
    expect([...got[side].counts]).toEqual([...expected.values()]);
  }
}
