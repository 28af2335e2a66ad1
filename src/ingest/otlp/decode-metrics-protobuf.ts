import { AttributeType } from "../../model/attributes.ts";
import type { TimestampMs } from "../../model/time.ts";
import { readAttribute, readString } from "./any-value-protobuf.ts";
import { createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import { countItem, createDecodeTally, TooManyItems } from "./decode-tally.ts";
import { createMetricBatchBuilder, type MetricBatchBuilder } from "./metric-batch-builder.ts";
import type { DecodedMetrics } from "./metric-decode-result.ts";
import type { MetricScope } from "./metric-labels.ts";
import type { MetricLimits } from "./metric-limits.ts";
import type { MetricSeries, ResourceSeries, ScopeSeries } from "./metric-series.ts";
import { createPointDraft, type MetricHead, MetricKind } from "./point-draft.ts";
import { createPointReader, type PointReader, readPoint } from "./point-protobuf.ts";
import { createStringTable, rawText } from "./string-table.ts";
import { wirePath } from "./wire-path.ts";
import { createWireReader, readLength, readTag, readVarint, skipField, WireError } from "./wire-reader.ts";

const REQUEST_FIELDS = 0b10;
const RESOURCE_METRICS_FIELDS = 0b1110;
const SCOPE_METRICS_FIELDS = 0b1110;
const RESOURCE_FIELDS = 0b110;
const SCOPE_FIELDS = 0b1_1110;
const METRIC_FIELDS = 0b1_1110_1010_1110;
const DATA_FIELDS = 0b1110;

/** A guess at the size of a sample, for the first size of the columns. */
const BYTES_PER_SAMPLE = 64;

/** Shared by all requests: services send the same keys and names again and again. */
const strings = createStringTable();

/**
 * Decodes an ExportMetricsServiceRequest. Fields that are not known are skipped; fields may come in any order: what comes
 * before the data of a message may stand behind it, so each message is walked twice, the first time over its children.
 */
export function decodeMetricsProtobuf(
  body: Uint8Array,
  at: TimestampMs,
  limits: MetricLimits,
  series: MetricSeries,
): DecodedMetrics {
  const tally = createDecodeTally(limits);
  const reader = createWireReader(body);
  const type = AttributeType.json;
  const attributes = { reader, strings, limits, tally, type, value: "" };
  const from = createPointReader(attributes, limits, createPointDraft());
  const expectedSamples = Math.min(body.length / BYTES_PER_SAMPLE, 16_384);
  const builder = createMetricBatchBuilder({ at, limits, series, expectedSamples });
  try {
    while (reader.position < body.length) {
      const tag = readTag(reader, body.length);
      if (tag === 10) readResourceMetrics(from, readLength(reader, body.length), series, builder);
      else skipField(reader, tag, body.length, REQUEST_FIELDS);
    }
  } catch (error) {
    if (error instanceof WireError) {
      const { offset, message } = error;
      const path = wirePath(body, offset, "metrics");
      return { kind: "failed", error: { kind: "malformed", path, offset, message } };
    }
    if (error instanceof TooManyItems) {
      const { message } = error;
      return { kind: "failed", error: { kind: "too_large", path: "", offset: reader.position, message } };
    }
    throw error;
  }
  return { kind: "decoded", ...builder.finish() };
}

function readResourceMetrics(
  from: PointReader,
  end: number,
  series: MetricSeries,
  builder: MetricBatchBuilder,
): void {
  const { reader } = from;
  const start = reader.position;
  let key = "p";
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) key += takeRaw(from, end);
    else if (tag === 18) reader.position = readLength(reader, end);
    else if (tag === 26) reader.position = readLength(reader, end);
    else skipField(reader, tag, end, RESOURCE_METRICS_FIELDS);
  }
  const resource = series.resource(key, () => readResource(from, start, end));
  reader.position = start;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 18) readScopeMetrics(from, readLength(reader, end), resource, series, builder);
    else skipField(reader, tag, end, 0);
  }
}

/** The bytes of a message, one character each. */
function takeRaw({ reader }: PointReader, end: number): string {
  const valueEnd = readLength(reader, end);
  const raw = rawText(reader.bytes, reader.position, valueEnd);
  reader.position = valueEnd;
  return raw;
}

