/** A field of a message. */
export interface Field {
  readonly name: string;
  readonly repeated: boolean;
  /** Set for fields that are messages. */
  readonly message?: MessageName;
}

/** The messages below. */
export type MessageName = keyof typeof MESSAGES;
/** Fields by their numbers. */
export type Message = Readonly<Record<number, Field>>;

const one = (name: string, message?: MessageName): Field =>
  message === undefined ? { name, repeated: false } : { name, repeated: false, message };
const many = (name: string, message: MessageName): Field => ({ name, repeated: true, message });

/** The messages of opentelemetry-proto 1.x that requests are made of, by field number. */
export const MESSAGES: Readonly<
  Record<
    | "traces"
    | "metrics"
    | "resourceSpans"
    | "resource"
    | "scopeSpans"
    | "scope"
    | "span"
    | "event"
    | "link"
    | "status"
    | "resourceMetrics"
    | "scopeMetrics"
    | "metric"
    | "gauge"
    | "sum"
    | "histogram"
    | "exponentialHistogram"
    | "summary"
    | "numberPoint"
    | "histogramPoint"
    | "exponentialPoint"
    | "exponentialBuckets"
    | "summaryPoint"
    | "quantile"
    | "exemplar"
    | "keyValue"
    | "anyValue"
    | "arrayValue"
    | "kvlist",
    Message
  >
> = {
  traces: { 1: many("resourceSpans", "resourceSpans") },
  metrics: { 1: many("resourceMetrics", "resourceMetrics") },
  resourceSpans: { 1: one("resource", "resource"), 2: many("scopeSpans", "scopeSpans"), 3: one("schemaUrl") },
  resource: { 1: many("attributes", "keyValue"), 2: one("droppedAttributesCount") },
  scopeSpans: { 1: one("scope", "scope"), 2: many("spans", "span"), 3: one("schemaUrl") },
  scope: {
    1: one("name"),
    2: one("version"),
    3: many("attributes", "keyValue"),
    4: one("droppedAttributesCount"),
  },
  span: {
    1: one("traceId"),
    2: one("spanId"),
    3: one("traceState"),
    4: one("parentSpanId"),
    5: one("name"),
    6: one("kind"),
    7: one("startTimeUnixNano"),
    8: one("endTimeUnixNano"),
    9: many("attributes", "keyValue"),
    10: one("droppedAttributesCount"),
    11: many("events", "event"),
    12: one("droppedEventsCount"),
    13: many("links", "link"),
    14: one("droppedLinksCount"),
    15: one("status", "status"),
    16: one("flags"),
  },
  event: {
    1: one("timeUnixNano"),
    2: one("name"),
    3: many("attributes", "keyValue"),
    4: one("droppedAttributesCount"),
  },
  link: {
    1: one("traceId"),
    2: one("spanId"),
    3: one("traceState"),
    4: many("attributes", "keyValue"),
    5: one("droppedAttributesCount"),
    6: one("flags"),
  },
  status: { 2: one("message"), 3: one("code") },
  resourceMetrics: {
    1: one("resource", "resource"),
    2: many("scopeMetrics", "scopeMetrics"),
    3: one("schemaUrl"),
  },
  scopeMetrics: { 1: one("scope", "scope"), 2: many("metrics", "metric"), 3: one("schemaUrl") },
  metric: {
    1: one("name"),
    2: one("description"),
    3: one("unit"),
    5: one("gauge", "gauge"),
    7: one("sum", "sum"),
    9: one("histogram", "histogram"),
    10: one("exponentialHistogram", "exponentialHistogram"),
    11: one("summary", "summary"),
    12: many("metadata", "keyValue"),
  },
  gauge: { 1: many("dataPoints", "numberPoint") },
  sum: {
    1: many("dataPoints", "numberPoint"),
    2: one("aggregationTemporality"),
    3: one("isMonotonic"),
  },
  histogram: { 1: many("dataPoints", "histogramPoint"), 2: one("aggregationTemporality") },
  exponentialHistogram: { 1: many("dataPoints", "exponentialPoint"), 2: one("aggregationTemporality") },
  summary: { 1: many("dataPoints", "summaryPoint") },
  numberPoint: {
    2: one("startTimeUnixNano"),
    3: one("timeUnixNano"),
    4: one("asDouble"),
    5: many("exemplars", "exemplar"),
    6: one("asInt"),
    7: many("attributes", "keyValue"),
    8: one("flags"),
  },
  histogramPoint: {
    2: one("startTimeUnixNano"),
    3: one("timeUnixNano"),
    4: one("count"),
    5: one("sum"),
    6: one("bucketCounts"),
    7: one("explicitBounds"),
    8: many("exemplars", "exemplar"),
    9: many("attributes", "keyValue"),
    10: one("flags"),
    11: one("min"),
    12: one("max"),
  },
  exponentialPoint: {
    1: many("attributes", "keyValue"),
    2: one("startTimeUnixNano"),
    3: one("timeUnixNano"),
    4: one("count"),
    5: one("sum"),
    6: one("scale"),
    7: one("zeroCount"),
    8: one("positive", "exponentialBuckets"),
    9: one("negative", "exponentialBuckets"),
    10: one("flags"),
    11: many("exemplars", "exemplar"),
    12: one("min"),
    13: one("max"),
    14: one("zeroThreshold"),
  },
  exponentialBuckets: { 1: one("offset"), 2: one("bucketCounts") },
  summaryPoint: {
    2: one("startTimeUnixNano"),
    3: one("timeUnixNano"),
    4: one("count"),
    5: one("sum"),
    6: many("quantileValues", "quantile"),
    7: many("attributes", "keyValue"),
    8: one("flags"),
  },
  quantile: { 1: one("quantile"), 2: one("value") },
  exemplar: {
    2: one("timeUnixNano"),
    3: one("asDouble"),
    4: one("spanId"),
    5: one("traceId"),
    6: one("asInt"),
    7: many("filteredAttributes", "keyValue"),
  },
  keyValue: { 1: one("key"), 2: one("value", "anyValue") },
  anyValue: {
    1: one("stringValue"),
    2: one("boolValue"),
    3: one("intValue"),
    4: one("doubleValue"),
    5: one("arrayValue", "arrayValue"),
    6: one("kvlistValue", "kvlist"),
    7: one("bytesValue"),
  },
  arrayValue: { 1: many("values", "anyValue") },
  kvlist: { 1: many("values", "keyValue") },
};
