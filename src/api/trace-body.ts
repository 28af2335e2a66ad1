import { type Attributes, AttributeType, type AttributeValue } from "../model/attributes.ts";
import type { SpanEvent, SpanLink } from "../model/span-batch.ts";
import { type Span, spanNanos } from "../model/span.ts";
import type { TraceAttributeBody, TraceBody } from "./trace-schema.ts";

const KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
const STATUSES = ["unset", "ok", "error"] as const;
const TYPES = ["string", "int", "double", "bool", "json"] as const;

/** The spans of one trace, one or more, as the API shows them. */
export function traceBody(spans: readonly Span[], isTruncated: boolean): TraceBody {
  const resources = [...new Set(spans.map(({ resource }) => resource))];
  const scopes = [...new Set(spans.map(({ scope }) => scope))];
  const resourceIndexes = new Map(resources.map((resource, i) => [resource, i]));
  const scopeIndexes = new Map(scopes.map((scope, i) => [scope, i]));
  const starts = spans.map(({ startUnixNano }) => startUnixNano);
  const ends = spans.map(({ endUnixNano }) => endUnixNano);
  return {
    traceId: spans[0]?.traceId ?? "",
    startUnixNano: String(starts.reduce((a, b) => (b < a ? b : a))),
    endUnixNano: String(ends.reduce((a, b) => (b > a ? b : a))),
    truncated: isTruncated,
    resources: resources.map(({ schemaUrl, attributes }) => ({
      schemaUrl,
      attributes: attributesBody(attributes),
    })),
    scopes: scopes.map(({ name, version, schemaUrl, attributes }) => ({
      name,
      version,
      schemaUrl,
      attributes: attributesBody(attributes),
    })),
    spans: spans.map((span) => ({
      ...spanBody(span),
      resource: resourceIndexes.get(span.resource) ?? 0,
      scope: scopeIndexes.get(span.scope) ?? 0,
    })),
  };
}

function spanBody(span: Span): Omit<TraceBody["spans"][number], "resource" | "scope"> {
  return {
    spanId: span.spanId,
    parentSpanId: span.parentSpanId === "" ? null : span.parentSpanId,
    name: span.name,
    service: span.resource.serviceName,
    kind: KINDS[span.kind] ?? "unspecified",
    status: STATUSES[span.status] ?? "unset",
    statusMessage: span.statusMessage,
    startUnixNano: String(span.startUnixNano),
    endUnixNano: String(span.endUnixNano),
    durationNanos: spanNanos(span),
    traceState: span.traceState,
    flags: span.flags,
    attributes: attributesBody(span.attributes),
    droppedAttributes: span.droppedAttributes,
    events: span.events.map(eventBody),
    droppedEvents: span.droppedEvents,
    links: span.links.map(linkBody),
    droppedLinks: span.droppedLinks,
  };
}

function eventBody({ timeUnixNano, name, attributes, droppedAttributes }: SpanEvent) {
  return {
    timeUnixNano: String(timeUnixNano),
    name,
    attributes: attributesBody(attributes),
    droppedAttributes,
  };
}

function linkBody(link: SpanLink) {
  return {
    traceId: Buffer.from(link.traceId).toString("hex"),
    spanId: Buffer.from(link.spanId).toString("hex"),
    traceState: link.traceState,
    flags: link.flags,
    attributes: attributesBody(link.attributes),
    droppedAttributes: link.droppedAttributes,
  };
}

/** Attributes as the API shows them. */
function attributesBody({ keys, types, values }: Attributes): TraceAttributeBody[] {
  return keys.map((key, i) => ({
    key,
    type: TYPES[types[i] ?? AttributeType.string],
    value: valueBody(types[i] ?? AttributeType.string, values[i] ?? ""),
  }));
}

function valueBody(type: AttributeType, value: AttributeValue): TraceAttributeBody["value"] {
  if (type === AttributeType.json) return JSON.parse(String(value)) as Record<string, unknown>;
  if (typeof value === "bigint") return String(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
