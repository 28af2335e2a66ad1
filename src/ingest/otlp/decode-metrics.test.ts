import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelsText, labelValue } from "../../model/labels.ts";
import type { SampleBatch } from "../../model/sample-batch.ts";
import { bitsOf, isStaleAt } from "../../model/stale.ts";
import { timestampMs } from "../../model/time.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import { decodeMetricsJson } from "./decode-metrics-json.ts";
import { decodeMetricsProtobuf } from "./decode-metrics-protobuf.ts";
import type { DecodedMetrics } from "./metric-decode-result.ts";
import { DEFAULT_METRIC_LIMITS } from "./metric-limits.ts";
import { describeRejectedPoints } from "./metric-rejects.ts";
import { createMetricSeries } from "./metric-series.ts";
import { metricsToProtobuf } from "./sample-metrics-protobuf.ts";
import {
  SAMPLE_MS,
  type SampleMetric,
  sampleMetrics,
  type SampleMetricsRequest,
  samplePoint,
} from "./sample-metrics.ts";
import { anyMetrics } from "./sample-metrics-arbitrary.ts";
import { bytes, message, tag, text, toJson, varint } from "./sample-request.ts";

const AT = timestampMs(SAMPLE_MS + 1_000);

const newSeries = (limits: Partial<SeriesLimits> = {}, promoteScope = true) =>
  createMetricSeries({
    table: createSeriesTable({ ...DEFAULT_SERIES_LIMITS, ...limits }, SILENT_LOG),
    promoteScope,
  });

function decode(request: SampleMetricsRequest, series = newSeries(), at = AT) {
  const result = decodeMetricsProtobuf(metricsToProtobuf(request), at, DEFAULT_METRIC_LIMITS, series);
  if (result.kind === "failed") throw new Error(result.error.message);
  return result;
}

/** The samples as text: series, value, and what is known of their start. */
function floatsOf({ floats, table }: SampleBatch): string[] {
  const bits = bitsOf(floats.values.slice());
  return Array.from({ length: floats.count }, (_, i) => {
    const value = isStaleAt(bits, i) ? "stale" : String(floats.values[i]);
    const start = floats.startsMs?.[i] ?? 0;
    const from = start === 0 ? "" : ` since ${(start - SAMPLE_MS) / 1_000} s`;
    const delta = floats.isDelta?.[i] === 1 ? " delta" : "";
    return `${labelsText(table.labels(floats.series[i]!))} ${value}${from}${delta}`;
  });
}

