import type { Labels } from "../../model/labels.ts";
import type { SeriesRef } from "../../model/sample-batch.ts";
import {
  createWireReader,
  readFixed,
  readLength,
  readTag,
  readVarint,
  skipField,
  WireError,
  type WireReader,
} from "../otlp/wire-reader.ts";
import type { SeriesTable } from "../series-table.ts";
import { hashBytes } from "./byte-blocks.ts";
import { createKnownSeries, type KnownSeries, type LabelDraft, sortedLabels } from "./known-series.ts";
import { createTextTable, type TextTable } from "./text-table.ts";
import {
  endSeries,
  seriesOf,
  takeExemplar,
  takeHistogram,
  takeMetadata,
  takeSample,
  type WriteBuilder,
} from "./write-builder.ts";
import { readTimeMs } from "./write-columns.ts";

/** Decodes prometheus.WriteRequest; see https://prometheus.io/docs/specs/prw/remote_write_spec/. Throws WireError. */
export type DecodeWrite = (builder: WriteBuilder, body: Uint8Array) => void;

interface Decoder {
  readonly known: KnownSeries;
  readonly texts: TextTable;
  readonly labels: LabelDraft;
  /** Where the labels of the series that was parsed last lie in the body: start, length, …; `labels` has their texts. */
  readonly lastLabels: number[];
  readonly exemplarLabels: LabelDraft;
}

const REQUEST_FIELDS = 0b1010;
const SERIES_FIELDS = 0b11110;
const LABEL_FIELDS = 0b110;
const EXEMPLAR_FIELDS = 0b1110;
const METADATA_FIELDS = 0b11_0110;
/** Field 1 of a TimeSeries. */
const LABEL_TAG = 0x0a;

export function createV1Decoder(table: SeriesTable, rememberedBytes: number): DecodeWrite {
  const decoder: Decoder = {
    known: createKnownSeries(table),
    texts: createTextTable(),
    labels: { texts: [], count: 0 },
    lastLabels: [],
    exemplarLabels: { texts: [], count: 0 },
  };
  return (builder, body) => {
    if (decoder.known.blocks.usedBytes() > rememberedBytes) decoder.known.clear();
    const reader = createWireReader(body);
    const end = body.length;
    decoder.lastLabels.length = 0;
    let last = -1;
    while (reader.position < end) {
      const tag = readTag(reader, end);
      if (tag === 0x0a) last = readSeries(decoder, builder, reader, readLength(reader, end), last);
      else if (tag === 0x1a) readMetadata(decoder, builder, reader, readLength(reader, end));
      else if (tag === 0x22 || tag === 0x2a) {
        const message =
          "this is io.prometheus.write.v2.Request: say so in the content type's proto parameter";
        throw new WireError(message, reader.position - 1);
      } else skipField(reader, tag, end, REQUEST_FIELDS);
    }
  };
}

/** Reads a TimeSeries up to `end`. `last` is the label block before it; gives its own, or `last` when it was refused. */
function readSeries(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  last: number,
): number {
  const block = readBlock(decoder, builder, reader, end, last);
  const ref = block >= 0 ? decoder.known.refOf(block) : -1;
  const { bytes } = reader;
  while (reader.position < end) {
    // Almost always: one sample.
    if (bytes[reader.position] === 0x12) {
      reader.position += 1;
      takeSample(builder, ref, reader, end);
    } else readSeriesField(decoder, builder, reader, end, ref);
  }
  if (ref >= 0) builder.table.touch(ref, builder.nowMs);
  endSeries(builder);
  return block >= 0 ? block : last;
}

function readSeriesField(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  ref: SeriesRef,
): void {
  const tag = readTag(reader, end);
  if (tag === 0x1a) readExemplar(decoder, builder, reader, readLength(reader, end), ref);
  else if (tag === 0x22) takeHistogram(builder, ref, reader, end);
  else if (tag === LABEL_TAG) {
    throw new WireError("the labels of a series must come before its samples", reader.position - 1);
  } else skipField(reader, tag, end, SERIES_FIELDS);
}

