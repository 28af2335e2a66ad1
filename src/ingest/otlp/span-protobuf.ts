import { AttributeType } from "../../model/attributes.ts";
import type { SpanEvent, SpanLink } from "../../model/span-batch.ts";
import { type AttributeReader, readAttribute, readString } from "./any-value-protobuf.ts";
import { type AttributeSink, createAttributeSink, cutText, takeAttributes } from "./attribute-sink.ts";
import { countItem, type DecodeTally } from "./decode-tally.ts";
import { isStorableEventTime, isStorableLink } from "./validate-span.ts";
import { createSpanDraft, resetSpanDraft, type SpanDraft } from "./span-draft.ts";
import type { SpanLimits } from "./span-limits.ts";
import type { StringTable } from "./string-table.ts";
import { createWireReader, readFixed, readLength, readTag, readVarint, skipField } from "./wire-reader.ts";

/** Everything that decoding one request needs. */
export interface TraceReader extends AttributeReader {
  readonly limits: SpanLimits;
  readonly draft: SpanDraft;
  /** The attributes of the span, and those of the event or link inside it. */
  readonly spanSink: AttributeSink;
  readonly innerSink: AttributeSink;
}

const SPAN_FIELDS = 0b1_1111_1111_1111_1110;
const STATUS_FIELDS = 0b1100;
const EVENT_FIELDS = 0b1_1110;
const LINK_FIELDS = 0b111_1110;
/** Tag of Span.flags: field 16, fixed32. */
const FLAGS_TAG = 133;

export function createTraceReader(
  body: Uint8Array,
  strings: StringTable,
  limits: SpanLimits,
  tally: DecodeTally,
): TraceReader {
  return {
    reader: createWireReader(body),
    strings,
    limits,
    tally,
    type: AttributeType.json,
    value: "",
    draft: createSpanDraft(),
    spanSink: createAttributeSink(),
    innerSink: createAttributeSink(),
  };
}

/** Reads the Span that ends at `end` into `from.draft`. */
export function readSpan(from: TraceReader, end: number): void {
  const { reader, draft, spanSink } = from;
  resetSpanDraft(draft);
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  while (reader.position < end) {
    const tag = readTag(reader, end);
    switch (tag) {
      case 10:
        draft.traceIdLength = readId(from, end, draft.traceId);
        break;
      case 18:
        draft.spanIdLength = readId(from, end, draft.spanId);
        break;
      case 26:
        draft.traceState = readString(from, end);
        break;
      case 34:
        draft.parentSpanIdLength = readId(from, end, draft.parentSpanId);
        break;
      case 42:
        draft.name = readString(from, end);
        break;
      case 57: {
        const offset = readFixed(reader, end, 8);
        draft.startLow = reader.view.getUint32(offset, true);
        draft.startHigh = reader.view.getUint32(offset + 4, true);
        break;
      }
      case 65: {
        const offset = readFixed(reader, end, 8);
        draft.endLow = reader.view.getUint32(offset, true);
        draft.endHigh = reader.view.getUint32(offset + 4, true);
        break;
      }
      case 74:
        readAttribute(from, end, spanSink);
        break;
      case 90:
        readEvent(from, readLength(reader, end), events);
        break;
      case 106:
        readLink(from, readLength(reader, end), links);
        break;
      case 122:
        readStatus(from, readLength(reader, end));
        break;
      default:
        readSpanNumber(from, tag, end);
    }
  }
  draft.droppedAttributes += spanSink.dropped;
  draft.attributes = takeAttributes(spanSink);
  if (events.length > 0) draft.events = events;
  if (links.length > 0) draft.links = links;
}

