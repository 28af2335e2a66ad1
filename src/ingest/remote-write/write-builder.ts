import type { Labels } from "../../model/labels.ts";
import type {
  Exemplar,
  HistogramSample,
  MetricMetadata,
  MetricType,
  SampleBatch,
  SeriesRef,
} from "../../model/sample-batch.ts";
import { readLength, type WireReader } from "../otlp/wire-reader.ts";
import type { SeriesTable } from "../series-table.ts";
import { readHistogram } from "./histogram-protobuf.ts";
import {
  createRefusedTally,
  type RefusedSamples,
  type RefusedTally,
  shownLabels,
} from "./refused-samples.ts";
import { readSample, resetColumns, type SampleColumns, takeSamples } from "./write-columns.ts";
import type { WriteLimits } from "./write-limits.ts";

/** What one request brings, while it is decoded. */
export interface WriteBuilder {
  readonly table: SeriesTable;
  /** The receiver's clock. */
  readonly nowMs: number;
  /** Samples before and after are refused. */
  readonly minMs: number;
  readonly maxMs: number;
  readonly columns: SampleColumns;
  readonly histograms: HistogramSample[];
  readonly exemplars: Exemplar[];
  readonly metadata: Map<string, MetricMetadata>;
  readonly refused: RefusedTally;
  /** Exemplars left out; samples do not suffer for them. */
  droppedExemplars: number;
  /** Of the series being read: why it was refused, 0 when it was not; its labels then; its samples. */
  refusal: number;
  refusedLabels: Labels;
  seriesSamples: number;
}

export interface DecodedWrite {
  readonly batch: SampleBatch;
  readonly refused: RefusedSamples;
  readonly droppedExemplars: number;
}

/** UTF-16 units of all names and values of an exemplar. */
const MAX_EXEMPLAR_LENGTH = 1_024;
const TRACE_LABELS = new Set(["trace_id", "span_id"]);

export function startWrite(
  table: SeriesTable,
  columns: SampleColumns,
  nowMs: number,
  limits: WriteLimits,
): WriteBuilder {
  resetColumns(columns);
  return {
    table,
    nowMs,
    minMs: nowMs - limits.retentionMs,
    maxMs: nowMs + limits.futureMs,
    columns,
    histograms: [],
    exemplars: [],
    metadata: new Map(),
    refused: createRefusedTally(),
    droppedExemplars: 0,
    refusal: 0,
    refusedLabels: [],
    seriesSamples: 0,
  };
}

export function finishWrite(builder: WriteBuilder): DecodedWrite {
  const { table, columns, histograms, exemplars, metadata, refused, droppedExemplars } = builder;
  const batch: SampleBatch = {
    table,
    floats: takeSamples(columns),
    histograms,
    exemplars,
    metadata: [...metadata.values()],
  };
  return { batch, refused: refused.result(), droppedExemplars };
}

/** The series with labels, or -1: then the samples that follow are refused. */
export function seriesOf(builder: WriteBuilder, labels: Labels): SeriesRef {
  const ref = builder.table.refOfOwn(labels, builder.nowMs);
  if (ref >= 0) return ref;
  builder.refusal = ref;
  builder.refusedLabels = labels;
  return -1;
}

/** At the end of a series: counts what was refused with it. */
export function endSeries(builder: WriteBuilder): void {
  if (builder.refusal < 0) {
    const { message, reason } = builder.table.refusal(builder.refusal, builder.refusedLabels);
    const labels = builder.refusedLabels;
    builder.refused.add(reason, builder.seriesSamples, () => `${shownLabels(labels)}: ${message}`);
    builder.refusal = 0;
  }
  builder.seriesSamples = 0;
}

/** Reads the Sample that comes next. `ref` is -1 for a series that was refused. */
export function takeSample(builder: WriteBuilder, ref: SeriesRef, reader: WireReader, end: number): void {
  const sampleEnd = readLength(reader, end);
  if (ref < 0) {
    reader.position = sampleEnd;
    builder.seriesSamples += 1;
    return;
  }
  const timeMs = readSample(builder.columns, ref, reader, sampleEnd);
  if (timeMs >= builder.minMs && timeMs <= builder.maxMs) builder.columns.count += 1;
  else refuseTime(builder, ref, timeMs);
}

/** Reads the Histogram that comes next. */
export function takeHistogram(builder: WriteBuilder, ref: SeriesRef, reader: WireReader, end: number): void {
  const histogramEnd = readLength(reader, end);
  if (ref < 0) {
    reader.position = histogramEnd;
    builder.seriesSamples += 1;
    return;
  }
  const read = readHistogram(reader, histogramEnd);
  if (read.kind === "invalid") {
    const labels = builder.table.labels(ref);
    builder.refused.add("invalid_histogram", 1, () => `${shownLabels(labels)}: ${read.message}`);
    return;
  }
  const { timeMs, startMs, histogram } = read;
  if (timeMs >= builder.minMs && timeMs <= builder.maxMs) {
    builder.histograms.push({ series: ref, timeMs, histogram, startMs, isDelta: false });
  } else refuseTime(builder, ref, timeMs);
}

function refuseTime(builder: WriteBuilder, ref: SeriesRef, timeMs: number): void {
  const isOld = timeMs < builder.minMs;
  const why = isOld
    ? "older than samples are kept (times are in milliseconds since 1970)"
    : "too far ahead of the receiver's clock (check the sender's)";
  builder.refused.add(isOld ? "older_than_retention" : "ahead_of_clock", 1, () => {
    const at = Math.abs(timeMs) < 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
    return `${shownLabels(builder.table.labels(ref))}: the sample at ${at} is ${why}`;
  });
}

/** Adds an exemplar. One without a time has that of the request. */
export function takeExemplar(
  builder: WriteBuilder,
  ref: SeriesRef,
  exemplar: { readonly labels: Labels; readonly value: number; readonly timeMs: number },
): void {
  const timeMs = exemplar.timeMs === 0 ? builder.nowMs : exemplar.timeMs;
  const length = exemplar.labels.reduce((sum, text) => sum + text.length, 0);
  const inTime = timeMs >= builder.minMs && timeMs <= builder.maxMs;
  if (ref < 0 || !inTime || length > MAX_EXEMPLAR_LENGTH) {
    builder.droppedExemplars += 1;
    return;
  }
  const labels = exemplar.labels.map((text, i, all) =>
    i % 2 === 1 && TRACE_LABELS.has(all[i - 1]!) ? text.toLowerCase() : text,
  );
  builder.exemplars.push({ series: ref, timeMs, value: exemplar.value, labels });
}

/** The protocol's numbers of metric types, which are the same in both versions. */
const METRIC_TYPES: readonly MetricType[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];
const MAX_METADATA_LENGTH = 4_096;

/** Adds what is said about a family; the first of a request counts. */
export function takeMetadata(
  builder: WriteBuilder,
  metric: string,
  type: number,
  unit: string,
  help: string,
): void {
  if (metric === "" || builder.metadata.has(metric)) return;
  builder.metadata.set(metric, {
    metric: metric.slice(0, MAX_METADATA_LENGTH),
    type: METRIC_TYPES[type] ?? "unknown",
    unit: unit.slice(0, MAX_METADATA_LENGTH),
    help: help.slice(0, MAX_METADATA_LENGTH),
  });
}
