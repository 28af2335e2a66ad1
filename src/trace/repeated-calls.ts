import { SpanKind } from "../model/span-batch.ts";
import { peerName } from "./peer-name.ts";
import { textOf } from "./span-attribute.ts";
import { statementFingerprint } from "./statement-fingerprint.ts";
import type { TraceNode, TraceTree } from "./trace-tree.ts";

/** The same call, made again and again below one span. */
export interface RepeatedCall {
  readonly parentSpanId: string;
  /** The statement without what varies, or the span's name. */
  readonly what: string;
  readonly peer: string;
  readonly spanIds: readonly string[];
  /** One after another: what one call for all of them would save. False: some at the same time. */
  readonly isSequential: boolean;
  /** Of all of them together. */
  readonly totalNs: number;
}

/** Fewer are nothing to speak of. */
const LEAST_CALLS = 5;

/** Calls that one query, or one batch, could take the place of; the most expensive first. */
export function repeatedCalls({ nodes }: TraceTree, leastCalls = LEAST_CALLS): readonly RepeatedCall[] {
  const found: RepeatedCall[] = [];
  for (const parent of nodes) {
    if (parent.children.length < leastCalls) continue;
    const groups = new Map<string, TraceNode[]>();
    for (const child of parent.children) {
      if (child.span.kind !== SpanKind.client) continue;
      const key = `${peerName(child.span)}\n${whatOf(child)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [child]);
      else group.push(child);
    }
    for (const calls of groups.values()) if (calls.length >= leastCalls) found.push(describe(parent, calls));
  }
  return found.sort((a, b) => b.totalNs - a.totalNs || (a.what < b.what ? -1 : 1));
}

function describe(parent: TraceNode, calls: readonly TraceNode[]): RepeatedCall {
  const first = calls[0]!;
  return {
    parentSpanId: parent.span.spanId,
    what: whatOf(first),
    peer: peerName(first.span),
    spanIds: calls.map(({ span }) => span.spanId),
    isSequential: calls.every((call, i) => i === 0 || call.startNs >= calls[i - 1]!.endNs),
    totalNs: calls.reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0),
  };
}

function whatOf({ span }: TraceNode): string {
  const statement = textOf(span.attributes, "db.query.text", "db.statement");
  return statement === "" ? span.name : statementFingerprint(statement);
}
