import { StatusCode } from "../model/span-batch.ts";
import type { Span } from "../model/span.ts";
import { blameFailure } from "../trace/blame-trace.ts";
import { criticalPath, selfTimeNs } from "../trace/critical-path.ts";
import { failureOf } from "../trace/failure.ts";
import { peerName } from "../trace/peer-name.ts";
import { repeatedCalls } from "../trace/repeated-calls.ts";
import { buildTree, type TraceNode, type TraceTree } from "../trace/trace-tree.ts";
import type { TraceAnalysisBody } from "./trace-analysis-schema.ts";

/** What is in one trace: where its time went, and whose failure it was. */
export function traceAnalysisBody(
  traceId: string,
  spans: readonly Span[],
  isTruncated: boolean,
): TraceAnalysisBody {
  const tree = buildTree(spans);
  const path = tree.roots.flatMap((root) => criticalPath(root));
  const criticalNs = new Map<string, number>();
  for (const { node, fromNs, toNs } of path) {
    const { spanId } = node.span;
    criticalNs.set(spanId, (criticalNs.get(spanId) ?? 0) + toNs - fromNs);
  }
  const critical = (node: TraceNode): number => criticalNs.get(node.span.spanId) ?? 0;
  return {
    traceId,
    originUnixNano: String(tree.originUnixNano),
    truncated: isTruncated,
    spans: spanBodies(tree, critical),
    criticalPath: path.map(({ node, fromNs, toNs }) => ({ spanId: node.span.spanId, fromNs, toNs })),
    services: serviceBodies(tree, critical),
    repeatedCalls: repeatedCalls(tree).map((call) => ({ ...call, spanIds: [...call.spanIds] })),
    blame: tree.roots
      .filter(({ span }) => failureOf(span) !== "none")
      .map((root) => blameFailure(root))
      .map((blame) => ({ ...blame, path: [...blame.path] })),
  };
}

function spanBodies(
  { nodes, roots }: TraceTree,
  critical: (node: TraceNode) => number,
): TraceAnalysisBody["spans"] {
  const depths = new Map<TraceNode, number>(roots.map((root) => [root, 0]));
  return nodes.map((node) => {
    const { span, startNs, endNs } = node;
    const depth = depths.get(node) ?? 0;
    for (const child of node.children) depths.set(child, depth + 1);
    return {
      spanId: span.spanId,
      parentSpanId: span.parentSpanId === "" ? null : span.parentSpanId,
      depth,
      service: span.resource.serviceName,
      name: span.name,
      kind: span.kind,
      startNs,
      durationNs: endNs - startNs,
      selfNs: selfTimeNs(node),
      criticalNs: critical(node),
      skewNs: node.skewNs,
      orphan: node.isOrphan,
      failure: failureOf(span),
      peer: peerName(span),
    };
  });
}

function serviceBodies(
  { nodes }: TraceTree,
  critical: (node: TraceNode) => number,
): TraceAnalysisBody["services"] {
  const services = new Map<string, TraceAnalysisBody["services"][number]>();
  for (const node of nodes) {
    const service = node.span.resource.serviceName;
    const known = services.get(service) ?? { service, spans: 0, errors: 0, selfNs: 0, criticalNs: 0 };
    services.set(service, {
      service,
      spans: known.spans + 1,
      errors: known.errors + (node.span.status === StatusCode.error ? 1 : 0),
      selfNs: known.selfNs + selfTimeNs(node),
      criticalNs: known.criticalNs + critical(node),
    });
  }
  return [...services.values()].sort(
    (a, b) => b.criticalNs - a.criticalNs || (a.service < b.service ? -1 : 1),
  );
}
