import { type Attributes, AttributeType, type AttributeValue } from "../../model/attributes.ts";
import type { Scope, SpanEvent, SpanLink } from "../../model/span-batch.ts";
import type { Span } from "../../model/span.ts";
import { groupSpans, type ResourceGroup } from "./group-spans.ts";
import { ProtoWriter } from "./proto-writer.ts";

/** `PartialStatus.PARTIAL` of Tempo's protobuf. */
const PARTIAL = 1;

/** Tempo's `Trace`, which has the fields of OTLP's TracesData. */
export function encodeTrace(spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  const out = new ProtoWriter();
  writeTrace(out, spans);
  return out.finish();
}

/** Tempo's `TraceByIDResponse`. `message` says what is missing; undefined where the trace is complete. */
export function encodeTraceResponse(
  spans: readonly Span[],
  message: string | undefined,
): Uint8Array<ArrayBuffer> {
  const out = new ProtoWriter();
  if (message !== undefined) {
    out.text(4, message);
    out.int(3, PARTIAL);
  }
  out.message(1, () => writeTrace(out, spans));
  return out.finish();
}

/** Last to first, as the writer wants it; so everywhere below. */
function writeTrace(out: ProtoWriter, spans: readonly Span[]): void {
  for (const group of groupSpans(spans).toReversed()) {
    out.message(1, () => writeResourceSpans(out, group));
  }
}

function writeResourceSpans(out: ProtoWriter, { resource, scopes }: ResourceGroup): void {
  out.text(3, resource.schemaUrl);
  for (const { scope, spans } of scopes.toReversed()) {
    out.message(2, () => {
      out.text(3, scope.schemaUrl);
      for (const span of spans.toReversed()) out.message(2, () => writeSpan(out, span));
      out.message(1, () => writeScope(out, scope));
    });
  }
  out.message(1, () => writeAttributes(out, 1, resource.attributes));
}

function writeScope(out: ProtoWriter, { name, version, attributes }: Scope): void {
  writeAttributes(out, 3, attributes);
  out.text(2, version);
  out.text(1, name);
}

function writeSpan(out: ProtoWriter, span: Span): void {
  out.fixed32(16, span.flags);
  if (span.status !== 0 || span.statusMessage !== "") {
    out.message(15, () => {
      out.int(3, span.status);
      out.text(2, span.statusMessage);
    });
  }
  out.int(14, span.droppedLinks);
  for (const link of span.links.toReversed()) out.message(13, () => writeLink(out, link));
  out.int(12, span.droppedEvents);
  for (const event of span.events.toReversed()) out.message(11, () => writeEvent(out, event));
  out.int(10, span.droppedAttributes);
  writeAttributes(out, 9, span.attributes);
  out.fixed64(8, span.endUnixNano);
  out.fixed64(7, span.startUnixNano);
  out.int(6, span.kind);
  out.text(5, span.name);
  out.hex(4, span.parentSpanId);
  out.text(3, span.traceState);
  out.hex(2, span.spanId);
  out.hex(1, span.traceId);
}

function writeEvent(out: ProtoWriter, event: SpanEvent): void {
  out.int(4, event.droppedAttributes);
  writeAttributes(out, 3, event.attributes);
  out.text(2, event.name);
  out.fixed64(1, event.timeUnixNano);
}

function writeLink(out: ProtoWriter, link: SpanLink): void {
  out.fixed32(6, link.flags);
  out.int(5, link.droppedAttributes);
  writeAttributes(out, 4, link.attributes);
  out.text(3, link.traceState);
  out.bytes(2, link.spanId);
  out.bytes(1, link.traceId);
}

function writeAttributes(out: ProtoWriter, field: number, { keys, types, values }: Attributes): void {
  for (let i = keys.length - 1; i >= 0; i -= 1) {
    out.message(field, () => {
      out.message(2, () => writeValue(out, types[i]!, values[i]!));
      out.text(1, keys[i]!);
    });
  }
}

function writeValue(out: ProtoWriter, type: AttributeType, value: AttributeValue): void {
  switch (type) {
    case AttributeType.string:
      return out.setText(1, value as string);
    case AttributeType.bool:
      return out.setInt(2, value === true ? 1 : 0);
    case AttributeType.int:
      return out.setInt(3, value as number | bigint);
    case AttributeType.double:
      return out.setDouble(4, value as number);
    case AttributeType.json:
      return writeNested(out, JSON.parse(value as string) as NestedValue);
  }
}

/** An AnyValue as OTLP/JSON has it: with one member, or none. */
interface NestedValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly arrayValue?: { readonly values: readonly NestedValue[] };
  readonly kvlistValue?: {
    readonly values: readonly { readonly key: string; readonly value: NestedValue }[];
  };
  readonly bytesValue?: string;
}

function writeNested(out: ProtoWriter, value: NestedValue): void {
  const { arrayValue, kvlistValue } = value;
  if (value.stringValue !== undefined) out.setText(1, value.stringValue);
  if (value.boolValue !== undefined) out.setInt(2, value.boolValue ? 1 : 0);
  if (value.intValue !== undefined) out.setInt(3, BigInt(value.intValue));
  if (value.doubleValue !== undefined) out.setDouble(4, Number(value.doubleValue));
  if (value.bytesValue !== undefined) out.setBytes(7, Buffer.from(value.bytesValue, "base64"));
  if (arrayValue !== undefined) {
    out.message(5, () => {
      for (const item of arrayValue.values.toReversed()) out.message(1, () => writeNested(out, item));
    });
  }
  if (kvlistValue === undefined) return;
  out.message(6, () => {
    for (const entry of kvlistValue.values.toReversed()) {
      out.message(1, () => {
        out.message(2, () => writeNested(out, entry.value));
        out.text(1, entry.key);
      });
    }
  });
}
