import type { Span } from "../../model/span.ts";

/** The stored spans of one trace, as queries ask about them. */
export interface TraceView {
  readonly traceId: string;
  /** By start, ties by id; at least one. */
  readonly spans: readonly Span[];
  /** By span id; more than one where a sender gave an id twice. */
  readonly byId: ReadonlyMap<string, readonly Span[]>;
  /** By the id of their parent, whether it is stored or not; roots are not in it. */
  readonly children: ReadonlyMap<string, readonly Span[]>;
  /** The first span without a parent, else the first of all. */
  readonly root: Span;
  /** Of the span that started first. */
  readonly startUnixNano: bigint;
  /** From the first start to the last end. */
  readonly durationNanos: number;
  /** Computed when it is first asked for. */
  readonly nestedSet: () => ReadonlyMap<Span, NestedSet>;
}

/** Numbers of a depth-first walk. A root has the parent -1; what hangs on no stored root has 0 everywhere. */
export interface NestedSet {
  readonly left: number;
  readonly right: number;
  readonly parent: number;
}

/** `spans`: of one trace, in any order, at least one. */
export function viewTrace(spans: readonly Span[]): TraceView {
  const ordered = [...spans].sort(byStart);
  const first = ordered[0];
  if (first === undefined) throw new RangeError("a trace has a span at least");
  const children = groupBy(
    ordered.filter((span) => span.parentSpanId !== ""),
    (span) => span.parentSpanId,
  );
  const end = ordered.reduce(
    (last, span) => (span.endUnixNano > last ? span.endUnixNano : last),
    first.endUnixNano,
  );
  let nested: ReadonlyMap<Span, NestedSet> | undefined;
  return {
    traceId: first.traceId,
    spans: ordered,
    byId: groupBy(ordered, (span) => span.spanId),
    children,
    root: ordered.find((span) => span.parentSpanId === "") ?? first,
    startUnixNano: first.startUnixNano,
    durationNanos: end <= first.startUnixNano ? 0 : Number(end - first.startUnixNano),
    nestedSet: () => (nested ??= numberSpans(ordered, children)),
  };
}

function byStart(a: Span, b: Span): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}

function groupBy(
  spans: readonly Span[],
  keyOf: (span: Span) => string,
): ReadonlyMap<string, readonly Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const group = groups.get(keyOf(span));
    if (group === undefined) groups.set(keyOf(span), [span]);
    else group.push(span);
  }
  return groups;
}

/** Without recursion: a trace may be a chain of any length. */
function numberSpans(
  ordered: readonly Span[],
  children: ReadonlyMap<string, readonly Span[]>,
): ReadonlyMap<Span, NestedSet> {
  const numbers = new Map<Span, { left: number; right: number; parent: number }>();
  let next = 1;
  for (const root of ordered) {
    if (root.parentSpanId !== "") continue;
    const open: { readonly span: Span; at: number }[] = [];
    const enter = (span: Span, parent: number) => {
      numbers.set(span, { left: next, right: 0, parent });
      next += 1;
      open.push({ span, at: 0 });
    };
    enter(root, -1);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const child = children.get(top.span.spanId)?.[top.at];
      const own = numbers.get(top.span)!;
      top.at += 1;
      if (child === undefined) {
        own.right = next;
        next += 1;
        open.pop();
      } else if (!numbers.has(child)) {
        enter(child, own.left);
      }
    }
  }
  for (const span of ordered) if (!numbers.has(span)) numbers.set(span, { left: 0, right: 0, parent: 0 });
  return numbers;
}