describe("data points", () => {
  it("become the series that Prometheus makes of them", () => {
    const point = samplePoint({ "http.route": "/pay" });
    const request = sampleMetrics([
      {
        name: "queue.size",
        unit: "1",
        description: "",
        gauge: { dataPoints: [{ ...point, asInt: -7n }] },
      },
      {
        name: "http.server.requests",
        unit: "{request}",
        description: "Requests.",
        sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asDouble: 1.5 }] },
      },
      {
        name: "active",
        unit: "",
        description: "",
        sum: { aggregationTemporality: 1, isMonotonic: false, dataPoints: [{ ...point, asInt: -2n }] },
      },
      {
        name: "http.server.request.duration",
        unit: "s",
        description: "How long.",
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [
            { ...point, count: 6n, sum: 2.5, bucketCounts: [1n, 2n, 3n], explicitBounds: [0.005, 1] },
          ],
        },
      },
      {
        name: "gc",
        unit: "ms",
        description: "",
        summary: {
          dataPoints: [{ ...point, count: 3n, sum: 9, quantileValues: [{ quantile: 0.5, value: 4 }] }],
        },
      },
    ]);
    const { batch, rejected, points } = decode(request);
    const id = 'http_route="/pay", instance="a1", job="checkout"';
    const le = (bound: string) => `http_server_request_duration_seconds_bucket{${id}, le="${bound}"}`;
    expect(floatsOf(batch)).toEqual([
      `queue_size_ratio{${id}} -7`,
      `http_server_requests_total{${id}} 1.5 since -60 s`,
      `active{${id}} -2 delta`,
      `http_server_request_duration_seconds_count{${id}} 6 since -60 s delta`,
      `http_server_request_duration_seconds_sum{${id}} 2.5 since -60 s delta`,
      `${le("+Inf")} 6 since -60 s delta`,
      `${le("0.005")} 1 since -60 s delta`,
      `${le("1")} 3 since -60 s delta`,
      `gc_milliseconds_count{${id}} 3 since -60 s`,
      `gc_milliseconds_sum{${id}} 9 since -60 s`,
      `gc_milliseconds{${id}, quantile="0.5"} 4`,
    ]);
    expect(batch.metadata).toEqual([
      { metric: "queue_size_ratio", type: "gauge", unit: "", help: "" },
      { metric: "http_server_requests_total", type: "counter", unit: "", help: "Requests." },
      { metric: "active", type: "gauge", unit: "", help: "" },
      {
        metric: "http_server_request_duration_seconds",
        type: "histogram",
        unit: "seconds",
        help: "How long.",
      },
      { metric: "gc_milliseconds", type: "summary", unit: "milliseconds", help: "" },
    ]);
    expect([rejected.count, points]).toEqual([0, 5]);
    const json = decodeMetricsJson(Buffer.from(toJson(request)), AT, DEFAULT_METRIC_LIMITS, newSeries());
    if (json.kind === "failed") throw new Error(json.error.message);
    expect(floatsOf(json.batch)).toEqual(floatsOf(batch));
  });

  it("are rejected with their reasons, the others taken", () => {
    const good = { ...samplePoint(), asInt: 1n };
    const gauge = (name: string, ...dataPoints: object[]) =>
      ({ name, unit: "", description: "", gauge: { dataPoints } }) as SampleMetric;
    const histogram = (point: object, aggregationTemporality = 2) =>
      ({
        name: "h",
        unit: "",
        description: "",
        histogram: { aggregationTemporality, dataPoints: [{ ...samplePoint(), count: 1n, ...point }] },
      }) as object as SampleMetric;
    const day = 86_400_000_000_000n;
    const { batch, rejected, points } = decode(
      sampleMetrics([
        gauge("@#", good),
        gauge(
          "g",
          good,
          { ...good, timeUnixNano: 0n },
          { ...good, timeUnixNano: 2n ** 63n },
          { ...good, timeUnixNano: good.timeUnixNano + 2n * day },
          { ...good, timeUnixNano: good.timeUnixNano - 36n * day },
          samplePoint(),
          { ...good, attributes: [{ key: "@", value: { stringValue: "x" } }] },
          {
            ...good,
            ...samplePoint(Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`k${i}`, "v"]))),
          },
        ),
        histogram({ bucketCounts: [1n], explicitBounds: [1] }),
        histogram({ bucketCounts: [1n, 0n, 0n], explicitBounds: [2, 1] }),
        histogram({ bucketCounts: [1n], explicitBounds: [] }, 0),
        histogram({ bucketCounts: [], explicitBounds: Array.from({ length: 1_001 }, (_, i) => i) }),
        histogram({ bucketCounts: [1n], explicitBounds: [], sum: Number.NaN }, 1),
      ]),
    );
    expect(floatsOf(batch)).toEqual(['g{instance="a1", job="checkout"} 1']);
    expect(points).toBe(14);
    expect(Object.fromEntries([...rejected.reasons].map(([reason, { count }]) => [reason, count]))).toEqual({
      no_name: 1,
      no_time: 1,
      time_out_of_range: 1,
      in_future: 1,
      older_than_retention: 1,
      no_value: 1,
      bad_attribute_name: 1,
      too_many_attributes: 1,
      too_many_bounds: 1,
      bad_bounds: 2,
      no_temporality: 1,
      not_finite: 1,
    });
    expect(describeRejectedPoints(rejected)).toMatch(
      /^13 data points rejected: 1 × the metric's name has no/,
    );
  });

  it("of series that are too many are rejected with what the limit says", () => {
    const series = newSeries({ maxSeriesPerMetric: 2 });
    const dataPoints = ["a", "b", "c", "d"].map((user) => ({ ...samplePoint({ user }), asInt: 1n }));
    const request = sampleMetrics([{ name: "g", unit: "", description: "", gauge: { dataPoints } }]);
    for (let i = 0; i < 2; i += 1) {
      const { batch, rejected } = decode(request, series);
      expect([batch.floats.count, rejected.count]).toEqual([2, 2]);
      expect(describeRejectedPoints(rejected)).toContain('metric "g" has 2 series already');
    }
  });

  it("without a recorded value end every series of the point", () => {
    const series = newSeries();
    const histogram = (point: object) =>
      sampleMetrics([
        {
          name: "h",
          unit: "",
          description: "",
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              { ...samplePoint(), count: 3n, bucketCounts: [1n, 2n], explicitBounds: [1], ...point },
            ],
          },
        },
      ]);
    decode(histogram({ sum: 2 }), series);
    const { batch } = decode(
      histogram({ flags: 1, count: 0n, bucketCounts: [], explicitBounds: [] }),
      series,
    );
    const id = 'instance="a1", job="checkout"';
    expect(floatsOf(batch)).toEqual([
      `h_count{${id}} stale`,
      `h_sum{${id}} stale`,
      `h_bucket{${id}, le="+Inf"} stale`,
      `h_bucket{${id}, le="1"} stale`,
    ]);
    const gauge = decode(
      sampleMetrics([
        { name: "g", unit: "", description: "", gauge: { dataPoints: [{ ...samplePoint(), flags: 1 }] } },
      ]),
    );
    expect(floatsOf(gauge.batch)).toEqual([`g{${id}} stale`]);
  });

  it("of exponential histograms become native ones", () => {
    const point = {
      ...samplePoint(),
      count: 21n,
      sum: 7.5,
      scale: 10,
      zeroCount: 2n,
      zeroThreshold: 0.25,
      positive: { offset: -5, bucketCounts: [1n, 2n, 0n, 4n, 5n, 0n] },
      negative: { offset: 7, bucketCounts: [3n, 4n] },
    };
    const request = (changes: object) =>
      sampleMetrics([
        {
          name: "latency",
          unit: "s",
          description: "",
          exponentialHistogram: { aggregationTemporality: 1, dataPoints: [{ ...point, ...changes }] },
        },
      ]);
    const { batch } = decode(request({}));
    expect(batch.histograms).toEqual([
      {
        series: 0,
        timeMs: SAMPLE_MS,
        startMs: SAMPLE_MS - 60_000,
        isDelta: true,
        histogram: {
          schema: 8,
          count: 21,
          sum: 7.5,
          zeroThreshold: 0.25,
          zeroCount: 2,
          // Four neighbours at scale 10 are one bucket at schema 8: -5 -> -2, -4..-1 -> -1; and indexes are one higher.
          positive: { indexes: Int32Array.of(-1, 0), counts: Float64Array.of(1, 11) },
          negative: { indexes: Int32Array.of(2, 3), counts: Float64Array.of(3, 4) },
          customBounds: [],
          counterReset: "unknown",
        },
      },
    ]);
    expect(batch.table.labels(0)).toEqual([
      "__name__",
      "latency_seconds",
      "instance",
      "a1",
      "job",
      "checkout",
    ]);
    expect(decode(request({ flags: 1 })).batch.histograms[0]).toMatchObject({
      histogram: undefined,
      isDelta: false,
    });
    expect(decode(request({ scale: -4 })).batch.histograms[0]!.histogram!.schema).toBe(-4);
    expect([...decode(request({ scale: -5 })).rejected.reasons.keys()]).toEqual(["bad_scale"]);
    expect([...decode(request({ count: 20n })).rejected.reasons.keys()]).toEqual(["bad_buckets"]);
    expect(decode(request({ zeroThreshold: 0 })).batch.histograms[0]!.histogram!.zeroThreshold).toBe(1e-128);
  });

  it("have exemplars, of a histogram in the bucket of their value", () => {
    const traceId = Uint8Array.from({ length: 16 }, (_, i) => i);
    const spanId = Uint8Array.from({ length: 8 }, () => 255);
    const { attributes: filteredAttributes } = samplePoint({ "user.id": "7" });
    const exemplars = [
      {
        timeUnixNano: BigInt(SAMPLE_MS - 5) * 1_000_000n,
        asDouble: 0.5,
        traceId,
        spanId,
        filteredAttributes,
      },
      { timeUnixNano: 0n, asInt: 9n, traceId: new Uint8Array(16), spanId, filteredAttributes: [] },
    ];
    const dataPoints = [
      { ...samplePoint(), count: 2n, bucketCounts: [0n, 1n, 1n], explicitBounds: [0.1, 1], exemplars },
    ];
    const { batch } = decode(
      sampleMetrics([
        { name: "h", unit: "", description: "", histogram: { aggregationTemporality: 2, dataPoints } },
      ]),
    );
    const shown = batch.exemplars.map(({ series, timeMs, value, labels }) => [
      labelValue(batch.table.labels(series), "le"),
      timeMs - SAMPLE_MS,
      value,
      labels,
    ]);
    expect(shown).toEqual([
      [
        "1",
        -5,
        0.5,
        ["span_id", "f".repeat(16), "trace_id", "000102030405060708090a0b0c0d0e0f", "user_id", "7"],
      ],
      ["+Inf", 0, 9, ["span_id", "f".repeat(16)]],
    ]);
  });
});

