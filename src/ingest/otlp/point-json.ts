import type { Attributes } from "../../model/attributes.ts";
import { doubleOf, eachOf, int64Of, type JsonReader, readAttributes } from "./any-value-json.ts";
import { type AttributeSink, createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import { countItem } from "./decode-tally.ts";
import {
  arrayField,
  idField,
  integerOf,
  JsonFieldError,
  type JsonObject,
  objectField,
  uint32Field,
  uint64Field,
} from "./json-fields.ts";
import type { PointAttributes } from "./metric-batch-builder.ts";
import type { MetricLimits } from "./metric-limits.ts";
import {
  type BucketsDraft,
  type ExemplarDraft,
  MetricKind,
  type NumberList,
  type PointDraft,
  pushNumber,
  resetPointDraft,
} from "./point-draft.ts";

/** Everything that decoding the points of one request needs, and the last one. */
export interface PointJsonReader extends JsonReader, PointAttributes {
  readonly limits: MetricLimits;
  readonly draft: PointDraft;
  readonly exemplarSink: AttributeSink;
  point: JsonObject;
}

export function createPointJsonReader(
  base: JsonReader,
  limits: MetricLimits,
  draft: PointDraft,
): PointJsonReader {
  const sink = createAttributeSink();
  const from: PointJsonReader = {
    ...base,
    limits,
    draft,
    exemplarSink: createAttributeSink(),
    point: {},
    key: () => {
      const attributes = from.point["attributes"];
      return Array.isArray(attributes) && attributes.length > 0 ? JSON.stringify(attributes) : "";
    },
    read: (): Attributes | "too_many_attributes" => {
      if (arrayField(from.point, "attributes").length > limits.attributesPerSet) return "too_many_attributes";
      readAttributes(from, from.point, sink);
      return takeAttributes(sink);
    },
    raw: () => undefined,
    hasRaw: () => false,
  };
  return from;
}

/** Reads a data point into the draft; its attributes are left where they are. */
export function readPoint(from: PointJsonReader, point: JsonObject, kind: MetricKind): void {
  const { draft } = from;
  resetPointDraft(draft);
  from.point = point;
  // Whatever its series, the point must have attributes of the right shape.
  arrayField(point, "attributes");
  const time = uint64Field(point, "timeUnixNano", "time_unix_nano");
  draft.timeLow = Number(time & 0xffff_ffffn);
  draft.timeHigh = Number(time >> 32n);
  const start = uint64Field(point, "startTimeUnixNano", "start_time_unix_nano");
  draft.startLow = Number(start & 0xffff_ffffn);
  draft.startHigh = Number(start >> 32n);
  draft.flags = uint32Field(point, "flags");
  if (kind !== MetricKind.summary) readExemplars(from, point);
  if (kind === MetricKind.gauge || kind === MetricKind.sum) return readNumber(point, draft);
  draft.count = Number(uint64Field(point, "count"));
  const sum = doubleField(point, "sum");
  draft.hasSum = sum !== undefined;
  draft.sum = sum ?? 0;
  if (kind === MetricKind.histogram) {
    for (const count of arrayField(point, "bucketCounts", "bucket_counts")) {
      countItem(from.tally);
      pushNumber(draft.bucketCounts, countOf(count, "bucketCounts"));
    }
    for (const bound of arrayField(point, "explicitBounds", "explicit_bounds")) {
      pushNumber(draft.bounds, doubleOf(bound, "explicitBounds"));
    }
  } else if (kind === MetricKind.summary) readQuantiles(from, point);
  else readExponential(from, point);
}

function readNumber(point: JsonObject, draft: PointDraft): void {
  const value = numberValue(point);
  draft.hasValue = value !== undefined;
  draft.value = value ?? 0;
}

/** The value of a data point or an exemplar. */
function numberValue(object: JsonObject): number | undefined {
  const double = doubleField(object, "asDouble", "as_double");
  if (double !== undefined) return double;
  const int = object["asInt"] ?? object["as_int"];
  return int === undefined || int === null ? undefined : Number(int64Of(int, "asInt"));
}

function doubleField(object: JsonObject, name: string, protoName = name): number | undefined {
  const value = object[name] ?? object[protoName];
  return value === undefined || value === null ? undefined : doubleOf(value, name);
}

function countOf(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  const integer = integerOf(value);
  if (integer !== undefined && integer >= 0n && integer <= 0xffff_ffff_ffff_ffffn) return Number(integer);
  throw new JsonFieldError("whole numbers from 0 to 2^64 - 1 are needed, as strings or numbers", name);
}

function int32Field(object: JsonObject, name: string): number {
  const value = object[name] ?? 0;
  const integer = integerOf(value);
  if (integer !== undefined && BigInt.asIntN(32, integer) === integer) return Number(integer);
  throw new JsonFieldError("a 32-bit whole number is needed", name);
}

function readExponential(from: PointJsonReader, point: JsonObject): void {
  const { draft } = from;
  draft.scale = int32Field(point, "scale");
  draft.zeroCount = Number(uint64Field(point, "zeroCount", "zero_count"));
  draft.zeroThreshold = doubleField(point, "zeroThreshold", "zero_threshold") ?? 0;
  readBuckets(from, point, "positive", draft.positive);
  readBuckets(from, point, "negative", draft.negative);
}

function readBuckets(from: PointJsonReader, point: JsonObject, name: string, buckets: BucketsDraft): void {
  const object = objectField(point, name);
  if (object === undefined) return;
  from.path.push(name);
  buckets.offset = int32Field(object, "offset");
  for (const count of arrayField(object, "bucketCounts", "bucket_counts")) {
    countItem(from.tally);
    pushNumber(buckets.counts, countOf(count, "bucketCounts"));
  }
  from.path.pop();
}

function readQuantiles(from: PointJsonReader, point: JsonObject): void {
  const read = (list: NumberList, object: JsonObject, name: string): void =>
    pushNumber(list, doubleField(object, name) ?? 0);
  eachOf(from, point, "quantileValues", "quantile_values", (object) => {
    countItem(from.tally);
    read(from.draft.quantiles, object, "quantile");
    read(from.draft.quantileValues, object, "value");
  });
}

function readExemplars(from: PointJsonReader, point: JsonObject): void {
  if (point["exemplars"] === undefined) return;
  const { exemplars } = from.draft;
  eachOf(from, point, "exemplars", "exemplars", (object) => {
    if (exemplars.length >= from.limits.exemplarsPerPoint) return;
    countItem(from.tally);
    exemplars.push(readExemplar(from, object));
  });
}

function readExemplar(from: PointJsonReader, object: JsonObject): ExemplarDraft {
  const time = uint64Field(object, "timeUnixNano", "time_unix_nano");
  readAttributes(from, object, from.exemplarSink, "filteredAttributes", "filtered_attributes");
  return {
    timeLow: Number(time & 0xffff_ffffn),
    timeHigh: Number(time >> 32n),
    value: numberValue(object),
    traceId: hexId(object, "traceId", "trace_id", 16),
    spanId: hexId(object, "spanId", "span_id", 8),
    attributes: takeAttributes(from.exemplarSink),
  };
}

/** "" for one that is missing, has another length or is all zero. */
function hexId(object: JsonObject, name: string, protoName: string, length: number): string {
  const id = new Uint8Array(length);
  if (idField(object, name, protoName, id) !== length || id.every((byte) => byte === 0)) return "";
  return Buffer.from(id).toString("hex");
}
