import { SpanKind } from "../model/span-batch.ts";
import type { TraceNode } from "./trace-tree.ts";

/** A stretch of time that one span is answerable for: nothing below it was being waited for. */
export interface PathSegment {
  readonly node: TraceNode;
  readonly fromNs: number;
  /** Above `fromNs`. */
  readonly toNs: number;
}

/**
 * What a span's time went to: going back from its end, always the child that ended last before; between them the span itself.
 * The segments lie end to end and fill the span, from its start to its end. Had any of them been shorter, so had the span.
 * What goes on after the span has ended, and what consumers do with its messages, held nobody up.
 */
export function criticalPath(root: TraceNode): readonly PathSegment[] {
  const segments: PathSegment[] = [];
  const add = (node: TraceNode, fromNs: number, toNs: number): void => {
    if (toNs > fromNs) segments.push({ node, fromNs, toNs });
  };
  /** Work that is left, the next at the end: a node between two times. */
  const stack: {
    readonly node: TraceNode;
    readonly fromNs: number;
    readonly toNs: number;
    readonly own: boolean;
  }[] = [{ node: root, fromNs: root.startNs, toNs: root.endNs, own: false }];
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    const { node, fromNs, toNs } = task;
    if (task.own) {
      add(node, fromNs, toNs);
      continue;
    }
    // Collected from the end to the beginning, so they are popped in that order, too.
    const parts: { node: TraceNode; fromNs: number; toNs: number; own: boolean }[] = [];
    let cursorNs = toNs;
    for (const child of lastFirst(node, toNs)) {
      const endNs = Math.min(child.endNs, toNs);
      // One that still ran when the later one began did not hold that up.
      if (endNs > cursorNs || endNs <= fromNs || child.startNs >= endNs) continue;
      const startNs = Math.max(child.startNs, fromNs);
      parts.push({ node, fromNs: endNs, toNs: cursorNs, own: true });
      parts.push({ node: child, fromNs: startNs, toNs: endNs, own: false });
      cursorNs = startNs;
    }
    parts.push({ node, fromNs, toNs: cursorNs, own: true });
    stack.push(...parts.reverse());
  }
  return segments.reverse();
}

/** Children that are waited for, the one that ended last first; one that goes on after `toNs` is cut off there. */
function lastFirst({ children }: TraceNode, toNs: number): readonly TraceNode[] {
  return children
    .filter(({ span }) => span.kind !== SpanKind.consumer)
    .sort((a, b) => Math.min(b.endNs, toNs) - Math.min(a.endNs, toNs) || a.startNs - b.startNs);
}

/** How long each span is answerable for on the critical path, by span id. Adds up to the root's duration. */
export function criticalTimes(root: TraceNode): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const { node, fromNs, toNs } of criticalPath(root)) {
    const { spanId } = node.span;
    times.set(spanId, (times.get(spanId) ?? 0) + toNs - fromNs);
  }
  return times;
}

/** The time in which none of its children ran, 0 .. duration. */
export function selfTimeNs({ children, startNs, endNs }: TraceNode): number {
  let selfNs = 0;
  let coveredNs = startNs;
  for (const child of [...children].sort((a, b) => a.startNs - b.startNs)) {
    const from = Math.min(Math.max(child.startNs, startNs), endNs);
    const to = Math.min(Math.max(child.endNs, startNs), endNs);
    if (from > coveredNs) selfNs += from - coveredNs;
    coveredNs = Math.max(coveredNs, to);
  }
  return selfNs + endNs - coveredNs;
}
