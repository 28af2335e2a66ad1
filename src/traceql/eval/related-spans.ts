import type { Span } from "../../model/span.ts";
import type { SpansetOperator } from "../query.ts";
import type { TraceView } from "./trace-view.ts";

/** How a span of the right side stands to one of the left side. */
export type Relation = ">" | ">>" | "<" | "<<" | "~";

const INVERSE: Readonly<Record<Relation, Relation>> = {
  ">": "<",
  ">>": "<<",
  "<": ">",
  "<<": ">>",
  "~": "~",
};

/**
 * The structural operators. `left > right` gives the spans of the right side that are a child of one of the left side, `!>` those
 * that are a child of none, `&>` the spans of both sides that have each other.
 */
export function relateSpans(
  view: TraceView,
  left: ReadonlySet<Span>,
  operator: Exclude<SpansetOperator, "&&" | "||">,
  right: ReadonlySet<Span>,
): ReadonlySet<Span> {
  const sign = operator[0];
  const relation = (sign === "!" || sign === "&" ? operator.slice(1) : operator) as Relation;
  const found = related(view, left, relation);
  if (sign === "!") return new Set([...right].filter((span) => !found.has(span)));
  const matching = [...right].filter((span) => found.has(span));
  if (sign !== "&") return new Set(matching);
  const back = related(view, right, INVERSE[relation]);
  return new Set([...matching, ...[...left].filter((span) => back.has(span))]);
}

/** Every span that stands in the relation to one of `from`, by the ids that spans give as their parents. */
function related(view: TraceView, from: ReadonlySet<Span>, relation: Relation): ReadonlySet<Span> {
  switch (relation) {
    case ">":
      return steps(from, (span) => view.children.get(span.spanId), false);
    case ">>":
      return steps(from, (span) => view.children.get(span.spanId), true);
    case "<":
      return steps(from, (span) => view.byId.get(span.parentSpanId), false);
    case "<<":
      return steps(from, (span) => view.byId.get(span.parentSpanId), true);
    case "~":
      return siblings(view, from);
  }
}

/** What one step leads to, or any number of steps; each span is entered once, so that a cycle ends. */
function steps(
  from: ReadonlySet<Span>,
  next: (span: Span) => readonly Span[] | undefined,
  further: boolean,
): ReadonlySet<Span> {
  const found = new Set<Span>();
  const open = [...from];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    for (const neighbour of next(span) ?? []) {
      if (found.has(neighbour)) continue;
      found.add(neighbour);
      if (further) open.push(neighbour);
    }
  }
  return found;
}

/** Roots have no siblings; the parent itself may be missing. A span is not its own sibling. */
function siblings(view: TraceView, from: ReadonlySet<Span>): ReadonlySet<Span> {
  const found = new Set<Span>();
  const parents = new Set([...from].map((span) => span.parentSpanId));
  parents.delete("");
  for (const parent of parents) {
    const children = view.children.get(parent) ?? [];
    const given = children.filter((span) => from.has(span));
    for (const child of children) if (given.some((span) => span !== child)) found.add(child);
  }
  return found;
}
