import type { Resource, Scope } from "../../model/span-batch.ts";
import { stringAttribute } from "../../model/attributes.ts";
import type { TimestampMs } from "../../model/time.ts";
import { readAttribute, readString } from "./any-value-protobuf.ts";
import { type AttributeSink, createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import type { DecodeResult } from "./decode-result.ts";
import { countItem, createDecodeTally, TooManyItems } from "./decode-tally.ts";
import { createTraceReader, readSpan, type TraceReader } from "./span-protobuf.ts";
import type { SpanLimits } from "./span-limits.ts";
import { createSpanBatchBuilder, type SpanBatchBuilder } from "./span-batch-builder.ts";
import { createStringTable } from "./string-table.ts";
import { wirePath } from "./wire-path.ts";
import { readLength, readTag, readVarint, skipField, WireError } from "./wire-reader.ts";

const REQUEST_FIELDS = 0b10;
const RESOURCE_SPANS_FIELDS = 0b1110;
const SCOPE_SPANS_FIELDS = 0b1110;
const RESOURCE_FIELDS = 0b110;
const SCOPE_FIELDS = 0b1_1110;

/** A guess at the size of a span, for the first size of the columns. */
const BYTES_PER_SPAN = 256;

/** Shared by all requests: services send the same keys and names again and again. */
const strings = createStringTable();

/**
 * Decodes an ExportTraceServiceRequest. Fields that are not known are skipped; fields may come in any order; a message
 * that is there twice is merged, as protobuf has it. `at` is the receiver's present.
 */
export function decodeTracesProtobuf(body: Uint8Array, at: TimestampMs, limits: SpanLimits): DecodeResult {
  const tally = createDecodeTally(limits);
  const from = createTraceReader(body, strings, limits, tally);
  const expectedSpans = Math.min(body.length / BYTES_PER_SPAN, 4_096);
  const builder = createSpanBatchBuilder({ at, limits, tally, expectedSpans });
  try {
    readRequest(from, body.length, builder);
  } catch (error) {
    const { position } = from.reader;
    if (error instanceof WireError) {
      const path = wirePath(body, error.offset, "traces");
      const { offset, message } = error;
      return { kind: "failed", error: { kind: "malformed", path, offset, message } };
    }
    if (error instanceof TooManyItems) {
      const { message } = error;
      return { kind: "failed", error: { kind: "too_large", path: "", offset: position, message } };
    }
    throw error;
  }
  return { kind: "decoded", ...builder.finish(), curtailed: tally };
}

function readRequest(from: TraceReader, end: number, builder: SpanBatchBuilder): void {
  const { reader } = from;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) readResourceSpans(from, readLength(reader, end), builder);
    else skipField(reader, tag, end, REQUEST_FIELDS);
  }
}

function readResourceSpans(from: TraceReader, end: number, builder: SpanBatchBuilder): void {
  const { reader } = from;
  const sink = createAttributeSink();
  let schemaUrl = "";
  builder.beginResource();
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) readResource(from, readLength(reader, end), sink);
    else if (tag === 18) readScopeSpans(from, readLength(reader, end), builder);
    else if (tag === 26) schemaUrl = readString(from, end);
    else skipField(reader, tag, end, RESOURCE_SPANS_FIELDS);
  }
  builder.endResource((): Resource => {
    const attributes = takeAttributes(sink);
    return { attributes, schemaUrl, serviceName: stringAttribute(attributes, "service.name") ?? "" };
  });
}

function readResource(from: TraceReader, end: number, sink: AttributeSink): void {
  const { reader } = from;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) readAttribute(from, end, sink);
    else if (tag === 16) readVarint(reader, end);
    else skipField(reader, tag, end, RESOURCE_FIELDS);
  }
}

interface ScopeParts {
  name: string;
  version: string;
  readonly sink: AttributeSink;
}

function readScopeSpans(from: TraceReader, end: number, builder: SpanBatchBuilder): void {
  const { reader } = from;
  const parts: ScopeParts = { name: "", version: "", sink: createAttributeSink() };
  let schemaUrl = "";
  builder.beginScope();
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) readScope(from, readLength(reader, end), parts);
    else if (tag === 18) {
      countItem(from.tally);
      readSpan(from, readLength(reader, end));
      builder.append(from.draft);
    } else if (tag === 26) schemaUrl = readString(from, end);
    else skipField(reader, tag, end, SCOPE_SPANS_FIELDS);
  }
  builder.endScope((): Scope => ({
    name: parts.name,
    version: parts.version,
    attributes: takeAttributes(parts.sink),
    schemaUrl,
  }));
}

function readScope(from: TraceReader, end: number, parts: ScopeParts): void {
  const { reader } = from;
  while (reader.position < end) {
    const tag = readTag(reader, end);
    if (tag === 10) parts.name = readString(from, end);
    else if (tag === 18) parts.version = readString(from, end);
    else if (tag === 26) readAttribute(from, end, parts.sink);
    else if (tag === 32) readVarint(reader, end);
    else skipField(reader, tag, end, SCOPE_FIELDS);
  }
}
