import { createWireReader, readLength, readTag, skipField, type WireReader } from "./wire-reader.ts";

interface Field {
  readonly name: string;
  readonly repeated: boolean;
  /** Set for fields that are messages. */
  readonly message?: MessageName;
}

type MessageName = keyof typeof MESSAGES;
type Message = Readonly<Record<number, Field>>;

const one = (name: string, message?: MessageName): Field =>
  message === undefined ? { name, repeated: false } : { name, repeated: false, message };
const many = (name: string, message: MessageName): Field => ({ name, repeated: true, message });

/** The messages of opentelemetry-proto 1.x that a trace request is made of, by field number. */
const MESSAGES: Readonly<
  Record<
    | "request"
    | "resourceSpans"
    | "resource"
    | "scopeSpans"
    | "scope"
    | "span"
    | "event"
    | "link"
    | "status"
    | "keyValue"
    | "anyValue"
    | "arrayValue"
    | "kvlist",
    Message
  >
> = {
  request: { 1: many("resourceSpans", "resourceSpans") },
  resourceSpans: { 1: one("resource", "resource"), 2: many("scopeSpans", "scopeSpans"), 3: one("schemaUrl") },
  resource: { 1: many("attributes", "keyValue"), 2: one("droppedAttributesCount") },
  scopeSpans: { 1: one("scope", "scope"), 2: many("spans", "span"), 3: one("schemaUrl") },
  scope: {
    1: one("name"),
    2: one("version"),
    3: many("attributes", "keyValue"),
    4: one("droppedAttributesCount"),
  },
  span: {
    1: one("traceId"),
    2: one("spanId"),
    3: one("traceState"),
    4: one("parentSpanId"),
    5: one("name"),
    6: one("kind"),
    7: one("startTimeUnixNano"),
    8: one("endTimeUnixNano"),
    9: many("attributes", "keyValue"),
    10: one("droppedAttributesCount"),
    11: many("events", "event"),
    12: one("droppedEventsCount"),
    13: many("links", "link"),
    14: one("droppedLinksCount"),
    15: one("status", "status"),
    16: one("flags"),
  },
  event: {
    1: one("timeUnixNano"),
    2: one("name"),
    3: many("attributes", "keyValue"),
    4: one("droppedAttributesCount"),
  },
  link: {
    1: one("traceId"),
    2: one("spanId"),
    3: one("traceState"),
    4: many("attributes", "keyValue"),
    5: one("droppedAttributesCount"),
    6: one("flags"),
  },
  status: { 2: one("message"), 3: one("code") },
  keyValue: { 1: one("key"), 2: one("value", "anyValue") },
  anyValue: {
    1: one("stringValue"),
    2: one("boolValue"),
    3: one("intValue"),
    4: one("doubleValue"),
    5: one("arrayValue", "arrayValue"),
    6: one("kvlistValue", "kvlist"),
    7: one("bytesValue"),
  },
  arrayValue: { 1: many("values", "anyValue") },
  kvlist: { 1: many("values", "keyValue") },
};

/**
 * Names the field of an ExportTraceServiceRequest that holds the byte at `offset`, by reading the body once more: the
 * decoder itself then need not keep track. "" when the byte belongs to no known field.
 */
export function wirePath(body: Uint8Array, offset: number): string {
  const reader = createWireReader(body);
  const names: string[] = [];
  let message: Message | undefined = MESSAGES.request;
  let end = body.length;
  while (message !== undefined) {
    const found = fieldAt(reader, end, offset, message);
    if (found === undefined) break;
    names.push(found.name);
    end = found.end;
    message = found.message === undefined ? undefined : MESSAGES[found.message];
  }
  return names.join(".");
}

interface FoundField {
  readonly name: string;
  /** Set when the byte lies inside this message, which is where the reader then stands. */
  readonly message: MessageName | undefined;
  readonly end: number;
}

function fieldAt(reader: WireReader, end: number, offset: number, message: Message): FoundField | undefined {
  const seen = new Map<number, number>();
  while (reader.position < end) {
    let name: string | undefined;
    try {
      const tag = readTag(reader, end);
      const number = tag >>> 3;
      const field = message[number];
      const index = seen.get(number) ?? 0;
      seen.set(number, index + 1);
      if (field !== undefined) name = field.repeated ? `${field.name}[${index}]` : field.name;
      name ??= `field ${number}`;
      const valueStart = reader.position;
      if ((tag & 7) === 2 && field?.message !== undefined) {
        const valueEnd = readLength(reader, end);
        if (offset < reader.position) return { name, message: undefined, end };
        if (offset < valueEnd || (offset === valueEnd && valueEnd === end)) {
          return { name, message: field.message, end: valueEnd };
        }
        reader.position = valueEnd;
      } else skipField(reader, tag, end, 0);
      if (offset < reader.position || offset < valueStart) return { name, message: undefined, end };
    } catch {
      // The walk has reached what the decoder could not read either.
      return name === undefined ? undefined : { name, message: undefined, end };
    }
  }
  return undefined;
}
