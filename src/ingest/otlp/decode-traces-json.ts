import { stringAttribute } from "../../model/attributes.ts";
import type { TimestampMs } from "../../model/time.ts";
import { eachOf, type JsonReader, readAttributes } from "./any-value-json.ts";
import { createAttributeSink, takeAttributes } from "./attribute-sink.ts";
import type { DecodeResult } from "./decode-result.ts";
import { countItem, createDecodeTally } from "./decode-tally.ts";
import { asObject, type JsonObject, objectField, textField } from "./json-fields.ts";
import { jsonDecodeError, parseJsonBody } from "./parse-json-body.ts";
import { createSpanBatchBuilder, type SpanBatchBuilder } from "./span-batch-builder.ts";
import { createTraceJsonReader, readSpan, type TraceJsonReader } from "./span-json.ts";
import type { SpanLimits } from "./span-limits.ts";

const BYTES_PER_SPAN = 512;

/**
 * Decodes an ExportTraceServiceRequest in OTLP/JSON: hex ids, integer enumerations (names are tolerated), 64-bit
 * integers as strings or numbers. Unknown fields are ignored. `at` is the receiver's present.
 */
export function decodeTracesJson(body: Uint8Array, at: TimestampMs, limits: SpanLimits): DecodeResult {
  const parsed = parseJsonBody(body, limits);
  if (parsed.kind === "failed") return parsed;
  const tally = createDecodeTally(limits);
  const base: JsonReader & { readonly limits: SpanLimits } = { path: [], limits, tally, strings: new Map() };
  const from = createTraceJsonReader(base);
  const expectedSpans = Math.min(body.length / BYTES_PER_SPAN, 4_096);
  const builder = createSpanBatchBuilder({ at, limits, tally, expectedSpans });
  try {
    const request = asObject(parsed.value);
    eachOf(from, request, "resourceSpans", "resource_spans", (resourceSpans) =>
      readResourceSpans(from, resourceSpans, builder),
    );
  } catch (error) {
    const known = jsonDecodeError(error, from.path);
    if (known !== undefined) return { kind: "failed", error: known };
    throw error;
  }
  return { kind: "decoded", ...builder.finish(), curtailed: tally };
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
