import { AttributeType, type AttributeValue } from "../../model/attributes.ts";
import {
  arrayValueText,
  boolValueText,
  bytesValueText,
  doubleValueText,
  EMPTY_VALUE_TEXT,
  intValueText,
  keyValueText,
  kvlistValueText,
  stringValueText,
} from "./any-value-text.ts";
import { type AttributeSink, dropAttribute, isFull, putAttribute } from "./attribute-sink.ts";
import { countItem, type DecodeTally } from "./decode-tally.ts";
import type { AttributeLimits } from "./span-limits.ts";
import { readText, type StringTable } from "./string-table.ts";
import {
  readFixed,
  readInt64,
  readLength,
  readTag,
  readVarint,
  skipField,
  WireError,
  type WireReader,
} from "./wire-reader.ts";

/** What reading attributes needs; the value of the last AnyValue is left in `type` and `value`. */
export interface AttributeReader {
  readonly reader: WireReader;
  readonly strings: StringTable;
  readonly limits: AttributeLimits;
  readonly tally: DecodeTally;
  type: AttributeType;
  value: AttributeValue;
}

const KEY_VALUE_FIELDS = 0b110;
const ANY_VALUE_FIELDS = 0b1111_1110;
const VALUES_FIELD = 0b10;

/** Reads a length and the KeyValue after it into the sink. Beyond the limit it is counted, not read. */
export function readAttribute(from: AttributeReader, end: number, sink: AttributeSink): void {
  const { reader } = from;
  const entryEnd = readLength(reader, end);
  if (isFull(sink, from.limits)) {
    dropAttribute(sink, from.tally);
    reader.position = entryEnd;
    return;
  }
  countItem(from.tally);
  let key = "";
  from.type = AttributeType.json;
  from.value = EMPTY_VALUE_TEXT;
  while (reader.position < entryEnd) {
    const tag = readTag(reader, entryEnd);
    if (tag === 10) key = readString(from, entryEnd);
    else if (tag === 18) readAnyValue(from, readLength(reader, entryEnd));
    else skipField(reader, tag, entryEnd, KEY_VALUE_FIELDS);
  }
  putAttribute(sink, key, from.type, from.value, from.limits, from.tally);
}

/** Reads a length and the text after it. */
export function readString(from: AttributeReader, end: number): string {
  const { reader } = from;
  const textEnd = readLength(reader, end);
  const start = reader.position;
  reader.position = textEnd;
  return readText(from.strings, reader.bytes, start, textEnd);
}

/** Reads an AnyValue that ends at `end`; of several set fields the last counts, as protobuf has it. */
function readAnyValue(from: AttributeReader, end: number): void {
  const { reader } = from;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    switch (tag) {
      case 10:
        from.type = AttributeType.string;
        from.value = readString(from, end);
        break;
      case 16:
        from.type = AttributeType.bool;
        from.value = readBool(reader, end);
        break;
      case 24:
        from.type = AttributeType.int;
        from.value = readInt64(reader, end);
        break;
      case 33:
        from.type = AttributeType.double;
        from.value = reader.view.getFloat64(readFixed(reader, end, 8), true);
        break;
      case 42:
      case 50:
      case 58:
        from.type = AttributeType.json;
        from.value = nestedText(from, tag, end, 1);
        break;
      default:
        skipField(reader, tag, end, ANY_VALUE_FIELDS);
    }
  }
}

function readBool(reader: WireReader, end: number): boolean {
  return readVarint(reader, end) !== 0 || reader.high !== 0;
}

/** Text of an array (42), a key-value list (50) or bytes (58), whose tag was just read. */
function nestedText(from: AttributeReader, tag: number, end: number, depth: number): string {
  const { reader } = from;
  const start = reader.position;
  const valueEnd = readLength(reader, end);
  if (tag === 58) {
    const bytes = reader.bytes.subarray(reader.position, valueEnd);
    reader.position = valueEnd;
    return bytesValueText(bytes);
  }
  if (depth > from.limits.valueDepth) throw new WireError("arrays and maps are nested too deeply", start);
  const parts: string[] = [];
  while (reader.position < valueEnd) {
    const entryTag = readTag(reader, valueEnd);
    if (entryTag !== 10) {
      skipField(reader, entryTag, valueEnd, VALUES_FIELD);
      continue;
    }
    countItem(from.tally);
    const entryEnd = readLength(reader, valueEnd);
    parts.push(tag === 42 ? anyValueText(from, entryEnd, depth) : entryText(from, entryEnd, depth));
  }
  return tag === 42 ? arrayValueText(parts) : kvlistValueText(parts);
}

function entryText(from: AttributeReader, end: number, depth: number): string {
  const { reader } = from;
  let key = "";
  let value = EMPTY_VALUE_TEXT;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) key = readString(from, end);
    else if (tag === 18) value = anyValueText(from, readLength(reader, end), depth);
    else skipField(reader, tag, end, KEY_VALUE_FIELDS);
  }
  return keyValueText(key, value);
}

function anyValueText(from: AttributeReader, end: number, depth: number): string {
  const { reader } = from;
  let text = EMPTY_VALUE_TEXT;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) text = stringValueText(readString(from, end));
    else if (tag === 16) text = boolValueText(readBool(reader, end));
    else if (tag === 24) text = intValueText(readInt64(reader, end));
    else if (tag === 33) text = doubleValueText(reader.view.getFloat64(readFixed(reader, end, 8), true));
    else if (tag === 42 || tag === 50 || tag === 58) text = nestedText(from, tag, end, depth + 1);
    else skipField(reader, tag, end, ANY_VALUE_FIELDS);
  }
  return text;
}
