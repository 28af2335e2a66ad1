/**
 * Remote-write requests for tests and measurements: plain objects that can be written in both versions of the protocol,
 * independently of the decoders. Numbers that are 0 and texts that are empty are left out, as encoders do.
 */
export interface SampleWrite {
  readonly series: readonly SampleSeries[];
  /** For 1.0 alone: in 2.0 it goes with the series. */
  readonly metadata?: readonly {
    readonly metric: string;
    readonly type: number;
    readonly help: string;
    readonly unit: string;
  }[];
}

export type SamplePairs = readonly (readonly [name: string, value: string])[];

export interface SampleSeries {
  readonly labels: SamplePairs;
  /** `bits` stand for the value where it is a NaN with bits of its own. */
  readonly samples?: readonly {
    readonly timeMs: number;
    readonly value: number;
    readonly bits?: bigint;
    readonly startMs?: number;
  }[];
  readonly exemplars?: readonly {
    readonly labels: SamplePairs;
    readonly value: number;
    readonly timeMs: number;
  }[];
  readonly histograms?: readonly SampleHistogram[];
  /** For 2.0 alone. */
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit: string };
  readonly createdMs?: number;
}

export interface SampleHistogram {
  readonly timeMs: number;
  readonly isFloat: boolean;
  readonly count: number;
  readonly sum: number;
  readonly sumBits?: bigint;
  readonly schema: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positiveSpans?: readonly (readonly [offset: number, length: number])[];
  readonly negativeSpans?: readonly (readonly [offset: number, length: number])[];
  /** Absolute; written as deltas unless `isFloat`. */
  readonly positive?: readonly number[];
  readonly negative?: readonly number[];
  readonly customBounds?: readonly number[];
  readonly resetHint?: number;
  readonly startMs?: number;
}

export const STALE_BITS = 0x7ff0_0000_0000_0002n;

/** Collects the bytes of a message. */
type Bytes = number[];

