import type { Resource, Scope, SpanBatch } from "../../model/span-batch.ts";
import { NO_ATTRIBUTES } from "../../model/attributes.ts";
import type { TimestampMs } from "../../model/time.ts";
import { cutText } from "./attribute-sink.ts";
import type { RejectedSpans, RejectReason } from "./decode-result.ts";
import type { DecodeTally } from "./decode-tally.ts";
import { createSpanColumns, growSpanColumns, type SpanColumns } from "./span-columns.ts";
import type { SpanDraft } from "./span-draft.ts";
import type { SpanLimits } from "./span-limits.ts";
import { endMsOf, rejectReason } from "./validate-span.ts";

/**
 * Puts valid spans in columns and counts the others. A resource and a scope are announced before their spans and
 * described after them: on the wire their description may come last. Those without an accepted span leave no trace.
 */
export interface SpanBatchBuilder {
  beginResource(): void;
  beginScope(): void;
  append(draft: SpanDraft): void;
  endScope(scope: () => Scope): void;
  endResource(resource: () => Resource): void;
  finish(): { readonly batch: SpanBatch; readonly rejected: RejectedSpans };
}

export interface SpanBatchOptions {
  /** The receiver's present, which the age of a span is measured against. */
  readonly at: TimestampMs;
  readonly limits: SpanLimits;
  readonly tally: DecodeTally;
  /** A guess; more spans are welcome. */
  readonly expectedSpans: number;
}

const UNDESCRIBED_RESOURCE: Resource = { attributes: NO_ATTRIBUTES, schemaUrl: "", serviceName: "" };
const UNDESCRIBED_SCOPE: Scope = { name: "", version: "", attributes: NO_ATTRIBUTES, schemaUrl: "" };

export function createSpanBatchBuilder(options: SpanBatchOptions): SpanBatchBuilder {
  const { at, limits, tally } = options;
  const columns = createSpanColumns(Math.max(16, Math.ceil(options.expectedSpans)));
  const resources: Resource[] = [];
  const scopes: Scope[] = [];
  const reasons = new Map<RejectReason, number>();
  let count = 0;
  let rejectedCount = 0;
  let resourceHasSpans = false;
  let scopeHasSpans = false;
  return {
    beginResource: () => void (resourceHasSpans = false),
    beginScope: () => void (scopeHasSpans = false),
    append(draft) {
      const reason = rejectReason(draft, at, limits);
      if (reason !== undefined) {
        rejectedCount += 1;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        return;
      }
      if (!resourceHasSpans) resources.push(UNDESCRIBED_RESOURCE);
      if (!scopeHasSpans) scopes.push(UNDESCRIBED_SCOPE);
      resourceHasSpans = true;
      scopeHasSpans = true;
      if (count === columns.capacity) growSpanColumns(columns);
      columns.resource[count] = resources.length - 1;
      columns.scope[count] = scopes.length - 1;
      putIdsAndTimes(columns, count, draft);
      putRest(columns, count, draft, limits, tally);
      count += 1;
    },
    endScope(scope) {
      if (scopeHasSpans) scopes[scopes.length - 1] = scope();
      scopeHasSpans = false;
    },
    endResource(resource) {
      if (resourceHasSpans) resources[resources.length - 1] = resource();
      resourceHasSpans = false;
    },
    finish: () => ({
      batch: toBatch(columns, count, resources, scopes),
      rejected: { count: rejectedCount, reasons },
    }),
  };
}

function putIdsAndTimes(columns: SpanColumns, row: number, draft: SpanDraft): void {
  for (let i = 0; i < 16; i += 1) columns.traceIds[row * 16 + i] = draft.traceId[i]!;
  for (let i = 0; i < 8; i += 1) columns.spanIds[row * 8 + i] = draft.spanId[i]!;
  if (draft.parentSpanIdLength === 8) {
    for (let i = 0; i < 8; i += 1) columns.parentSpanIds[row * 8 + i] = draft.parentSpanId[i]!;
  }
  // A span that does not say when it began gets the only time that is known: a start in 1970 would read as a duration
  // of half a century.
  const noStart = draft.startLow === 0 && draft.startHigh === 0;
  const startLow = noStart ? draft.endLow : draft.startLow;
  const startHigh = noStart ? draft.endHigh : draft.startHigh;
  columns.start[row * 2] = startLow;
  columns.start[row * 2 + 1] = startHigh;
  columns.end[row * 2] = draft.endLow;
  columns.end[row * 2 + 1] = draft.endHigh;
  const nanos = (draft.endHigh - startHigh) * 4_294_967_296 + (draft.endLow - startLow);
  columns.durationNanos[row] = nanos > 0 ? nanos : 0;
  columns.endMs[row] = endMsOf(draft);
}

function putRest(
  columns: SpanColumns,
  row: number,
  draft: SpanDraft,
  limits: SpanLimits,
  tally: DecodeTally,
): void {
  columns.flags[row] = draft.flags;
  columns.kind[row] = draft.kind <= 5 ? draft.kind : 0;
  columns.status[row] = draft.status <= 2 ? draft.status : 0;
  columns.droppedAttributes[row] = Math.min(draft.droppedAttributes, 0xffff_ffff);
  columns.droppedEvents[row] = Math.min(draft.droppedEvents, 0xffff_ffff);
  columns.droppedLinks[row] = Math.min(draft.droppedLinks, 0xffff_ffff);
  columns.traceState.push(cutText(draft.traceState, limits.attributeValueLength, tally));
  columns.name.push(cutText(draft.name, limits.nameLength, tally));
  columns.statusMessage.push(cutText(draft.statusMessage, limits.attributeValueLength, tally));
  columns.attributes.push(draft.attributes);
  columns.events.push(draft.events);
  columns.links.push(draft.links);
}

function toBatch(
  columns: SpanColumns,
  count: number,
  resources: readonly Resource[],
  scopes: readonly Scope[],
): SpanBatch {
  return {
    count,
    resources,
    scopes,
    resource: columns.resource.slice(0, count),
    scope: columns.scope.slice(0, count),
    traceIds: columns.traceIds.slice(0, count * 16),
    spanIds: columns.spanIds.slice(0, count * 8),
    parentSpanIds: columns.parentSpanIds.slice(0, count * 8),
    traceState: columns.traceState,
    flags: columns.flags.slice(0, count),
    name: columns.name,
    kind: columns.kind.slice(0, count),
    status: columns.status.slice(0, count),
    statusMessage: columns.statusMessage,
    startUnixNano: new BigUint64Array(columns.start.slice(0, count * 2).buffer),
    endUnixNano: new BigUint64Array(columns.end.slice(0, count * 2).buffer),
    durationNanos: columns.durationNanos.slice(0, count),
    endMs: columns.endMs.slice(0, count),
    attributes: columns.attributes,
    droppedAttributes: columns.droppedAttributes.slice(0, count),
    events: columns.events,
    droppedEvents: columns.droppedEvents.slice(0, count),
    links: columns.links,
    droppedLinks: columns.droppedLinks.slice(0, count),
  };
}
