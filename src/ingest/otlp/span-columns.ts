import type { Attributes } from "../../model/attributes.ts";
import type { SpanEvent, SpanLink } from "../../model/span-batch.ts";

/** The columns of a SpanBatch while it grows: typed arrays with room to spare beside plain ones. */
export interface SpanColumns {
  capacity: number;
  resource: Uint32Array;
  scope: Uint32Array;
  traceIds: Uint8Array;
  spanIds: Uint8Array;
  parentSpanIds: Uint8Array;
  flags: Uint32Array;
  kind: Uint8Array;
  status: Uint8Array;
  /** Two words a span, lower first: the memory of a BigUint64Array on the little-endian hosts that Node runs on. */
  start: Uint32Array;
  end: Uint32Array;
  durationNanos: Float64Array;
  endMs: Float64Array;
  droppedAttributes: Uint32Array;
  droppedEvents: Uint32Array;
  droppedLinks: Uint32Array;
  readonly traceState: string[];
  readonly name: string[];
  readonly statusMessage: string[];
  readonly attributes: Attributes[];
  readonly events: (readonly SpanEvent[])[];
  readonly links: (readonly SpanLink[])[];
}

export function createSpanColumns(capacity: number): SpanColumns {
  return {
    capacity,
    resource: new Uint32Array(capacity),
    scope: new Uint32Array(capacity),
    traceIds: new Uint8Array(capacity * 16),
    spanIds: new Uint8Array(capacity * 8),
    parentSpanIds: new Uint8Array(capacity * 8),
    flags: new Uint32Array(capacity),
    kind: new Uint8Array(capacity),
    status: new Uint8Array(capacity),
    start: new Uint32Array(capacity * 2),
    end: new Uint32Array(capacity * 2),
    durationNanos: new Float64Array(capacity),
    endMs: new Float64Array(capacity),
    droppedAttributes: new Uint32Array(capacity),
    droppedEvents: new Uint32Array(capacity),
    droppedLinks: new Uint32Array(capacity),
    traceState: [],
    name: [],
    statusMessage: [],
    attributes: [],
    events: [],
    links: [],
  };
}

/** Doubles the room for spans. */
export function growSpanColumns(columns: SpanColumns): void {
  const capacity = columns.capacity * 2;
  columns.capacity = capacity;
  columns.resource = grownWords(columns.resource, capacity);
  columns.scope = grownWords(columns.scope, capacity);
  columns.traceIds = grownBytes(columns.traceIds, capacity * 16);
  columns.spanIds = grownBytes(columns.spanIds, capacity * 8);
  columns.parentSpanIds = grownBytes(columns.parentSpanIds, capacity * 8);
  columns.flags = grownWords(columns.flags, capacity);
  columns.kind = grownBytes(columns.kind, capacity);
  columns.status = grownBytes(columns.status, capacity);
  columns.start = grownWords(columns.start, capacity * 2);
  columns.end = grownWords(columns.end, capacity * 2);
  columns.durationNanos = grownDoubles(columns.durationNanos, capacity);
  columns.endMs = grownDoubles(columns.endMs, capacity);
  columns.droppedAttributes = grownWords(columns.droppedAttributes, capacity);
  columns.droppedEvents = grownWords(columns.droppedEvents, capacity);
  columns.droppedLinks = grownWords(columns.droppedLinks, capacity);
}

function grownBytes(from: Uint8Array, length: number): Uint8Array {
  const to = new Uint8Array(length);
  to.set(from);
  return to;
}

function grownWords(from: Uint32Array, length: number): Uint32Array {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}

function grownDoubles(from: Float64Array, length: number): Float64Array {
  const to = new Float64Array(length);
  to.set(from);
  return to;
}
