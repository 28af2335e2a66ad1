import type { SpanEvent, SpanLink } from "../../model/span-batch.ts";
import { eachOf, type JsonReader, readAttributes, shared } from "./any-value-json.ts";
import { type AttributeSink, createAttributeSink, cutText, takeAttributes } from "./attribute-sink.ts";
import { countItem } from "./decode-tally.ts";
import {
  enumField,
  idField,
  type JsonObject,
  objectField,
  textField,
  uint32Field,
  uint64Field,
} from "./json-fields.ts";
import { createSpanDraft, resetSpanDraft, type SpanDraft } from "./span-draft.ts";
import type { SpanLimits } from "./span-limits.ts";
import { isStorableEventTime, isStorableLink } from "./validate-span.ts";

/** Everything that decoding the spans of one request needs. */
export interface TraceJsonReader extends JsonReader {
  readonly limits: SpanLimits;
  readonly draft: SpanDraft;
  /** The attributes of the span, and those of the event or link inside it. */
  readonly spanSink: AttributeSink;
  readonly innerSink: AttributeSink;
}

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUSES = ["UNSET", "OK", "ERROR"];

export function createTraceJsonReader(base: JsonReader & { readonly limits: SpanLimits }): TraceJsonReader {
  return {
    ...base,
    draft: createSpanDraft(),
    spanSink: createAttributeSink(),
    innerSink: createAttributeSink(),
  };
}

/** Reads a Span into `from.draft`. */
export function readSpan(from: TraceJsonReader, span: JsonObject): void {
  const { draft, spanSink } = from;
  resetSpanDraft(draft);
  draft.traceIdLength = idField(span, "traceId", "trace_id", draft.traceId);
  draft.spanIdLength = idField(span, "spanId", "span_id", draft.spanId);
  draft.parentSpanIdLength = idField(span, "parentSpanId", "parent_span_id", draft.parentSpanId);
  draft.traceState = textField(span, "traceState", "trace_state");
  draft.flags = uint32Field(span, "flags");
  draft.name = shared(from, textField(span, "name"));
  draft.kind = enumField(span, "kind", "SPAN_KIND_", KINDS);
  const start = uint64Field(span, "startTimeUnixNano", "start_time_unix_nano");
  draft.startLow = Number(start & 0xffff_ffffn);
  draft.startHigh = Number(start >> 32n);
  const end = uint64Field(span, "endTimeUnixNano", "end_time_unix_nano");
  draft.endLow = Number(end & 0xffff_ffffn);
  draft.endHigh = Number(end >> 32n);
  readStatus(from, span);
  readAttributes(from, span, spanSink);
  draft.droppedAttributes = droppedCount(span) + spanSink.dropped;
  draft.attributes = takeAttributes(spanSink);
  draft.droppedEvents = uint32Field(span, "droppedEventsCount", "dropped_events_count");
  draft.droppedLinks = uint32Field(span, "droppedLinksCount", "dropped_links_count");
  const events: SpanEvent[] = [];
  eachOf(from, span, "events", "events", (event) => readEvent(from, event, events));
  if (events.length > 0) draft.events = events;
  const links: SpanLink[] = [];
  eachOf(from, span, "links", "links", (link) => readLink(from, link, links));
  if (links.length > 0) draft.links = links;
}

function droppedCount(object: JsonObject): number {
  return uint32Field(object, "droppedAttributesCount", "dropped_attributes_count");
}

function readStatus(from: TraceJsonReader, span: JsonObject): void {
  const status = objectField(span, "status");
  if (status === undefined) return;
  from.path.push("status");
  from.draft.status = enumField(status, "code", "STATUS_CODE_", STATUSES);
  from.draft.statusMessage = textField(status, "message");
  from.path.pop();
}

function readEvent(from: TraceJsonReader, event: JsonObject, events: SpanEvent[]): void {
  const { draft, limits, tally, innerSink } = from;
  if (events.length >= limits.eventsPerSpan) {
    draft.droppedEvents += 1;
    tally.droppedEvents += 1;
    return;
  }
  countItem(tally);
  const timeUnixNano = uint64Field(event, "timeUnixNano", "time_unix_nano");
  const name = shared(from, textField(event, "name"));
  readAttributes(from, event, innerSink);
  const droppedAttributes = Math.min(droppedCount(event) + innerSink.dropped, 0xffff_ffff);
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

function readLink(from: TraceJsonReader, link: JsonObject, links: SpanLink[]): void {
  const { draft, limits, tally, innerSink } = from;
  if (links.length >= limits.linksPerSpan) {
    draft.droppedLinks += 1;
    tally.droppedLinks += 1;
    return;
  }
  countItem(tally);
  const traceId = new Uint8Array(16);
  const spanId = new Uint8Array(8);
  const traceIdLength = idField(link, "traceId", "trace_id", traceId);
  const spanIdLength = idField(link, "spanId", "span_id", spanId);
  const traceState = cutText(
    textField(link, "traceState", "trace_state"),
    limits.attributeValueLength,
    tally,
  );
  const flags = uint32Field(link, "flags");
  readAttributes(from, link, innerSink);
  const droppedAttributes = Math.min(droppedCount(link) + innerSink.dropped, 0xffff_ffff);
  const attributes = takeAttributes(innerSink);
  if (isStorableLink(traceIdLength, spanIdLength)) {
    links.push({ traceId, spanId, traceState, attributes, droppedAttributes, flags });
  } else {
    draft.droppedLinks += 1;
    tally.droppedLinks += 1;
  }
}
