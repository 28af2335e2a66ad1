import type { FloatSamples, SeriesRef } from "../../model/sample-batch.ts";
import { readVarint, skipField, type WireReader, readFixed, readTag } from "../otlp/wire-reader.ts";

/** Float samples while a request is decoded; used again for the next one. */
export interface SampleColumns {
  count: number;
  series: Uint32Array<ArrayBuffer>;
  timesMs: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  /** The bits of `values`: numbers lose those of a NaN. */
  bits: Int32Array<ArrayBuffer>;
  startsMs: Float64Array<ArrayBuffer>;
  hasStarts: boolean;
}

const FIRST_ROWS = 4_096;
/** More are not kept for the next request. */
const KEPT_ROWS = 262_144;

export function createSampleColumns(): SampleColumns {
  return { count: 0, hasStarts: false, ...emptyRows(FIRST_ROWS) };
}

function emptyRows(rows: number): Omit<SampleColumns, "count" | "hasStarts"> {
  const values = new Float64Array(rows);
  return {
    series: new Uint32Array(rows),
    timesMs: new Float64Array(rows),
    values,
    bits: new Int32Array(values.buffer),
    startsMs: new Float64Array(rows),
  };
}

export function resetColumns(columns: SampleColumns): void {
  columns.count = 0;
  columns.hasStarts = false;
  if (columns.series.length > KEPT_ROWS) Object.assign(columns, emptyRows(FIRST_ROWS));
}

function makeRoom(columns: SampleColumns): void {
  if (columns.count < columns.series.length) return;
  const larger = emptyRows(columns.series.length * 2);
  larger.series.set(columns.series);
  larger.timesMs.set(columns.timesMs);
  larger.bits.set(columns.bits);
  larger.startsMs.set(columns.startsMs);
  Object.assign(columns, larger);
}

/** The rows so far, on their own. */
export function takeSamples(columns: SampleColumns): FloatSamples {
  const { count } = columns;
  const samples = {
    count,
    series: columns.series.slice(0, count),
    timesMs: columns.timesMs.slice(0, count),
    values: columns.values.slice(0, count),
  };
  return columns.hasStarts ? { ...samples, startsMs: columns.startsMs.slice(0, count) } : samples;
}

/** Fields 1 (value), 2 (time) and 3 (start, in 2.0). */
const SAMPLE_FIELDS = 0b1110;

/**
 * Reads a Sample that ends at `end` into the row after the last one, which counts only when `count` is raised. Gives its
 * time, in milliseconds since the epoch.
 */
export function readSample(columns: SampleColumns, ref: SeriesRef, reader: WireReader, end: number): number {
  makeRoom(columns);
  const row = columns.count;
  const { bytes, view, position } = reader;
  columns.series[row] = ref;
  columns.startsMs[row] = 0;
  // As encoders write it: the value, then the time, which takes 6 bytes from 2004 to 2109.
  if (end - position === 16 && bytes[position] === 0x09 && bytes[position + 9] === 0x10) {
    const low = view.getInt32(position + 10, true);
    const high = view.getUint16(position + 14, true);
    if ((low & 0x8080_8080) === (0x8080_8080 | 0) && (high & 0x8080) === 0x0080) {
      columns.bits[2 * row] = view.getInt32(position + 1, true);
      columns.bits[2 * row + 1] = view.getInt32(position + 5, true);
      const lower =
        (low & 0x7f) | ((low >>> 1) & 0x3f80) | ((low >>> 2) & 0x1f_c000) | ((low >>> 3) & 0xfe0_0000);
      const timeMs = ((high & 0x7f) | ((high >>> 1) & 0x3f80)) * 0x1000_0000 + lower;
      columns.timesMs[row] = timeMs;
      reader.position = end;
      return timeMs;
    }
  }
  return readAnySample(columns, row, reader, end);
}

function readAnySample(columns: SampleColumns, row: number, reader: WireReader, end: number): number {
  columns.values[row] = 0;
  let timeMs = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x09) {
      const at = readFixed(reader, end, 8);
      columns.bits[2 * row] = reader.view.getInt32(at, true);
      columns.bits[2 * row + 1] = reader.view.getInt32(at + 4, true);
    } else if (tag === 0x10) timeMs = readTimeMs(reader, end);
    else if (tag === 0x18) {
      columns.startsMs[row] = readTimeMs(reader, end);
      columns.hasStarts = true;
    } else skipField(reader, tag, end, SAMPLE_FIELDS);
  }
  columns.timesMs[row] = timeMs;
  return timeMs;
}

/** An int64 as a number; beyond 2^53 it is not exact, and no time that is accepted. */
export function readTimeMs(reader: WireReader, end: number): number {
  const low = readVarint(reader, end);
  return (reader.high | 0) * 4_294_967_296 + low;
}
