import type { TimestampMs } from "../../model/time.ts";
import { eachOf, type JsonReader, readAttributes, shared } from "./any-value-json.ts";
import { createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import { countItem, createDecodeTally } from "./decode-tally.ts";
import { asObject, enumField, type JsonObject, objectField, textField } from "./json-fields.ts";
import { createMetricBatchBuilder, type MetricBatchBuilder } from "./metric-batch-builder.ts";
import type { DecodedMetrics } from "./metric-decode-result.ts";
import type { MetricScope } from "./metric-labels.ts";
import type { MetricLimits } from "./metric-limits.ts";
import type { MetricSeries, ResourceSeries, ScopeSeries } from "./metric-series.ts";
import { jsonDecodeError, parseJsonBody } from "./parse-json-body.ts";
import { createPointDraft, type MetricHead, MetricKind } from "./point-draft.ts";
import { createPointJsonReader, type PointJsonReader, readPoint } from "./point-json.ts";

const TEMPORALITIES = ["UNSPECIFIED", "DELTA", "CUMULATIVE"];
const BYTES_PER_SAMPLE = 256;

/** Names of the fields that hold the data of a Metric, in JSON and in the proto. */
const DATA_FIELDS = [
  ["gauge", "gauge", MetricKind.gauge],
  ["sum", "sum", MetricKind.sum],
  ["histogram", "histogram", MetricKind.histogram],
  ["exponentialHistogram", "exponential_histogram", MetricKind.exponential],
  ["summary", "summary", MetricKind.summary],
] as const;

/**
 * Decodes an ExportMetricsServiceRequest in OTLP/JSON: 64-bit integers as strings or numbers, integer enumerations (names
 * are tolerated), hex ids. Unknown fields are ignored. `at` is the receiver's present.
 */
export function decodeMetricsJson(
  body: Uint8Array,
  at: TimestampMs,
  limits: MetricLimits,
  series: MetricSeries,
): DecodedMetrics {
  const parsed = parseJsonBody(body, limits);
  if (parsed.kind === "failed") return parsed;
  const tally = createDecodeTally(limits);
  const base: JsonReader = { path: [], limits, tally, strings: new Map() };
  const from = createPointJsonReader(base, limits, createPointDraft());
  const expectedSamples = Math.min(body.length / BYTES_PER_SAMPLE, 16_384);
  const builder = createMetricBatchBuilder({ at, limits, series, expectedSamples });
  try {
    eachOf(from, asObject(parsed.value), "resourceMetrics", "resource_metrics", (object) =>
      readResourceMetrics(from, object, series, builder),
    );
  } catch (error) {
    const known = jsonDecodeError(error, from.path);
    if (known === undefined) throw error;
    return { kind: "failed", error: known };
  }
  return { kind: "decoded", ...builder.finish() };
}

function readResourceMetrics(
  from: PointJsonReader,
  object: JsonObject,
  series: MetricSeries,
  builder: MetricBatchBuilder,
): void {
  const described = objectField(object, "resource") ?? {};
  const resource = series.resource(`j${JSON.stringify(described)}`, () => {
    const sink = createAttributeSink();
    from.path.push("resource");
    readAttributes(from, described, sink);
    from.path.pop();
    return takeAttributes(sink);
  });
  textField(object, "schemaUrl", "schema_url");
  eachOf(from, object, "scopeMetrics", "scope_metrics", (scopeMetrics) =>
    readScopeMetrics(from, scopeMetrics, resource, series, builder),
  );
}

function readScopeMetrics(
  from: PointJsonReader,
  object: JsonObject,
  resource: ResourceSeries,
  series: MetricSeries,
  builder: MetricBatchBuilder,
): void {
  const described = objectField(object, "scope") ?? {};
  const schemaUrl = textField(object, "schemaUrl", "schema_url");
  const key = `j${schemaUrl.length} ${schemaUrl}${JSON.stringify(described)}`;
  const scope = series.scope(resource, key, () => readScope(from, described, schemaUrl));
  eachOf(from, object, "metrics", "metrics", (metric) => readMetric(from, metric, scope, series, builder));
}

function readScope(from: PointJsonReader, object: JsonObject, schemaUrl: string): MetricScope {
  const sink = createAttributeSink();
  from.path.push("scope");
  const name = textField(object, "name");
  const version = textField(object, "version");
  readAttributes(from, object, sink);
  from.path.pop();
  return { name, version, schemaUrl, attributes: takeAttributes(sink) };
}

function readMetric(
  from: PointJsonReader,
  object: JsonObject,
  scope: ScopeSeries,
  series: MetricSeries,
  builder: MetricBatchBuilder,
): void {
  const name = shared(from, textField(object, "name"));
  const description = textField(object, "description");
  const unit = shared(from, textField(object, "unit"));
  for (const [field, protoField, kind] of DATA_FIELDS) {
    const data = objectField(object, field, protoField);
    if (data === undefined) continue;
    from.path.push(field);
    const temporality = temporalityOf(data);
    const head: MetricHead = { name, description, unit, kind, temporality, isMonotonic: isMonotonic(data) };
    const family = series.family(scope, head);
    eachOf(from, data, "dataPoints", "data_points", (point) => {
      countItem(from.tally);
      readPoint(from, point, kind);
      builder.append(family, from.draft, from);
    });
    from.path.pop();
  }
}

function temporalityOf(data: JsonObject): number {
  const field =
    data["aggregationTemporality"] === undefined ? "aggregation_temporality" : "aggregationTemporality";
  return enumField(data, field, "AGGREGATION_TEMPORALITY_", TEMPORALITIES);
}

const isMonotonic = (data: JsonObject): boolean => (data["isMonotonic"] ?? data["is_monotonic"]) === true;