function varint(out: Bytes, value: number | bigint): void {
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

function integer(out: Bytes, field: number, value: number | bigint): void {
  if (BigInt(value) === 0n) return;
  varint(out, field << 3);
  varint(out, value);
}

function double(out: Bytes, field: number, value: number, bits?: bigint): void {
  const bytes = Buffer.alloc(8);
  if (bits === undefined) bytes.writeDoubleLE(value);
  else bytes.writeBigUInt64LE(bits);
  if (bytes.every((byte) => byte === 0)) return;
  varint(out, (field << 3) | 1);
  out.push(...bytes);
}

function block(out: Bytes, field: number, bytes: Iterable<number> & { readonly length: number }): void {
  varint(out, (field << 3) | 2);
  varint(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}

function text(out: Bytes, field: number, value: string): void {
  if (value !== "") block(out, field, Buffer.from(value));
}

const zigzag = (value: number) => (value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));

function sampleBytes(sample: NonNullable<SampleSeries["samples"]>[number]): Bytes {
  const out: Bytes = [];
  double(out, 1, sample.value, sample.bits);
  integer(out, 2, sample.timeMs);
  integer(out, 3, sample.startMs ?? 0);
  return out;
}

function packedDoubles(out: Bytes, field: number, values: readonly number[]): void {
  if (values.length > 0) block(out, field, Buffer.from(Float64Array.from(values).buffer));
}

function side(
  out: Bytes,
  field: number,
  isFloat: boolean,
  spans: SampleHistogram["positiveSpans"] = [],
  counts: readonly number[] = [],
): void {
  for (const [offset, length] of spans) {
    const span: Bytes = [];
    integer(span, 1, zigzag(offset));
    integer(span, 2, length);
    block(out, field, span);
  }
  if (isFloat) packedDoubles(out, field + 2, counts);
  else if (counts.length > 0) {
    const deltas: Bytes = [];
    for (const [i, count] of counts.entries()) varint(deltas, zigzag(count - (i === 0 ? 0 : counts[i - 1]!)));
    block(out, field + 1, deltas);
  }
}

function histogramBytes(histogram: SampleHistogram): Bytes {
  const out: Bytes = [];
  const { isFloat } = histogram;
  if (isFloat) double(out, 2, histogram.count);
  else integer(out, 1, histogram.count);
  if (isFloat && histogram.count === 0) out.push(0x11, 0, 0, 0, 0, 0, 0, 0, 0);
  double(out, 3, histogram.sum, histogram.sumBits);
  integer(out, 4, zigzag(histogram.schema));
  double(out, 5, histogram.zeroThreshold ?? 0);
  if (isFloat) double(out, 7, histogram.zeroCount ?? 0);
  else integer(out, 6, histogram.zeroCount ?? 0);
  side(out, 8, isFloat, histogram.negativeSpans, histogram.negative);
  side(out, 11, isFloat, histogram.positiveSpans, histogram.positive);
  integer(out, 14, histogram.resetHint ?? 0);
  integer(out, 15, histogram.timeMs);
  packedDoubles(out, 16, histogram.customBounds ?? []);
  integer(out, 17, histogram.startMs ?? 0);
  return out;
}

/** As prometheus.WriteRequest. */
export function encodeWriteV1(request: SampleWrite): Buffer {
  const out: Bytes = [];
  const label = (into: Bytes, [name, value]: readonly [string, string]) => {
    const pair: Bytes = [];
    text(pair, 1, name);
    text(pair, 2, value);
    block(into, 1, pair);
  };
  for (const one of request.series) {
    const series: Bytes = [];
    for (const pair of one.labels) label(series, pair);
    for (const sample of one.samples ?? []) block(series, 2, sampleBytes(sample));
    for (const exemplar of one.exemplars ?? []) {
      const bytes: Bytes = [];
      for (const pair of exemplar.labels) label(bytes, pair);
      double(bytes, 2, exemplar.value);
      integer(bytes, 3, exemplar.timeMs);
      block(series, 3, bytes);
    }
    for (const histogram of one.histograms ?? []) block(series, 4, histogramBytes(histogram));
    block(out, 1, series);
  }
  for (const { metric, type, help, unit } of request.metadata ?? []) {
    const bytes: Bytes = [];
    integer(bytes, 1, type);
    text(bytes, 2, metric);
    text(bytes, 4, help);
    text(bytes, 5, unit);
    block(out, 3, bytes);
  }
  return Buffer.from(out);
}

/** As io.prometheus.write.v2.Request. */
export function encodeWriteV2(request: SampleWrite): Buffer {
  const symbols = new Map([["", 0]]);
  const refOf = (value: string) => {
    const known = symbols.get(value);
    if (known !== undefined) return known;
    symbols.set(value, symbols.size);
    return symbols.size - 1;
  };
  const labels = (into: Bytes, pairs: SamplePairs) => {
    const refs: Bytes = [];
    for (const pair of pairs) for (const value of pair) varint(refs, refOf(value));
    block(into, 1, refs);
  };
  const all: Bytes[] = [];
  for (const one of request.series) {
    const series: Bytes = [];
    labels(series, one.labels);
    for (const sample of one.samples ?? []) block(series, 2, sampleBytes(sample));
    for (const histogram of one.histograms ?? []) block(series, 3, histogramBytes(histogram));
    for (const exemplar of one.exemplars ?? []) {
      const bytes: Bytes = [];
      labels(bytes, exemplar.labels);
      double(bytes, 2, exemplar.value);
      integer(bytes, 3, exemplar.timeMs);
      block(series, 4, bytes);
    }
    if (one.metadata !== undefined) {
      const bytes: Bytes = [];
      integer(bytes, 1, one.metadata.type);
      integer(bytes, 3, refOf(one.metadata.help));
      integer(bytes, 4, refOf(one.metadata.unit));
      block(series, 5, bytes);
    }
    integer(series, 6, one.createdMs ?? 0);
    all.push(series);
  }
  const out: Bytes = [];
  for (const symbol of symbols.keys()) block(out, 4, Buffer.from(symbol));
  for (const series of all) block(out, 5, series);
  return Buffer.from(out);
}