function readResource(from: PointReader, start: number, end: number) {
  const { reader, attributes } = from;
  const sink = createAttributeSink();
  reader.position = start;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag !== 10) {
      skipField(reader, tag, end, 0);
      continue;
    }
    const resourceEnd = readLength(reader, end);
    while (reader.position < resourceEnd) {
      const inner = readTag(reader, resourceEnd);
      if (inner === 10) readAttribute(attributes, resourceEnd, sink);
      else if (inner === 16) readVarint(reader, resourceEnd);
      else skipField(reader, inner, resourceEnd, RESOURCE_FIELDS);
    }
  }
  return takeAttributes(sink);
}

function readScopeMetrics(
  from: PointReader,
  end: number,
  resource: ResourceSeries,
  series: MetricSeries,
  builder: MetricBatchBuilder,
): void {
  const { reader } = from;
  const start = reader.position;
  let key = "";
  let schemaUrl = "";
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) key += takeRaw(from, end);
    else if (tag === 18) reader.position = readLength(reader, end);
    else if (tag === 26) schemaUrl = readString(from.attributes, end);
    else skipField(reader, tag, end, SCOPE_METRICS_FIELDS);
  }
  const scopeKey = `p${schemaUrl.length} ${schemaUrl}${key}`;
  const scope = series.scope(resource, scopeKey, () => readScope(from, start, end, schemaUrl));
  reader.position = start;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 18) readMetric(from, readLength(reader, end), scope, series, builder);
    else skipField(reader, tag, end, 0);
  }
}

function readScope(from: PointReader, start: number, end: number, schemaUrl: string): MetricScope {
  const { reader, attributes } = from;
  const sink = createAttributeSink();
  let name = "";
  let version = "";
  reader.position = start;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag !== 10) {
      skipField(reader, tag, end, 0);
      continue;
    }
    const scopeEnd = readLength(reader, end);
    while (reader.position < scopeEnd) {
      const inner = readTag(reader, scopeEnd);
      if (inner === 10) name = readString(attributes, scopeEnd);
      else if (inner === 18) version = readString(attributes, scopeEnd);
      else if (inner === 26) readAttribute(attributes, scopeEnd, sink);
      else if (inner === 32) readVarint(reader, scopeEnd);
      else skipField(reader, inner, scopeEnd, SCOPE_FIELDS);
    }
  }
  return { name, version, schemaUrl, attributes: takeAttributes(sink) };
}

function readMetric(
  from: PointReader,
  end: number,
  scope: ScopeSeries,
  series: MetricSeries,
  builder: MetricBatchBuilder,
): void {
  const { reader } = from;
  const start = reader.position;
  const head: MetricHead = {
    name: "",
    description: "",
    unit: "",
    kind: MetricKind.none,
    temporality: 0,
    isMonotonic: false,
  };
  while (reader.position < end) {
    const tag = readTag(reader, end);
    const kind = DATA_KINDS[tag];
    if (kind !== undefined) {
      head.kind = kind;
      readDataHead(from, readLength(reader, end), head);
    } else if (tag === 10) head.name = readString(from.attributes, end);
    else if (tag === 18) head.description = readString(from.attributes, end);
    else if (tag === 26) head.unit = readString(from.attributes, end);
    else if (tag === 98) reader.position = readLength(reader, end);
    else skipField(reader, tag, end, METRIC_FIELDS);
  }
  if (head.kind === MetricKind.none) return;
  const family = series.family(scope, head);
  reader.position = start;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (DATA_KINDS[tag] !== head.kind) {
      skipField(reader, tag, end, 0);
      continue;
    }
    const dataEnd = readLength(reader, end);
    while (reader.position < dataEnd) {
      const inner = readTag(reader, dataEnd);
      if (inner === 10) {
        countItem(from.attributes.tally);
        readPoint(from, readLength(reader, dataEnd), head.kind);
        const after = reader.position;
        builder.append(family, from.draft, from);
        reader.position = after;
      } else skipField(reader, inner, dataEnd, 0);
    }
  }
}

/** By tag. */
const DATA_KINDS: Readonly<Record<number, MetricKind>> = {
  42: MetricKind.gauge,
  58: MetricKind.sum,
  74: MetricKind.histogram,
  82: MetricKind.exponential,
  90: MetricKind.summary,
};

function readDataHead({ reader }: PointReader, end: number, head: MetricHead): void {
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) reader.position = readLength(reader, end);
    else if (tag === 16) head.temporality = readVarint(reader, end);
    else if (tag === 24) head.isMonotonic = readVarint(reader, end) !== 0;
    else skipField(reader, tag, end, DATA_FIELDS);
  }
}
