import { type Attributes, NO_ATTRIBUTES } from "../../model/attributes.ts";
import type { SpanEvent, SpanLink } from "../../model/span-batch.ts";

/** One span as its decoder read it, not yet validated; reused from span to span. */
export interface SpanDraft {
  /** 16 bytes; whether they count is told by traceIdLength. */
  readonly traceId: Uint8Array;
  /** Bytes the sender gave; anything but 16 is invalid. */
  traceIdLength: number;
  readonly spanId: Uint8Array;
  spanIdLength: number;
  readonly parentSpanId: Uint8Array;
  /** 0 for a root. */
  parentSpanIdLength: number;
  traceState: string;
  flags: number;
  name: string;
  /** As sent: out of range becomes 0. */
  kind: number;
  status: number;
  statusMessage: string;
  /** Nanoseconds since the epoch in two unsigned 32-bit halves: no bigint for each span. */
  startLow: number;
  startHigh: number;
  endLow: number;
  endHigh: number;
  attributes: Attributes;
  /** What the sender dropped plus what the limits did. */
  droppedAttributes: number;
  events: readonly SpanEvent[];
  droppedEvents: number;
  links: readonly SpanLink[];
  droppedLinks: number;
}

const NO_EVENTS: readonly SpanEvent[] = [];
const NO_LINKS: readonly SpanLink[] = [];

export function createSpanDraft(): SpanDraft {
  return {
    traceId: new Uint8Array(16),
    traceIdLength: 0,
    spanId: new Uint8Array(8),
    spanIdLength: 0,
    parentSpanId: new Uint8Array(8),
    parentSpanIdLength: 0,
    traceState: "",
    flags: 0,
    name: "",
    kind: 0,
    status: 0,
    statusMessage: "",
    startLow: 0,
    startHigh: 0,
    endLow: 0,
    endHigh: 0,
    attributes: NO_ATTRIBUTES,
    droppedAttributes: 0,
    events: NO_EVENTS,
    droppedEvents: 0,
    links: NO_LINKS,
    droppedLinks: 0,
  };
}

/** Makes the draft ready for the next span. Ids keep their old bytes: their lengths say that there are none. */
export function resetSpanDraft(draft: SpanDraft): void {
  draft.traceIdLength = 0;
  draft.spanIdLength = 0;
  draft.parentSpanIdLength = 0;
  draft.traceState = "";
  draft.flags = 0;
  draft.name = "";
  draft.kind = 0;
  draft.status = 0;
  draft.statusMessage = "";
  draft.startLow = 0;
  draft.startHigh = 0;
  draft.endLow = 0;
  draft.endHigh = 0;
  draft.attributes = NO_ATTRIBUTES;
  draft.droppedAttributes = 0;
  draft.events = NO_EVENTS;
  draft.droppedEvents = 0;
  draft.links = NO_LINKS;
  draft.droppedLinks = 0;
}
