import { SpanKind, StatusCode } from "../model/span-batch.ts";
import { criticalPath, selfTimeNs } from "./critical-path.ts";
import { failureOf } from "./failure.ts";
import { peerName } from "./peer-name.ts";
import type { TraceNode } from "./trace-tree.ts";

/** Why somebody is to blame. */
export type BlameReason =
  /** It failed, and nothing below it explains that. */
  | "own-error"
  /** What was called sent no span of its own, and the call failed. */
  | "no-answer"
  /** It was not even called, because it had failed before. */
  | "open-breaker"
  /** The caller's deadline passed while this one took its time. */
  | "slow-callee"
  /** It gave up by itself. */
  | "own-cancellation"
  /** It took more than it usually does, and the trace waited for that. */
  | "own-time";

/** Exactly one is to blame for a bad span. */
export interface Blame {
  /** A service, or what a client's span calls the other side. */
  readonly name: string;
  /** False: it sends no spans of its own; the name is what its caller says. */
  readonly isService: boolean;
  readonly reason: BlameReason;
  /** Where that shows. */
  readonly spanId: string;
  /** From the bad span to that one. */
  readonly path: readonly string[];
}

/**
 * Whose failure this is: down the calls that failed and explain the failure above them. Of several the one that ended last
 * before the failure; one whose call succeeded when tried again explains nothing.
 */
export function blameFailure(bad: TraceNode): Blame {
  const path: string[] = [bad.span.spanId];
  let node = bad;
  for (;;) {
    const next = explainingChild(node);
    if (next === undefined) return atNode(node, path);
    path.push(next.span.spanId);
    node = next;
    if (node.span.kind !== SpanKind.client) continue;
    const failure = failureOf(node.span);
    if (failure === "cancelled") return blamed(serviceOf(node), true, "own-cancellation", node, path);
    const server = node.children.find(({ span }) => span.kind === SpanKind.server);
    if (server === undefined) {
      if (explainingChild(node) !== undefined) continue;
      return silentPeer(node, failure === "open-breaker" ? "open-breaker" : "no-answer", path);
    }
    if (failure === "timeout" && failureOf(server.span) === "none") return slowCallee(server, path);
  }
}

/** Nothing below explains it. */
function atNode(node: TraceNode, path: readonly string[]): Blame {
  const failure = failureOf(node.span);
  if (failure === "open-breaker" && peerName(node.span) !== "") return silentPeer(node, "open-breaker", path);
  const reason = failure === "cancelled" ? "own-cancellation" : "own-error";
  return blamed(serviceOf(node), true, reason, node, path);
}

function silentPeer(node: TraceNode, reason: BlameReason, path: readonly string[]): Blame {
  const peer = peerName(node.span);
  // A call to nobody knows whom is its caller's.
  return peer === ""
    ? blamed(serviceOf(node), true, "own-error", node, path)
    : blamed(peer, false, reason, node, path);
}

/** The one below the call that took the time: whoever the critical path rests on longest. */
function slowCallee(server: TraceNode, path: readonly string[]): Blame {
  const slowest = longestOn(server, () => 0);
  return { ...slowest, reason: "slow-callee", path: [...path, server.span.spanId, ...slowest.path.slice(1)] };
}

/**
 * Whose slowness this is: of everybody on the critical path, who takes most more than usual.
 * @param usualNs what an operation, a span's service and name, usually takes on the critical path; 0 where nothing is known
 */
export function blameSlowness(bad: TraceNode, usualNs: (node: TraceNode) => number): Blame {
  return longestOn(bad, usualNs);
}

function longestOn(root: TraceNode, usualNs: (node: TraceNode) => number): Blame {
  const times = new Map<TraceNode, number>();
  for (const { node, fromNs, toNs } of criticalPath(root))
    times.set(node, (times.get(node) ?? 0) + toNs - fromNs);
  const byName = new Map<
    string,
    { isService: boolean; excessNs: number; worst: TraceNode; worstNs: number }
  >();
  for (const [node, ns] of times) {
    const { name, isService } = answerable(node);
    const excessNs = ns - usualNs(node);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, { isService, excessNs, worst: node, worstNs: excessNs });
    else {
      known.excessNs += excessNs;
      if (excessNs > known.worstNs) [known.worst, known.worstNs] = [node, excessNs];
    }
  }
  let most = { name: serviceOf(root), isService: true, excessNs: Number.NEGATIVE_INFINITY, worst: root };
  for (const [name, entry] of [...byName].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (entry.excessNs > most.excessNs) most = { name, ...entry };
  }
  return {
    name: most.name,
    isService: most.isService,
    reason: "own-time",
    spanId: most.worst.span.spanId,
    path: pathTo(root, most.worst),
  };
}

/** Time in a call without a server's span is the other side's. */
function answerable(node: TraceNode): { readonly name: string; readonly isService: boolean } {
  const { span, children } = node;
  const peer = span.kind === SpanKind.client && children.length === 0 ? peerName(span) : "";
  return peer === "" ? { name: serviceOf(node), isService: true } : { name: peer, isService: false };
}

function pathTo(root: TraceNode, target: TraceNode): readonly string[] {
  const stack: { node: TraceNode; path: readonly string[] }[] = [{ node: root, path: [root.span.spanId] }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (next.node === target) return next.path;
    for (const child of next.node.children)
      stack.push({ node: child, path: [...next.path, child.span.spanId] });
  }
  return [root.span.spanId];
}

/** The failed child that explains why its parent failed. */
function explainingChild(parent: TraceNode): TraceNode | undefined {
  const calls = callsOf(parent);
  const failed = calls.filter(
    (child) =>
      failureOf(child.span) !== "none" && child.span.kind !== SpanKind.consumer && !isMasked(child, calls),
  );
  // What ended after its parent cannot have failed it, unless all did.
  const before = failed.filter(({ endNs }) => endNs <= parent.endNs);
  return (before.length > 0 ? before : failed).sort(
    (a, b) => b.endNs - a.endNs || selfTimeNs(b) - selfTimeNs(a) || (a.span.spanId < b.span.spanId ? -1 : 1),
  )[0];
}

/** Its children; in place of steps that say nothing about how they went, theirs. */
function callsOf(parent: TraceNode): readonly TraceNode[] {
  const calls: TraceNode[] = [];
  const stack = [...parent.children].reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { kind, status } = next.span;
    const saysNothing =
      kind <= SpanKind.internal && status === StatusCode.unset && failureOf(next.span) === "none";
    if (saysNothing) stack.push(...[...next.children].reverse());
    else calls.push(next);
  }
  return calls;
}

/** The same call was made again later, and succeeded. */
function isMasked(failed: TraceNode, siblings: readonly TraceNode[]): boolean {
  return siblings.some(
    (other) =>
      other !== failed &&
      other.span.name === failed.span.name &&
      other.span.kind === failed.span.kind &&
      peerName(other.span) === peerName(failed.span) &&
      other.startNs >= failed.startNs &&
      other.endNs >= failed.endNs &&
      failureOf(other.span) === "none",
  );
}

function serviceOf({ span }: TraceNode): string {
  return span.resource.serviceName;
}

function blamed(
  name: string,
  isService: boolean,
  reason: BlameReason,
  { span }: TraceNode,
  path: readonly string[],
): Blame {
  return { name, isService, reason, spanId: span.spanId, path: [...path] };
}
