import { type Attributes, AttributeType, type AttributeValue } from "../../model/attributes.ts";
import type { Span } from "../../model/span.ts";
import { groupSpans } from "./group-spans.ts";

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUSES = ["UNSET", "OK", "ERROR"];

/**
 * Resource spans in Protocol Buffers' JSON, as Tempo answers: ids are base64, enums are names, 64-bit integers texts, and what
 * has its default value is left out.
 */
export function resourceSpansJson(spans: readonly Span[]): readonly object[] {
  return groupSpans(spans).map(({ resource, scopes }) =>
    set({
      resource: set({ attributes: attributesJson(resource.attributes) }),
      scopeSpans: scopes.map(({ scope, spans: ofScope }) =>
        set({
          scope: set({
            name: scope.name,
            version: scope.version,
            attributes: attributesJson(scope.attributes),
          }),
          spans: ofScope.map(spanJson),
          schemaUrl: scope.schemaUrl,
        }),
      ),
      schemaUrl: resource.schemaUrl,
    }),
  );
}

function spanJson(span: Span): object {
  return set({
    traceId: base64(span.traceId),
    spanId: base64(span.spanId),
    traceState: span.traceState,
    parentSpanId: base64(span.parentSpanId),
    flags: span.flags,
    name: span.name,
    kind: span.kind === 0 ? "" : `SPAN_KIND_${KINDS[span.kind] ?? KINDS[0]}`,
    startTimeUnixNano: String(span.startUnixNano),
    endTimeUnixNano: String(span.endUnixNano),
    attributes: attributesJson(span.attributes),
    droppedAttributesCount: span.droppedAttributes,
    events: span.events.map((event) =>
      set({
        timeUnixNano: String(event.timeUnixNano),
        name: event.name,
        attributes: attributesJson(event.attributes),
        droppedAttributesCount: event.droppedAttributes,
      }),
    ),
    droppedEventsCount: span.droppedEvents,
    links: span.links.map((link) =>
      set({
        traceId: Buffer.from(link.traceId).toString("base64"),
        spanId: Buffer.from(link.spanId).toString("base64"),
        traceState: link.traceState,
        attributes: attributesJson(link.attributes),
        droppedAttributesCount: link.droppedAttributes,
        flags: link.flags,
      }),
    ),
    droppedLinksCount: span.droppedLinks,
    status: {
      ...(span.statusMessage === "" ? {} : { message: span.statusMessage }),
      ...(span.status === 0 ? {} : { code: `STATUS_CODE_${STATUSES[span.status] ?? STATUSES[0]}` }),
    },
  });
}

const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");

/** Without members that say nothing. */
function set(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) => value !== "" && value !== 0 && !(Array.isArray(value) && value.length === 0),
    ),
  );
}

function attributesJson({ keys, types, values }: Attributes): readonly object[] {
  return keys.map((key, i) => ({ key, value: anyValueJson(types[i]!, values[i]!) }));
}

/** An AnyValue in Protocol Buffers' JSON. */
export function anyValueJson(type: AttributeType, value: AttributeValue): unknown {
  switch (type) {
    case AttributeType.string:
      return { stringValue: value };
    case AttributeType.int:
      return { intValue: String(value) };
    case AttributeType.double:
      return { doubleValue: Number.isFinite(value) ? value : String(value) };
    case AttributeType.bool:
      return { boolValue: value };
    case AttributeType.json:
      return JSON.parse(value as string);
  }
}
