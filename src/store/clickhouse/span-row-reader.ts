import {
  type Attributes,
  AttributeType,
  type AttributeValue,
  NO_ATTRIBUTES,
} from "../../model/attributes.ts";
import type { Resource, Scope, SpanEvent, SpanLink } from "../../model/span-batch.ts";
import type { Span } from "../../model/span.ts";
import { parseAttributesJson, plainInt } from "./parse-attributes-json.ts";
import { RowBinaryReader } from "./row-binary-reader.ts";

const MAPS = ["str", "int", "double", "bool", "json"] as const;
const mapsOf = (scope: "resource" | "span"): string => MAPS.map((type) => `${scope}_${type}`).join(", ");

/** What is selected of `spans` for `readSpanRows`, in its order. */
export const SPAN_COLUMNS = [
  "trace_id, span_id, parent_span_id, trace_state, flags, name, kind, status, status_message, start_time, end_time",
  `service, ${mapsOf("resource")}, resource_schema_url`,
  "scope_name, scope_version, scope_attributes, scope_schema_url",
  mapsOf("span"),
  "events_time, events_name, events_attributes, events_dropped_attributes",
  "links_trace_id, links_span_id, links_trace_state, links_attributes, links_dropped_attributes, links_flags",
  "dropped_attributes, dropped_events, dropped_links",
].join(",\n  ");

const NO_PARENT = "0".repeat(16);

/**
 * Spans from the RowBinary of a statement that selects SPAN_COLUMNS. Those of one resource, or of one scope, share the
 * object. Attributes of a span come by type, strings first; in events, links and scopes as they were sent.
 */
export function readSpanRows(bytes: Uint8Array): Span[] {
  const rows = new RowBinaryReader(bytes);
  const resources = new Map<string, Resource>();
  const scopes = new Map<string, Scope>();
  const spans: Span[] = [];
  while (!rows.atEnd) spans.push(readSpan(rows, resources, scopes));
  return spans;
}

function readSpan(rows: RowBinaryReader, resources: Map<string, Resource>, scopes: Map<string, Scope>): Span {
  const traceId = rows.hex(16);
  const spanId = rows.hex(8);
  const parent = rows.hex(8);
  return {
    traceId,
    spanId,
    parentSpanId: parent === NO_PARENT ? "" : parent,
    traceState: rows.string(),
    flags: rows.uint32(),
    name: rows.string(),
    kind: rows.uint8(),
    status: rows.uint8(),
    statusMessage: rows.string(),
    startUnixNano: rows.int64(),
    endUnixNano: rows.int64(),
    resource: shared(rows, resources, readResource),
    scope: shared(rows, scopes, readScope),
    attributes: readMaps(rows),
    events: readEvents(rows),
    links: readLinks(rows),
    droppedAttributes: rows.uint32(),
    droppedEvents: rows.uint32(),
    droppedLinks: rows.uint32(),
  };
}

/** The one copy of what came as the same bytes. */
function shared<T>(rows: RowBinaryReader, known: Map<string, T>, read: (rows: RowBinaryReader) => T): T {
  const start = rows.position;
  const value = read(rows);
  const key = rows.keySince(start);
  const before = known.get(key);
  if (before !== undefined) return before;
  known.set(key, value);
  return value;
}

function readResource(rows: RowBinaryReader): Resource {
  return { serviceName: rows.string(), attributes: readMaps(rows), schemaUrl: rows.string() };
}

function readScope(rows: RowBinaryReader): Scope {
  return {
    name: rows.string(),
    version: rows.string(),
    attributes: parseAttributesJson(rows.string()),
    schemaUrl: rows.string(),
  };
}

function readMaps(rows: RowBinaryReader): Attributes {
  const keys: string[] = [];
  const types: AttributeType[] = [];
  const values: AttributeValue[] = [];
  for (const type of MAPS) {
    for (let rest = rows.varint(); rest > 0; rest -= 1) {
      keys.push(rows.string());
      types.push(TYPE_OF[type]);
      values.push(READ_VALUE[type](rows));
    }
  }
  return keys.length === 0 ? NO_ATTRIBUTES : { keys, types, values };
}

const TYPE_OF: Readonly<Record<(typeof MAPS)[number], AttributeType>> = {
  str: AttributeType.string,
  int: AttributeType.int,
  double: AttributeType.double,
  bool: AttributeType.bool,
  json: AttributeType.json,
};

const READ_VALUE: Readonly<Record<(typeof MAPS)[number], (rows: RowBinaryReader) => AttributeValue>> = {
  str: (rows) => rows.string(),
  int: (rows) => plainInt(rows.int64()),
  double: (rows) => rows.float64(),
  bool: (rows) => rows.uint8() !== 0,
  json: (rows) => rows.string(),
};

function readArray<T>(rows: RowBinaryReader, read: () => T): T[] {
  const items: T[] = [];
  for (let rest = rows.varint(); rest > 0; rest -= 1) items.push(read());
  return items;
}

function readEvents(rows: RowBinaryReader): readonly SpanEvent[] {
  const times = readArray(rows, () => rows.int64());
  const names = readArray(rows, () => rows.string());
  const attributes = readArray(rows, () => parseAttributesJson(rows.string()));
  const dropped = readArray(rows, () => rows.uint32());
  return times.map((timeUnixNano, i) => ({
    timeUnixNano,
    name: names[i] ?? "",
    attributes: attributes[i] ?? NO_ATTRIBUTES,
    droppedAttributes: dropped[i] ?? 0,
  }));
}

function readLinks(rows: RowBinaryReader): readonly SpanLink[] {
  const traceIds = readArray(rows, () => rows.fixed(16));
  const spanIds = readArray(rows, () => rows.fixed(8));
  const states = readArray(rows, () => rows.string());
  const attributes = readArray(rows, () => parseAttributesJson(rows.string()));
  const dropped = readArray(rows, () => rows.uint32());
  const flags = readArray(rows, () => rows.uint32());
  return traceIds.map((traceId, i) => ({
    traceId,
    spanId: spanIds[i] ?? new Uint8Array(8),
    traceState: states[i] ?? "",
    attributes: attributes[i] ?? NO_ATTRIBUTES,
    droppedAttributes: dropped[i] ?? 0,
    flags: flags[i] ?? 0,
  }));
}
