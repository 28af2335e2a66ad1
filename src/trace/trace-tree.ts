import { SpanKind } from "../model/span-batch.ts";
import type { Span } from "../model/span.ts";

/** A span in its trace. Times are nanoseconds since the trace's first start, so that numbers hold them exactly. */
export interface TraceNode {
  readonly span: Span;
  /** In the order of their starts, then of their ids. */
  readonly children: readonly TraceNode[];
  /** Its parent was not stored, or the parents go round in a circle. */
  readonly isOrphan: boolean;
  /** Corrected for clocks that differ between services. */
  readonly startNs: number;
  /** Never before `startNs`. */
  readonly endNs: number;
  /** How far it was moved. */
  readonly skewNs: number;
}

export interface TraceTree {
  /** Spans without a parent first, then orphans; each in the order of their starts. */
  readonly roots: readonly TraceNode[];
  /** Every span once, parents before children. */
  readonly nodes: readonly TraceNode[];
  /** What startNs counts from, in nanoseconds since the epoch. */
  readonly originUnixNano: bigint;
}

interface Draft {
  span: Span;
  children: Draft[];
  isOrphan: boolean;
  startNs: number;
  endNs: number;
  skewNs: number;
}

/**
 * The tree of one trace, whatever was sent: of spans with one id the first counts, a circle of parents is cut at its earliest
 * span, and what lost its parent is a root of its own.
 */
export function buildTree(spans: readonly Span[]): TraceTree {
  const unique = new Map<string, Span>();
  for (const span of [...spans].sort(compareSpans)) {
    if (!unique.has(span.spanId)) unique.set(span.spanId, span);
  }
  const sorted = [...unique.values()];
  const originUnixNano = sorted.reduce(
    (least, { startUnixNano }) => (startUnixNano < least ? startUnixNano : least),
    sorted[0]?.startUnixNano ?? 0n,
  );
  const drafts = new Map<string, Draft>(sorted.map((span) => [span.spanId, toDraft(span, originUnixNano)]));
  const roots: Draft[] = [];
  for (const draft of drafts.values()) {
    const parent = draft.span.parentSpanId === "" ? undefined : drafts.get(draft.span.parentSpanId);
    if (parent === undefined || leadsBack(draft, parent, drafts)) {
      draft.isOrphan = draft.span.parentSpanId !== "";
      roots.push(draft);
    } else parent.children.push(draft);
  }
  for (const root of roots) correctSkew(root);
  roots.sort((a, b) => Number(a.isOrphan) - Number(b.isOrphan));
  const nodes: Draft[] = [];
  const stack = [...roots].reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    nodes.push(next);
    for (let i = next.children.length - 1; i >= 0; i -= 1) stack.push(next.children[i]!);
  }
  return { roots, nodes, originUnixNano };
}

function toDraft(span: Span, originUnixNano: bigint): Draft {
  const startNs = Number(span.startUnixNano - originUnixNano);
  const endNs = Math.max(startNs, Number(span.endUnixNano - originUnixNano));
  return { span, children: [], isOrphan: false, startNs, endNs, skewNs: 0 };
}

function compareSpans(a: Span, b: Span): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

/** Whether the parents of `parent` come back to the span, which is the earliest of that circle: it is cut there alone. */
function leadsBack(draft: Draft, parent: Draft, drafts: ReadonlyMap<string, Draft>): boolean {
  const seen = new Set<Draft>();
  let earliest = draft;
  for (
    let at: Draft | undefined = parent;
    at !== undefined && !seen.has(at);
    at = drafts.get(at.span.parentSpanId)
  ) {
    if (at === draft) return earliest === draft;
    seen.add(at);
    if (compareSpans(at.span, earliest.span) < 0) earliest = at;
  }
  return false;
}

/**
 * What a server reports must lie within the call that its client saw. Where it does not, and it would fit, the clocks differ: the
 * server's whole subtree is moved into the middle of the call. Spans of one service share a clock and are left as they are.
 */
function correctSkew(root: Draft): void {
  const stack: Draft[] = [root];
  for (let parent = stack.pop(); parent !== undefined; parent = stack.pop()) {
    for (const child of parent.children) {
      const slack = parent.endNs - parent.startNs - (child.endNs - child.startNs);
      const isInside = child.startNs >= parent.startNs && child.endNs <= parent.endNs;
      if (!isInside && slack >= 0 && isCall(parent.span, child.span)) {
        shift(child, parent.startNs + slack / 2 - child.startNs);
      }
      stack.push(child);
    }
    parent.children.sort((a, b) => a.startNs - b.startNs || compareSpans(a.span, b.span));
  }
}

function isCall(parent: Span, child: Span): boolean {
  return (
    parent.kind === SpanKind.client &&
    child.kind === SpanKind.server &&
    parent.resource.serviceName !== child.resource.serviceName
  );
}

function shift(root: Draft, byNs: number): void {
  const stack = [root];
  for (let draft = stack.pop(); draft !== undefined; draft = stack.pop()) {
    draft.startNs += byNs;
    draft.endNs += byNs;
    draft.skewNs += byNs;
    stack.push(...draft.children);
  }
}
