import { labelValue, METRIC_NAME } from "../../model/labels.ts";
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
import type { DecodeWrite } from "./decode-write-v1.ts";
import { createKnownSeries, type KnownSeries } from "./known-series.ts";
import {
  createLabelReferences,
  keyOf,
  type LabelReferences,
  labelsOf,
  readReferences,
} from "./label-references.ts";
import { familyName } from "./metric-family.ts";
import { createSymbols, symbolId, type Symbols } from "./symbols.ts";
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

/** Series are known by the numbers of their labels' texts, which stay the same from request to request. */
interface Decoder {
  readonly symbols: Symbols;
  readonly known: KnownSeries;
  /** The labels being read. */
  readonly references: LabelReferences;
  /** Where the rows of the series being read begin. */
  firstRow: number;
  firstHistogram: number;
  createdMs: number;
  /** The metadata read last: most series of a request share theirs with the one before. */
  lastMetadata: { metric: string; type: number; help: number; unit: number };
}

const REQUEST_FIELDS = 0b11_1110;
const SERIES_FIELDS = 0b111_1110;
const EXEMPLAR_FIELDS = 0b1110;
const METADATA_FIELDS = 0b1_1010;

/** Decodes io.prometheus.write.v2.Request; see https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/. */
export function createV2Decoder(table: SeriesTable, rememberedBytes: number): DecodeWrite {
  const decoder: Decoder = {
    symbols: createSymbols(),
    known: createKnownSeries(table),
    references: createLabelReferences(),
    firstRow: 0,
    firstHistogram: 0,
    createdMs: 0,
    lastMetadata: { metric: "", type: 0, help: 0, unit: 0 },
  };
  return (builder, body) => {
    const { symbols, known } = decoder;
    if (symbols.usedBytes() + known.blocks.usedBytes() > rememberedBytes) {
      symbols.clear();
      known.clear();
    }
    const reader = createWireReader(body);
    readSymbols(symbols, reader, body.length);
    decoder.lastMetadata = { metric: "", type: 0, help: 0, unit: 0 };
    reader.position = 0;
    let last = -1;
    while (reader.position < body.length) {
      const tag = readTag(reader, body.length);
      if (tag === 0x2a) last = readSeries(decoder, builder, reader, readLength(reader, body.length), last);
      else if (tag === 0x22) reader.position = readLength(reader, body.length);
      else skipField(reader, tag, body.length, REQUEST_FIELDS);
    }
  };
}

/** All symbols come first, wherever they stand: what series refer to must be there. */
function readSymbols(symbols: Symbols, reader: WireReader, end: number): void {
  symbols.start();
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x22) {
      const symbolEnd = readLength(reader, end);
      symbols.add(reader.bytes, reader.position, symbolEnd);
      reader.position = symbolEnd;
    } else if (tag === 0x2a) reader.position = readLength(reader, end);
    else if (tag === 0x0a || tag === 0x1a) {
      const message = "this is prometheus.WriteRequest: leave the content type's proto parameter out";
      throw new WireError(message, reader.position - 1);
    } else skipField(reader, tag, end, REQUEST_FIELDS);
  }
}

function readSeries(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  last: number,
): number {
  decoder.firstRow = builder.columns.count;
  decoder.firstHistogram = builder.histograms.length;
  decoder.createdMs = 0;
  readReferences(decoder.references, decoder.symbols, reader, end);
  const block = findBlock(decoder, builder, last);
  const ref = block >= 0 ? decoder.known.refOf(block) : -1;
  while (reader.position < end) readSeriesField(decoder, builder, reader, end, ref);
  if (ref >= 0) builder.table.touch(ref, builder.nowMs);
  if (decoder.createdMs !== 0) applyCreated(decoder, builder);
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
  if (tag === 0x12) takeSample(builder, ref, reader, end);
  else if (tag === 0x1a) takeHistogram(builder, ref, reader, end);
  else if (tag === 0x22) readExemplar(decoder, builder, reader, readLength(reader, end), ref);
  else if (tag === 0x2a) readMetadata(decoder, builder, reader, readLength(reader, end), ref);
  else if (tag === 0x30) decoder.createdMs = readTimeMs(reader, end);
  else if (tag >>> 3 === 1) {
    throw new WireError("the labels of a series must come before its samples", reader.position - 1);
  } else skipField(reader, tag, end, SERIES_FIELDS);
}

/** The block of the labels just read, which is remembered with its series; -1 when the series is refused. */
function findBlock(decoder: Decoder, builder: WriteBuilder, last: number): number {
  const { known } = decoder;
  const { blocks } = known;
  const { bytes, size } = keyOf(decoder.references);
  const expected = blocks.expectedAfter(last);
  const isExpected =
    expected >= 0 && blocks.lengthOf(expected) === size && blocks.startsWith(expected, bytes, 0);
  if (isExpected && known.refOf(expected) >= 0) return expected;
  const hash = hashBytes(bytes, 0, size);
  const found = blocks.find(hash, bytes, 0, size);
  if (found >= 0 && known.refOf(found) >= 0) {
    blocks.follow(last, found);
    return found;
  }
  const ref = seriesOf(builder, labelsOf(decoder.references, decoder.symbols));
  if (ref < 0) return -1;
  const block = found >= 0 ? found : blocks.add(hash, bytes, 0, size);
  known.remember(block, ref);
  blocks.follow(last, block);
  return block;
}

/** The start of a series holds for those of its samples that have none of their own. */
function applyCreated(decoder: Decoder, builder: WriteBuilder): void {
  const { columns, histograms } = builder;
  for (let row = decoder.firstRow; row < columns.count; row += 1) {
    if (columns.startsMs[row] === 0) columns.startsMs[row] = decoder.createdMs;
    columns.hasStarts = true;
  }
  for (let i = decoder.firstHistogram; i < histograms.length; i += 1) {
    const histogram = histograms[i]!;
    if (histogram.startMs === 0) histograms[i] = { ...histogram, startMs: decoder.createdMs };
  }
}

function readExemplar(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  ref: SeriesRef,
): void {
  readReferences(decoder.references, decoder.symbols, reader, end);
  let value = 0;
  let timeMs = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x11) value = reader.view.getFloat64(readFixed(reader, end, 8), true);
    else if (tag === 0x18) timeMs = readTimeMs(reader, end);
    else skipField(reader, tag, end, EXEMPLAR_FIELDS);
  }
  takeExemplar(builder, ref, { labels: labelsOf(decoder.references, decoder.symbols), value, timeMs });
}

function readMetadata(
  decoder: Decoder,
  builder: WriteBuilder,
  reader: WireReader,
  end: number,
  ref: SeriesRef,
): void {
  const { symbols } = decoder;
  let type = 0;
  let help = 0;
  let unit = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 0x08) type = readVarint(reader, end);
    else if (tag === 0x18) help = readVarint(reader, end);
    else if (tag === 0x20) unit = readVarint(reader, end);
    else skipField(reader, tag, end, METADATA_FIELDS);
  }
  if (ref < 0 || (type === 0 && help === 0 && unit === 0)) return;
  const last = decoder.lastMetadata;
  const metric = labelValue(builder.table.labels(ref), METRIC_NAME);
  if (last.metric === metric && last.type === type && last.help === help && last.unit === unit) return;
  decoder.lastMetadata = { metric, type, help, unit };
  const helpText = symbols.text(symbolId(symbols, help, reader.position));
  const unitText = symbols.text(symbolId(symbols, unit, reader.position));
  takeMetadata(builder, familyName(metric, type), type, unitText, helpText);
}