/** The block of the labels that come next, which is remembered with its series; -1 when the series is refused. */
function readBlock(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  last: number,
): number {
  const { known } = decoder;
  const { blocks } = known;
  const { bytes, position: start } = reader;
  const expected = blocks.expectedAfter(last);
  if (expected >= 0) {
    const after = start + blocks.lengthOf(expected);
    const fits = after === end || (after < end && bytes[after] !== LABEL_TAG);
    if (fits && blocks.startsWith(expected, bytes, start) && known.refOf(expected) >= 0) {
      reader.position = after;
      return expected;
    }
  }
  while (reader.position < end && bytes[reader.position] === LABEL_TAG) {
    reader.position += 1;
    reader.position = readLength(reader, end);
  }
  const after = reader.position;
  const hash = hashBytes(bytes, start, after);
  const found = blocks.find(hash, bytes, start, after);
  if (found >= 0 && known.refOf(found) >= 0) {
    blocks.follow(last, found);
    return found;
  }
  reader.position = start;
  const ref = seriesOf(builder, readLabels(decoder, reader, after));
  if (ref < 0) return -1;
  const block = found >= 0 ? found : blocks.add(hash, bytes, start, after);
  known.remember(block, ref);
  blocks.follow(last, block);
  return block;
}

/** The Labels in [position, end), where nothing else is. Most are those of the series before: a comparison tells. */
function readLabels(decoder: Decoder, reader: WireReader, end: number): Labels {
  const { labels, lastLabels } = decoder;
  labels.count = 0;
  while (reader.position < end) {
    reader.position += 1;
    const labelEnd = readLength(reader, end);
    const start = reader.position;
    const at = labels.count;
    if (lastLabels[at + 1] === labelEnd - start && areSame(reader.view, lastLabels[at]!, start, labelEnd)) {
      labels.count = at + 2;
      reader.position = labelEnd;
    } else readLabel(decoder, reader, labelEnd, labels);
    lastLabels[at] = start;
    lastLabels[at + 1] = labelEnd - start;
  }
  return sortedLabels(labels);
}

/** Whether the bytes from `before` on are those of [start, end). */
function areSame(view: DataView, before: number, start: number, end: number): boolean {
  const back = start - before;
  let at = start;
  for (; at + 4 <= end; at += 4) if (view.getInt32(at, true) !== view.getInt32(at - back, true)) return false;
  for (; at < end; at += 1) if (view.getUint8(at) !== view.getUint8(at - back)) return false;
  return true;
}

function readLabel(decoder: Decoder, reader: WireReader, end: number, labels: LabelDraft): void {
  let name = "";
  let value = "";
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x0a) name = readString(decoder, reader, end);
    else if (tag === 0x12) value = readString(decoder, reader, end);
    else skipField(reader, tag, end, LABEL_FIELDS);
  }
  labels.texts[labels.count] = name;
  labels.texts[labels.count + 1] = value;
  labels.count += 2;
}

function readString(decoder: Decoder, reader: WireReader, end: number): string {
  const textEnd = readLength(reader, end);
  const start = reader.position;
  reader.position = textEnd;
  return decoder.texts.read(reader.bytes, start, textEnd);
}

function readExemplar(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  ref: SeriesRef,
): void {
  const labels = decoder.exemplarLabels;
  labels.count = 0;
  let value = 0;
  let timeMs = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x0a) readLabel(decoder, reader, readLength(reader, end), labels);
    else if (tag === 0x11) value = reader.view.getFloat64(readFixed(reader, end, 8), true);
    else if (tag === 0x18) timeMs = readTimeMs(reader, end);
    else skipField(reader, tag, end, EXEMPLAR_FIELDS);
  }
  takeExemplar(builder, ref, { labels: sortedLabels(labels), value, timeMs });
}

function readMetadata(decoder: Decoder, builder: WriteBuilder, reader: WireReader, end: number): void {
  let type = 0;
  let metric = "";
  let help = "";
  let unit = "";
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x08) type = readVarint(reader, end);
    else if (tag === 0x12) metric = readString(decoder, reader, end);
    else if (tag === 0x22) help = readString(decoder, reader, end);
    else if (tag === 0x2a) unit = readString(decoder, reader, end);
    else skipField(reader, tag, end, METADATA_FIELDS);
  }
  takeMetadata(builder, metric, type, unit, help);
}
