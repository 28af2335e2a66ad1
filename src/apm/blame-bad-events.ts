import type { Span } from "../model/span.ts";
import { blameFailure, blameSlowness, type Blame } from "../trace/blame-trace.ts";
import { failureOf } from "../trace/failure.ts";
import { buildTree, type TraceNode } from "../trace/trace-tree.ts";
import type { EventSelection } from "./attribution-ports.ts";
import type { BlameStore, EventSpan, EventSpansRequest } from "./blame-ports.ts";
import { sumOfBlame, type BlamedEvent, type BlameSum } from "./sum-of-blame.ts";
import { usualTimes, type UsualTime } from "./usual-times.ts";

export interface BadEventBlame {
  /** All bad events of the interval. */
  readonly bad: number;
  /** Of them those whose traces were read and judged: what the sums add up to. */
  readonly judged: number;
  /** Chosen, but their traces were too large to read, or are gone. */
  readonly unread: number;
  /** Good events that say what is usual; only looked for where something was slow. */
  readonly usualFrom: number;
  /** Most events first. */
  readonly sums: readonly BlameSum[];
}

const MOST_BAD = 300;
const MOST_GOOD_EACH = 40;
const MOST_GOOD = 200;
const MOST_SPANS_EACH = 5_000;
const MOST_SPANS = 100_000;
/** Spans of a trace end before the event and after it. */
const AROUND_MS = 15 * 60_000;

/**
 * Blames each bad event, of a sample, on exactly one service or peer. What failed is blamed for its failure; what did not
 * fail, and is bad by its duration, for what took longer than it usually does. Rejects with the store's error.
 */
export async function blameBadEvents(
  store: BlameStore,
  selection: EventSelection,
  /** Attributes that the SLO's own condition asks for, as TraceQL writes them. */
  condition: ReadonlySet<string>,
): Promise<BadEventBlame> {
  const request: EventSpansRequest = {
    condition: `${selection.total} AND ${selection.bad}`,
    services: selection.services,
    operations: undefined,
    fromMs: selection.fromMs,
    toMs: selection.toMs,
    limitEach: MOST_BAD,
    limit: MOST_BAD,
    ...(selection.signal === undefined ? {} : { signal: selection.signal }),
  };
  const bad = await store.countEvents(request);
  const found = bad === 0 ? [] : await store.findEvents(request);
  const events = await readEvents(store, request, found);
  const isSlow = ({ node }: ReadEvent) => condition.has("duration") && failureOf(node.span) === "none";
  const slow = events.filter(isSlow);
  const usual = await readUsual(
    store,
    { ...request, condition: `${selection.total} AND NOT ${selection.bad}` },
    slow,
  );
  const blamed = events.map((event): BlamedEvent => {
    const blame: Blame = isSlow(event)
      ? blameSlowness(event.node, usual.of(event.event))
      : blameFailure(event.node);
    return { ...event.event, blame };
  });
  return {
    bad,
    judged: blamed.length,
    unread: found.length - blamed.length,
    usualFrom: usual.goodEvents,
    sums: sumOfBlame(blamed),
  };
}

interface ReadEvent {
  readonly event: EventSpan;
  readonly node: TraceNode;
}

/** Those whose traces could be read. */
async function readEvents(
  { readTraces }: BlameStore,
  { fromMs, toMs, signal }: EventSpansRequest,
  events: readonly EventSpan[],
): Promise<readonly ReadEvent[]> {
  if (events.length === 0) return [];
  const { traces } = await readTraces({
    traceIds: [...new Set(events.map(({ traceId }) => traceId))],
    fromMs: fromMs - AROUND_MS,
    toMs: toMs + AROUND_MS,
    maxSpansEach: MOST_SPANS_EACH,
    maxSpans: MOST_SPANS,
    ...(signal === undefined ? {} : { signal }),
  });
  const nodes = new Map<string, ReadonlyMap<string, TraceNode>>();
  for (const [traceId, spans] of traces) nodes.set(traceId, nodesOf(spans));
  return events.flatMap((event) => {
    const node = nodes.get(event.traceId)?.get(event.spanId);
    return node === undefined ? [] : [{ event, node }];
  });
}

function nodesOf(spans: readonly Span[]): ReadonlyMap<string, TraceNode> {
  return new Map(buildTree(spans).nodes.map((node) => [node.span.spanId, node]));
}

/** What is usual for each operation that was slow. */
async function readUsual(
  store: BlameStore,
  request: EventSpansRequest,
  slow: readonly ReadEvent[],
): Promise<{ readonly goodEvents: number; readonly of: (event: EventSpan) => UsualTime }> {
  const operations = new Map(slow.map(({ event }) => [operationOf(event), event]));
  if (operations.size === 0) return { goodEvents: 0, of: () => () => 0 };
  const wanted = {
    ...request,
    operations: [...operations.values()],
    limitEach: MOST_GOOD_EACH,
    limit: MOST_GOOD,
  };
  const good = await readEvents(store, request, await store.findEvents(wanted));
  const byOperation = new Map<string, TraceNode[]>();
  for (const { event, node } of good) {
    const key = operationOf(event);
    const known = byOperation.get(key);
    if (known === undefined) byOperation.set(key, [node]);
    else known.push(node);
  }
  const usual = new Map([...byOperation].map(([key, nodes]) => [key, usualTimes(nodes)]));
  return { goodEvents: good.length, of: (event) => usual.get(operationOf(event)) ?? (() => 0) };
}

const operationOf = ({ service, name }: EventSpan): string => JSON.stringify([service, name]);
