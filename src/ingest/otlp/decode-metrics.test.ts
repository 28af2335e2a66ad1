import { describe, expect, it } from "vitest";
import { labelsText } from "../../model/labels.ts";
import type { SampleBatch } from "../../model/sample-batch.ts";
import { bitsOf, isStaleAt } from "../../model/stale.ts";
import { timestampMs } from "../../model/time.ts";
import { SILENT_LOG } from "../../self/log.ts";
import { DEFAULT_SERIES_LIMITS, type SeriesLimits } from "../series-limits.ts";
import { createSeriesTable } from "../series-table.ts";
import { decodeMetricsJson } from "./decode-metrics-json.ts";
import { decodeMetricsProtobuf } from "./decode-metrics-protobuf.ts";
import { DEFAULT_METRIC_LIMITS } from "./metric-limits.ts";
import { createMetricSeries } from "./metric-series.ts";
import { metricsToProtobuf } from "./sample-metrics-protobuf.ts";
import { SAMPLE_MS, sampleMetrics, type SampleMetricsRequest, samplePoint } from "./sample-metrics.ts";
import { toJson } from "./sample-request.ts";

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
});