describe("resources and scopes", () => {
  const gauge = (...dataPoints: ReturnType<typeof samplePoint>[]): SampleMetric => ({
    name: "g",
    unit: "",
    description: "",
    gauge: { dataPoints: dataPoints.map((point) => ({ ...point, asInt: 1n })) },
  });

  it("name the target, whose other attributes are target_info at the newest time", () => {
    const resource = {
      "service.name": "pay",
      "service.namespace": "shop",
      "service.instance.id": "a1",
      "host.name": "h1",
      "host/name": "h2",
    };
    const { batch } = decode(sampleMetrics([gauge(samplePoint({}, SAMPLE_MS + 5), samplePoint())], resource));
    expect(floatsOf(batch)).toEqual([
      'g{instance="a1", job="shop/pay"} 1',
      'g{instance="a1", job="shop/pay"} 1',
      'target_info{host_name="h1;h2", instance="a1", job="shop/pay"} 1',
    ]);
    expect(batch.floats.timesMs[2]).toBe(SAMPLE_MS + 5);
    expect(batch.metadata.map(({ metric, type }) => [metric, type])).toEqual([
      ["g", "gauge"],
      ["target_info", "gauge"],
    ]);
  });

  it.each([
    ["there is neither job nor instance", { "host.name": "h1", "service.namespace": "n" }],
    ["there is nothing else to say", { "service.name": "pay", "service.namespace": "n" }],
  ])("have no target_info when %s", (_, resource) => {
    expect(decode(sampleMetrics([gauge(samplePoint())], resource)).batch.floats.count).toBe(1);
  });

  it("put the scope into labels, unless they are told not to", () => {
    const request = sampleMetrics(
      [gauge(samplePoint({ job: "mine", __name__: "x", _a: "1", "9": "2" }))],
      {},
      "lib",
    );
    expect(floatsOf(decode(request).batch)).toEqual([
      'g{job="mine", key_9="2", key_a="1", otel_scope_name="lib"} 1',
    ]);
    expect(floatsOf(decode(request, newSeries({}, false)).batch)).toEqual([
      'g{job="mine", key_9="2", key_a="1"} 1',
    ]);
  });
});

