import type { Labels } from "../model/labels.ts";
import type { QueryOutcome, QueryValue } from "../promql/query-request.ts";
import type { Grid, GridSeries, RawSeries } from "../promql/value.ts";

type Answered = Extract<QueryOutcome, { kind: "answered" }>;
type Histograms = GridSeries["histograms"];

/** Series with their numbers in two common arrays, of which a few are sent faster than thousands of small ones. */
interface PackedVector {
  readonly type: "packed-vector";
  readonly grid: Grid;
  readonly labels: readonly Labels[];
  /** Series after series, each with `grid.steps` values. */
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** Left out when no series has any. */
  readonly histograms?: readonly Histograms[];
}

interface PackedMatrix {
  readonly type: "packed-matrix";
  readonly labels: readonly Labels[];
  /** Where the samples of the next series begin. */
  readonly ends: Float64Array;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly histograms?: readonly Histograms[];
}

type PackedValue = Exclude<QueryValue, { type: "vector" | "matrix" }> | PackedVector | PackedMatrix;

/** An outcome as it crosses threads. */
export type PackedOutcome =
  | Exclude<QueryOutcome, Answered>
  | (Omit<Answered, "value"> & { readonly value: PackedValue });

/** Packs an outcome; `transfer` are the buffers that may be handed over. */
export function packOutcome(outcome: QueryOutcome): {
  readonly packed: PackedOutcome;
  readonly transfer: readonly ArrayBuffer[];
} {
  if (outcome.kind !== "answered") return { packed: outcome, transfer: [] };
  const { value } = outcome;
  if (value.type !== "vector" && value.type !== "matrix") {
    return { packed: { ...outcome, value }, transfer: [] };
  }
  const packed = value.type === "vector" ? packVector(value.grid, value.series) : packMatrix(value.series);
  const arrays =
    packed.type === "packed-vector"
      ? [packed.values, packed.present]
      : [packed.ends, packed.timesMs, packed.values];
  const transfer = arrays.map((array) => array.buffer as ArrayBuffer);
  return { packed: { ...outcome, value: packed }, transfer };
}

export function unpackOutcome(packed: PackedOutcome): QueryOutcome {
  if (packed.kind !== "answered") return packed;
  const { value } = packed;
  if (value.type === "packed-vector") {
    return { ...packed, value: { type: "vector", grid: value.grid, series: unpackVector(value) } };
  }
  if (value.type === "packed-matrix") {
    return { ...packed, value: { type: "matrix", series: unpackMatrix(value) } };
  }
  return { ...packed, value };
}

function packVector(grid: Grid, series: readonly GridSeries[]): PackedVector {
  const { steps } = grid;
  const values = new Float64Array(series.length * steps);
  const present = new Uint8Array(series.length * steps);
  series.forEach((one, i) => {
    values.set(one.values, i * steps);
    present.set(one.present, i * steps);
  });
  const labels = series.map((one) => one.labels);
  return { type: "packed-vector", grid, labels, values, present, ...packHistograms(series) };
}

function unpackVector({ grid, labels, values, present, histograms }: PackedVector): GridSeries[] {
  const { steps } = grid;
  return labels.map((own, i) => ({
    labels: own,
    values: values.subarray(i * steps, (i + 1) * steps),
    present: present.subarray(i * steps, (i + 1) * steps),
    ...unpackHistograms(histograms?.[i]),
  }));
}

/** Staleness markers are left out of a result, and so are their flags. */
function packMatrix(series: readonly RawSeries[]): PackedMatrix {
  const ends = new Float64Array(series.length);
  let total = 0;
  series.forEach((one, i) => {
    total += one.timesMs.length;
    ends[i] = total;
  });
  const timesMs = new Float64Array(total);
  const values = new Float64Array(total);
  series.forEach((one, i) => {
    const start = ends[i]! - one.timesMs.length;
    timesMs.set(one.timesMs, start);
    values.set(one.values, start);
  });
  const labels = series.map((one) => one.labels);
  return { type: "packed-matrix", labels, ends, timesMs, values, ...packHistograms(series) };
}

function unpackMatrix({ labels, ends, timesMs, values, histograms }: PackedMatrix): RawSeries[] {
  return labels.map((own, i) => {
    const start = i === 0 ? 0 : ends[i - 1]!;
    return {
      labels: own,
      timesMs: timesMs.subarray(start, ends[i]),
      values: values.subarray(start, ends[i]),
      ...unpackHistograms(histograms?.[i]),
    };
  });
}

function packHistograms(
  series: readonly { readonly histograms?: Histograms }[],
): Pick<PackedVector, "histograms"> {
  if (!series.some((one) => one.histograms !== undefined)) return {};
  return { histograms: series.map((one) => one.histograms) };
}

function unpackHistograms(histograms: Histograms): Pick<GridSeries, "histograms"> {
  return histograms === undefined ? {} : { histograms };
}
