import { stringAttribute } from "../../model/attributes.ts";
import type { TimestampMs } from "../../model/time.ts";
import { eachOf, type JsonReader, readAttributes } from "./any-value-json.ts";
import { createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import type { DecodeError, DecodeResult } from "./decode-result.ts";
import { countItem, createDecodeTally, TooManyItems } from "./decode-tally.ts";
import {
  asObject,
  JsonFieldError,
  type JsonObject,
  objectField,
  pathText,
  textField,
} from "./json-fields.ts";
import { quoteLongIntegers, scanJson } from "./scan-json.ts";
import { createSpanBatchBuilder, type SpanBatchBuilder } from "./span-batch-builder.ts";
import { createTraceJsonReader, readSpan, type TraceJsonReader } from "./span-json.ts";
import type { SpanLimits } from "./span-limits.ts";

/** Depth of everything around an attribute value; each array or map in a value adds four. */
const DEPTH_AROUND_VALUES = 24;
const DEPTH_PER_VALUE = 4;
/** Objects, arrays and commas for each item that is allowed: an attribute has four, and outnumbers the rest. */
const TOKENS_PER_ITEM = 4;
/** What no limit on items goes below: a few spans without attributes have more tokens for each item. */
const LEAST_MAX_TOKENS = 100_000;
const BYTES_PER_SPAN = 512;

/**
 * Decodes an ExportTraceServiceRequest in OTLP/JSON: hex ids, integer enumerations (names are tolerated), 64-bit
 * integers as strings or numbers. Unknown fields are ignored. `at` is the receiver's present.
 */
export function decodeTracesJson(body: Uint8Array, at: TimestampMs, limits: SpanLimits): DecodeResult {
  const parsed = parse(body, limits);
  if (parsed.kind === "failed") return parsed;
  const tally = createDecodeTally(limits);
  const base: JsonReader = { path: [], limits, tally, strings: new Map() };
  const from = createTraceJsonReader(base);
  const expectedSpans = Math.min(body.length / BYTES_PER_SPAN, 4_096);
  const builder = createSpanBatchBuilder({ at, limits, tally, expectedSpans });
  try {
    const request = asObject(parsed.value);
    eachOf(from, request, "resourceSpans", "resource_spans", (resourceSpans) =>
      readResourceSpans(from, resourceSpans, builder),
    );
  } catch (error) {
    if (error instanceof JsonFieldError) {
      if (error.field !== "") from.path.push(error.field);
      return failed("malformed", error.message, pathText(from.path));
    }
    if (error instanceof TooManyItems) return failed("too_large", error.message, pathText(from.path));
    throw error;
  }
  return { kind: "decoded", ...builder.finish(), curtailed: tally };
}

function failed(kind: DecodeError["kind"], message: string, path: string): DecodeResult & { kind: "failed" } {
  return { kind: "failed", error: { kind, path, offset: undefined, message } };
}

type Parsed = { readonly kind: "parsed"; readonly value: unknown } | (DecodeResult & { kind: "failed" });

/** JSON.parse, bounded: what it would allocate is known before it starts. */
function parse(body: Uint8Array, limits: SpanLimits): Parsed {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const start = body.byteOffset + (hasMark ? 3 : 0);
  const bytes = Buffer.from(body.buffer, start, body.byteLength - (hasMark ? 3 : 0));
  if (bytes.length === 0) return { kind: "parsed", value: {} };
  const maxDepth = DEPTH_AROUND_VALUES + DEPTH_PER_VALUE * limits.valueDepth;
  const maxTokens = Math.max(LEAST_MAX_TOKENS, TOKENS_PER_ITEM * limits.itemsPerRequest);
  const scan = scanJson(bytes, maxDepth, maxTokens);
  if (scan.depth > maxDepth) return failed("malformed", "objects and arrays are nested too deeply", "");
  if (scan.tokens > maxTokens) return failed("too_large", new TooManyItems().message, "");
  try {
    return { kind: "parsed", value: JSON.parse(quoteLongIntegers(bytes, scan.longIntegers)) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position \d+/.exec(error.message)?.[0];
    const where = position === undefined ? "" : ` (${position})`;
    return failed("malformed", `the body is not valid JSON${where}`, "");
  }
}

function readResourceSpans(from: TraceJsonReader, object: JsonObject, builder: SpanBatchBuilder): void {
  builder.beginResource();
  const sink = createAttributeSink();
  const resource = objectField(object, "resource");
  if (resource !== undefined) {
    from.path.push("resource");
    readAttributes(from, resource, sink);
    from.path.pop();
  }
  const schemaUrl = textField(object, "schemaUrl", "schema_url");
  eachOf(from, object, "scopeSpans", "scope_spans", (scopeSpans) =>
    readScopeSpans(from, scopeSpans, builder),
  );
  builder.endResource(() => {
    const attributes = takeAttributes(sink);
    return { attributes, schemaUrl, serviceName: stringAttribute(attributes, "service.name") ?? "" };
  });
}

function readScopeSpans(from: TraceJsonReader, object: JsonObject, builder: SpanBatchBuilder): void {
  builder.beginScope();
  const sink = createAttributeSink();
  const scope = objectField(object, "scope") ?? {};
  from.path.push("scope");
  const name = textField(scope, "name");
  const version = textField(scope, "version");
  readAttributes(from, scope, sink);
  from.path.pop();
  const schemaUrl = textField(object, "schemaUrl", "schema_url");
  eachOf(from, object, "spans", "spans", (span) => {
    countItem(from.tally);
    readSpan(from, span);
    builder.append(from.draft);
  });
  builder.endScope(() => ({ name, version, attributes: takeAttributes(sink), schemaUrl }));
}
