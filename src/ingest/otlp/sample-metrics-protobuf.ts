import type {
  SampleBuckets,
  SampleExemplar,
  SampleExponentialPoint,
  SampleHistogramPoint,
  SampleMetric,
  SampleMetricsRequest,
  SampleNumberPoint,
  SampleSummaryPoint,
} from "./sample-metrics.ts";
import { bytes, entries, fixed64, message, number, tag, text, varint } from "./sample-request.ts";

/** The request as protobuf; its attributes stand behind other fields, as some senders have it, when `late`. */
export function metricsToProtobuf(request: SampleMetricsRequest, late = false): Uint8Array {
  return message(
    ...request.resourceMetrics.map((group) =>
      bytes(
        1,
        message(
          bytes(1, message(...entries(1, group.resource.attributes))),
          ...group.scopeMetrics.map((scoped) => {
            const { name, version, attributes } = scoped.scope;
            const scope = bytes(1, message(text(1, name), text(2, version), ...entries(3, attributes)));
            const metrics = scoped.metrics.map((metric) => bytes(2, metricBytes(metric, late)));
            return bytes(
              2,
              late
                ? message(...metrics, text(3, scoped.schemaUrl), scope)
                : message(scope, ...metrics, text(3, scoped.schemaUrl)),
            );
          }),
          text(3, group.schemaUrl),
        ),
      ),
    ),
  );
}

function metricBytes(metric: SampleMetric, late: boolean): Uint8Array {
  const head = [text(1, metric.name), text(2, metric.description), text(3, metric.unit)];
  const data = dataBytes(metric, late);
  return late ? message(data, ...head) : message(...head, data);
}

function dataBytes(metric: SampleMetric, late: boolean): Uint8Array {
  if ("gauge" in metric)
    return bytes(5, message(...metric.gauge.dataPoints.map((p) => bytes(1, numberPoint(p, late)))));
  if ("sum" in metric) {
    const { dataPoints, aggregationTemporality, isMonotonic } = metric.sum;
    const points = dataPoints.map((p) => bytes(1, numberPoint(p, late)));
    const head = [number(2, BigInt(aggregationTemporality)), number(3, isMonotonic ? 1n : 0n)];
    return bytes(7, message(...points, ...head));
  }
  if ("histogram" in metric) {
    const points = metric.histogram.dataPoints.map((p) => bytes(1, histogramPoint(p, late)));
    return bytes(9, message(...points, number(2, BigInt(metric.histogram.aggregationTemporality))));
  }
  if ("exponentialHistogram" in metric) {
    const { dataPoints, aggregationTemporality } = metric.exponentialHistogram;
    const points = dataPoints.map((p) => bytes(1, exponentialPoint(p, late)));
    return bytes(10, message(...points, number(2, BigInt(aggregationTemporality))));
  }
  return bytes(11, message(...metric.summary.dataPoints.map((p) => bytes(1, summaryPoint(p, late)))));
}

/** A message whose attributes stand in front, or in two runs between and behind the other fields. */
function withAttributes(
  attributes: readonly Uint8Array[],
  rest: readonly Uint8Array[],
  late: boolean,
): Uint8Array {
  if (!late) return message(...attributes, ...rest);
  const half = Math.floor(attributes.length / 2);
  const [first = NONE, ...others] = rest;
  return message(first, ...attributes.slice(0, half), ...others, ...attributes.slice(half));
}

const NONE = new Uint8Array(0);

function numberPoint(point: SampleNumberPoint, late: boolean): Uint8Array {
  const rest = [
    fixed64(2, point.startTimeUnixNano),
    fixed64(3, point.timeUnixNano),
    ...valueBytes(point, 4, 6),
    ...point.exemplars.map((exemplar) => bytes(5, exemplarBytes(exemplar))),
    number(8, BigInt(point.flags)),
  ];
  return withAttributes(entries(7, point.attributes), rest, late);
}

function histogramPoint(point: SampleHistogramPoint, late: boolean): Uint8Array {
  const counts = point.bucketCounts.map((count) => raw64(BigInt.asUintN(64, count)));
  const bounds = point.explicitBounds.map(rawDouble);
  const rest = [
    fixed64(2, point.startTimeUnixNano),
    fixed64(3, point.timeUnixNano),
    fixed64(4, point.count),
    optionalDouble(5, point.sum),
    // Repeated numbers may be packed or not.
    ...(late ? counts.map((count) => message(tag(6, 1), count)) : [bytes(6, message(...counts))]),
    ...(late ? bounds.map((bound) => message(tag(7, 1), bound)) : [bytes(7, message(...bounds))]),
    ...point.exemplars.map((exemplar) => bytes(8, exemplarBytes(exemplar))),
    number(10, BigInt(point.flags)),
    optionalDouble(11, point.min),
    optionalDouble(12, point.max),
  ];
  return withAttributes(entries(9, point.attributes), rest, late);
}

function exponentialPoint(point: SampleExponentialPoint, late: boolean): Uint8Array {
  const buckets = ({ offset, bucketCounts }: SampleBuckets): Uint8Array =>
    message(
      number(1, zigzag(offset)),
      ...(late
        ? bucketCounts.map((count) => message(tag(2, 0), varint(count)))
        : [bytes(2, message(...bucketCounts.map(varint)))]),
    );
  const rest = [
    fixed64(2, point.startTimeUnixNano),
    fixed64(3, point.timeUnixNano),
    fixed64(4, point.count),
    optionalDouble(5, point.sum),
    number(6, zigzag(point.scale)),
    fixed64(7, point.zeroCount),
    bytes(8, buckets(point.positive)),
    bytes(9, buckets(point.negative)),
    number(10, BigInt(point.flags)),
    ...point.exemplars.map((exemplar) => bytes(11, exemplarBytes(exemplar))),
    optionalDouble(14, point.zeroThreshold),
  ];
  return withAttributes(entries(1, point.attributes), rest, late);
}

function summaryPoint(point: SampleSummaryPoint, late: boolean): Uint8Array {
  const rest = [
    fixed64(2, point.startTimeUnixNano),
    fixed64(3, point.timeUnixNano),
    fixed64(4, point.count),
    optionalDouble(5, point.sum),
    ...point.quantileValues.map(({ quantile, value }) =>
      bytes(6, message(optionalDouble(1, quantile), optionalDouble(2, value))),
    ),
    number(8, BigInt(point.flags)),
  ];
  return withAttributes(entries(7, point.attributes), rest, late);
}

function exemplarBytes(exemplar: SampleExemplar): Uint8Array {
  return message(
    fixed64(2, exemplar.timeUnixNano),
    ...valueBytes(exemplar, 3, 6),
    bytes(4, exemplar.spanId),
    bytes(5, exemplar.traceId),
    ...entries(7, exemplar.filteredAttributes),
  );
}

function valueBytes(
  { asDouble, asInt }: { readonly asDouble?: number; readonly asInt?: bigint },
  doubleField: number,
  intField: number,
): Uint8Array[] {
  if (asDouble !== undefined) return [optionalDouble(doubleField, asDouble)];
  return asInt === undefined ? [] : [message(tag(intField, 1), raw64(BigInt.asUintN(64, asInt)))];
}

const zigzag = (value: number): bigint => BigInt.asUintN(64, BigInt(value >= 0 ? value * 2 : -value * 2 - 1));

const optionalDouble = (field: number, value: number | undefined): Uint8Array =>
  value === undefined ? NONE : message(tag(field, 1), rawDouble(value));

function rawDouble(value: number): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return out;
}

function raw64(value: bigint): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value);
  return out;
}
