import type { Labels } from "../../model/labels.ts";
import { readLength, readVarint, WireError, type WireReader } from "../otlp/wire-reader.ts";
import { type LabelDraft, sortedLabels } from "./known-series.ts";
import { noSymbol, symbolId, type Symbols } from "./symbols.ts";

/** The labels of one series or exemplar of 2.0, as numbers of their texts (see Symbols): name, value, … */
export interface LabelReferences {
  ids: Int32Array<ArrayBuffer>;
  /** The same memory. */
  bytes: Buffer;
  count: number;
  readonly draft: LabelDraft;
}

const FIRST_IDS = 256;
/** Bytes of packed references: far more than any series may have labels. */
const MAX_PACKED_BYTES = 65_536;

export function createLabelReferences(): LabelReferences {
  const ids = new Int32Array(FIRST_IDS);
  return { ids, bytes: Buffer.from(ids.buffer), count: 0, draft: { texts: [], count: 0 } };
}

/** What the series is known by, for as long as the symbols keep their numbers. Valid until more is read. */
export function keyOf({ bytes, count }: LabelReferences): { bytes: Buffer; size: number } {
  return { bytes, size: 4 * count };
}

export function labelsOf({ ids, count, draft }: LabelReferences, symbols: Symbols): Labels {
  for (let i = 0; i < count; i += 1) draft.texts[i] = symbols.text(ids[i]!);
  draft.count = count;
  return sortedLabels(draft);
}

/** Reads the labels_refs that stand here, packed or not. Throws WireError. */
export function readReferences(
  references: LabelReferences,
  symbols: Symbols,
  reader: WireReader,
  end: number,
): void {
  references.count = 0;
  const { bytes } = reader;
  const start = reader.position;
  while (reader.position < end) {
    const tag = bytes[reader.position];
    if (tag !== 0x0a && tag !== 0x08) break;
    reader.position += 1;
    if (tag === 0x0a) readPacked(references, symbols, reader, readLength(reader, end));
    else {
      if (references.count === references.ids.length) enlarge(references);
      references.ids[references.count] = symbolId(symbols, readVarint(reader, end), reader.position);
      references.count += 1;
    }
  }
  if (references.count % 2 === 1) throw new WireError("the references of labels are not in pairs", start);
}

function readPacked(references: LabelReferences, symbols: Symbols, reader: WireReader, end: number): void {
  const { bytes } = reader;
  const symbolIds = symbols.ids();
  const symbolCount = symbols.count();
  const packedBytes = end - reader.position;
  if (packedBytes > MAX_PACKED_BYTES || references.count > MAX_PACKED_BYTES) {
    throw new WireError("one series has too many labels", reader.position);
  }
  // At most one reference a byte.
  while (references.count + packedBytes > references.ids.length) enlarge(references);
  const { ids } = references;
  let { count } = references;
  let at = reader.position;
  while (at < end) {
    let reference = bytes[at]!;
    const second = at + 1 < end ? bytes[at + 1]! : 0x80;
    if (reference < 0x80) at += 1;
    else if (second < 0x80) {
      reference = (reference & 0x7f) | (second << 7);
      at += 2;
    } else {
      reader.position = at;
      reference = readVarint(reader, end);
      at = reader.position;
    }
    if (reference >= symbolCount) throw noSymbol(reference, at);
    ids[count] = symbolIds[reference]!;
    count += 1;
  }
  references.count = count;
  reader.position = end;
}

function enlarge(references: LabelReferences): void {
  const ids = new Int32Array(references.ids.length * 2);
  ids.set(references.ids);
  references.ids = ids;
  references.bytes = Buffer.from(ids.buffer);
}