/** The numbers of a Span. Dropped counts add to what the limits dropped, whichever comes first on the wire. */
function readSpanNumber(from: TraceReader, tag: number, end: number): void {
  const { reader, draft } = from;
  if (tag === 48) draft.kind = readEnum(from, end);
  else if (tag === 80) draft.droppedAttributes += readVarint(reader, end);
  else if (tag === 96) draft.droppedEvents += readVarint(reader, end);
  else if (tag === 112) draft.droppedLinks += readVarint(reader, end);
  else if (tag === FLAGS_TAG) draft.flags = reader.view.getUint32(readFixed(reader, end, 4), true);
  else skipField(reader, tag, end, SPAN_FIELDS);
}

/** Negative values and those beyond 32 bits come out as numbers that no enumeration has. */
function readEnum(from: TraceReader, end: number): number {
  const low = readVarint(from.reader, end);
  return from.reader.high === 0 ? low : 0xffff_ffff;
}

/** Copies an id if it has the right length, and gives its length. */
function readId(from: TraceReader, end: number, into: Uint8Array): number {
  const { reader } = from;
  const idEnd = readLength(reader, end);
  const start = reader.position;
  reader.position = idEnd;
  const length = idEnd - start;
  if (length === into.length) for (let i = 0; i < length; i += 1) into[i] = reader.bytes[start + i]!;
  return length;
}

function readStatus(from: TraceReader, end: number): void {
  const { reader, draft } = from;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 18) draft.statusMessage = readString(from, end);
    else if (tag === 24) draft.status = readEnum(from, end);
    else skipField(reader, tag, end, STATUS_FIELDS);
  }
}

function readEvent(from: TraceReader, end: number, events: SpanEvent[]): void {
  const { reader, draft, limits, tally, innerSink } = from;
  if (events.length >= limits.eventsPerSpan) {
    draft.droppedEvents += 1;
    tally.droppedEvents += 1;
    reader.position = end;
    return;
  }
  countItem(tally);
  let timeUnixNano = 0n;
  let name = "";
  let droppedAttributes = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 9) timeUnixNano = reader.view.getBigUint64(readFixed(reader, end, 8), true);
    else if (tag === 18) name = readString(from, end);
    else if (tag === 26) readAttribute(from, end, innerSink);
    else if (tag === 32) droppedAttributes += readVarint(reader, end);
    else skipField(reader, tag, end, EVENT_FIELDS);
  }
  droppedAttributes = Math.min(droppedAttributes + innerSink.dropped, 0xffff_ffff);
  const attributes = takeAttributes(innerSink);
  if (isStorableEventTime(timeUnixNano)) {
    events.push({
      timeUnixNano,
      name: cutText(name, limits.nameLength, tally),
      attributes,
      droppedAttributes,
    });
  } else {
    draft.droppedEvents += 1;
    tally.droppedEvents += 1;
  }
}

function readLink(from: TraceReader, end: number, links: SpanLink[]): void {
  const { reader, draft, limits, tally, innerSink } = from;
  if (links.length >= limits.linksPerSpan) {
    draft.droppedLinks += 1;
    tally.droppedLinks += 1;
    reader.position = end;
    return;
  }
  countItem(tally);
  const link = { traceId: new Uint8Array(16), spanId: new Uint8Array(8), traceState: "", flags: 0 };
  let traceIdLength = 0;
  let spanIdLength = 0;
  let dropped = 0;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) traceIdLength = readId(from, end, link.traceId);
    else if (tag === 18) spanIdLength = readId(from, end, link.spanId);
    else if (tag === 26) link.traceState = cutText(readString(from, end), limits.attributeValueLength, tally);
    else if (tag === 34) readAttribute(from, end, innerSink);
    else if (tag === 40) dropped += readVarint(reader, end);
    else if (tag === 53) link.flags = reader.view.getUint32(readFixed(reader, end, 4), true);
    else skipField(reader, tag, end, LINK_FIELDS);
  }
  const droppedAttributes = Math.min(dropped + innerSink.dropped, 0xffff_ffff);
  const attributes = takeAttributes(innerSink);
  if (isStorableLink(traceIdLength, spanIdLength)) links.push({ ...link, attributes, droppedAttributes });
  else {
    draft.droppedLinks += 1;
    tally.droppedLinks += 1;
  }
}
