import { redOf, type Red } from "./red.ts";
import { readEdges, USER_NODE, type ServiceEdge } from "./service-edges.ts";
import type { ReadRange, SeenService, ServicePorts } from "./service-ports.ts";

/**
 * service: it sent spans · database, queue: named by who calls it · user: whoever calls without a span · external: anything
 * else that is called.
 */
export type NodeKind = "service" | "database" | "queue" | "external" | "user";

export interface MapNode {
  name: string;
  kind: NodeKind;
  /** Of a service: the requests that it answered. */
  red: Red | null;
  /** Nobody is known to call it, and it calls nobody. */
  isLone: boolean;
}

export interface ServiceMap {
  nodes: MapNode[];
  edges: ServiceEdge[];
  /** There is more than is shown. */
  isTruncated: boolean;
}

export interface ServiceMapQuestion extends ReadRange {
  readonly apdexMs: number;
  /** Nodes that are services, and edges; the busiest are kept. */
  readonly limit: number;
}

/** Who calls whom, with services that nobody calls. Nodes by name, edges by how busy they are. */
export async function readServiceMap(ports: ServicePorts, question: ServiceMapQuestion): Promise<ServiceMap> {
  const { limit } = question;
  const [services, edges] = await Promise.all([
    ports.readServices({ ...question, limit: limit + 1 }),
    readEdges(ports, question),
  ]);
  const shown = edges.slice(0, limit);
  return {
    nodes: nodesOf(services.slice(0, limit), shown, question.toMs - question.fromMs),
    edges: shown,
    isTruncated: services.length > limit || edges.length > limit,
  };
}

/** Every service, and every other end of an edge; by name, then kind. */
export function nodesOf(
  services: readonly SeenService[],
  edges: readonly ServiceEdge[],
  lengthMs: number,
): MapNode[] {
  const nodes = new Map<string, MapNode>();
  for (const { service, stats } of services) {
    nodes.set(service, { name: service, kind: "service", red: redOf(stats, lengthMs), isLone: true });
  }
  const touch = (name: string, kind: NodeKind): void => {
    const known = nodes.get(name);
    if (known === undefined) nodes.set(name, { name, kind, red: null, isLone: false });
    else known.isLone = false;
  };
  for (const edge of edges) {
    touch(edge.client, edge.client === USER_NODE ? "user" : clientKind(edge));
    touch(edge.server, serverKind(edge));
  }
  return [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function clientKind({ connection }: ServiceEdge): NodeKind {
  return connection === "messaging" ? "queue" : "external";
}

/** Of one that sent no spans in this time. */
function serverKind({ connection }: ServiceEdge): NodeKind {
  if (connection === "database") return "database";
  return connection === "messaging" ? "queue" : "external";
}