describe("series that are known", () => {
  it("keep their numbers, and get new ones once they were forgotten", () => {
    const series = newSeries();
    const point = (user: string) => ({ ...samplePoint({ user }), asInt: 1n });
    const request = (...users: string[]) =>
      sampleMetrics([{ name: "g", unit: "", description: "", gauge: { dataPoints: users.map(point) } }]);
    const refs = (users: string[], at = AT) => [...decode(request(...users), series, at).batch.floats.series];
    expect(refs(["a", "b"])).toEqual([0, 1]);
    expect(refs(["b", "a", "b"])).toEqual([1, 0, 1]);
    const later = timestampMs(AT + DEFAULT_SERIES_LIMITS.idleMs + 1);
    expect(refs(["b"], later)).toEqual([1]);
    series.table.sweep(later);
    series.table.sweep(later);
    expect(refs(["c", "a", "b"], later)).toEqual([0, 2, 1]);
    expect(floatsOf(decode(request("a", "b", "c"), series, later).batch)).toEqual(
      ["a", "b", "c"].map((user) => `g{instance="a1", job="checkout", user="${user}"} 1`),
    );
  });
});

describe("both encodings", () => {
  const json = (body: string | Uint8Array, series = newSeries()) =>
    decodeMetricsJson(Buffer.from(body), AT, DEFAULT_METRIC_LIMITS, series);
  const protobuf = (body: Uint8Array, series = newSeries()) =>
    decodeMetricsProtobuf(body, AT, DEFAULT_METRIC_LIMITS, series);

  it("give equal batches and rejections for the same points, again when the series are known, in any order of fields", () => {
    const known = newSeries();
    fc.assert(
      fc.property(anyMetrics, fc.boolean(), (request, wide) => {
        const expected = protobuf(metricsToProtobuf(request));
        expect(expected.kind).toBe("decoded");
        const seen = (result: DecodedMetrics) => {
          if (result.kind === "failed") throw new Error(result.error.message);
          const { batch, points, rejected } = result;
          const { table } = batch;
          return {
            floats: floatsOf(batch),
            times: [...batch.floats.timesMs],
            histograms: batch.histograms.map((one) => ({ ...one, series: table.labels(one.series) })),
            exemplars: batch.exemplars.map((one) => ({ ...one, series: table.labels(one.series) })),
            metadata: batch.metadata,
            points,
            rejected,
          };
        };
        expect(seen(json(toJson(request, wide)))).toEqual(seen(expected));
        expect(seen(protobuf(metricsToProtobuf(request, true)))).toEqual(seen(expected));
        // The end of a point ends all series that are known of it, so it depends on what came before.
        if (toJson(request).includes('"flags":1')) return;
        const shared = newSeries();
        protobuf(metricsToProtobuf(request), shared);
        expect(seen(protobuf(metricsToProtobuf(request), shared))).toEqual(seen(expected));
        expect(seen(json(toJson(request, wide), shared))).toEqual(seen(expected));
        expect(seen(protobuf(metricsToProtobuf(request, true), known))).toEqual(seen(expected));
      }),
      { numRuns: 300 },
    );
  });

  it("name the field that is not right", () => {
    const point = bytes(5, bytes(1, message(tag(3, 0), varint(5n))));
    const body = bytes(1, bytes(2, bytes(2, message(text(1, "g"), point))));
    expect(protobuf(body)).toMatchObject({
      kind: "failed",
      error: {
        kind: "malformed",
        path: "resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].timeUnixNano",
        message: "field 3 has the wrong wire type 0",
      },
    });
    const at = "resourceMetrics[0].scopeMetrics[0].metrics[0]";
    const metric = (fields: string) => `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{${fields}}]}]}]}`;
    for (const [fields, path] of [
      ['"name":5', `${at}.name`],
      ['"sum":[]', `${at}.sum`],
      ['"gauge":{"dataPoints":[{"asInt":"x"}]}', `${at}.gauge.dataPoints[0].asInt`],
      ['"gauge":{"dataPoints":[{"asDouble":"1x"}]}', `${at}.gauge.dataPoints[0].asDouble`],
      ['"gauge":{"dataPoints":[{"attributes":{}}]}', `${at}.gauge.dataPoints[0].attributes`],
      ['"histogram":{"dataPoints":[{"bucketCounts":["-1"]}]}', `${at}.histogram.dataPoints[0].bucketCounts`],
      [
        '"exponentialHistogram":{"dataPoints":[{"positive":{"offset":1.5}}]}',
        `${at}.exponentialHistogram.dataPoints[0].positive.offset`,
      ],
      ['"summary":{"dataPoints":[{"quantileValues":[1]}]}', `${at}.summary.dataPoints[0].quantileValues[0]`],
    ] as const) {
      expect(json(metric(fields))).toMatchObject({ kind: "failed", error: { kind: "malformed", path } });
    }
  });

  it("refuse a request with too many items before they take memory", () => {
    const limits = { ...DEFAULT_METRIC_LIMITS, itemsPerRequest: 1_000 };
    const body = bytes(1, bytes(2, bytes(2, bytes(10, bytes(1, bytes(8, bytes(2, new Uint8Array(2_000))))))));
    expect(decodeMetricsProtobuf(body, AT, limits, newSeries())).toMatchObject({
      kind: "failed",
      error: { kind: "too_large" },
    });
  });

  it("never throw for random bytes, nor for real requests that were cut or changed", () => {
    const edits = fc.array(fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }) }), { maxLength: 4 });
    const series = newSeries();
    fc.assert(
      fc.property(
        fc.oneof(anyMetrics, fc.uint8Array({ maxLength: 200 })),
        edits,
        fc.option(fc.nat()),
        (request, changes, cut) => {
          for (const encoding of ["protobuf", "json"]) {
            let body = Buffer.from(
              request instanceof Uint8Array
                ? request
                : encoding === "json"
                  ? toJson(request)
                  : metricsToProtobuf(request),
            );
            for (const { at, to } of changes) if (body.length > 0) body[at % body.length] = to;
            if (cut !== null && body.length > 0) body = body.subarray(0, cut % body.length);
            const result = encoding === "json" ? json(body, series) : protobuf(body, series);
            expect(["decoded", "failed"]).toContain(result.kind);
            if (result.kind === "failed" && result.error.offset !== undefined) {
              expect(result.error.offset).toBeLessThanOrEqual(body.length);
              expect(result.error.path).toMatch(/^($|resourceMetrics\[|field )/);
            }
          }
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
