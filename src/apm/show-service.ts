import { summaryOf, type ServiceSummary } from "./list-services.ts";
import { redOf, type Red } from "./red.ts";
import { readEdges, type ServiceEdge } from "./service-edges.ts";
import type { ReadRange, RequestOrder, ServicePorts } from "./service-ports.ts";

export interface Endpoint extends Red {
  /** The method and the route where there is one, else the name of the span. */
  operation: string;
  /** Of the time that all requests of the service took together, 0..1. */
  timeShare: number | null;
}

export interface ServiceView extends ServiceSummary {
  endpoints: Endpoint[];
  /** Whom it calls. */
  callees: ServiceEdge[];
  /** Who calls it. */
  callers: ServiceEdge[];
}

export interface ServiceQuestion extends ReadRange {
  readonly service: string;
  readonly apdexMs: number;
  readonly order: RequestOrder;
  /** Endpoints. */
  readonly limit: number;
}

/** One service; undefined where neither spans nor SLOs name it. */
export async function showService(
  ports: ServicePorts,
  question: ServiceQuestion,
): Promise<ServiceView | undefined> {
  const { service, limit } = question;
  const lengthMs = question.toMs - question.fromMs;
  const slos = ports.slos();
  const [seen] = await ports.readServices({ ...question, limit: 1 });
  if (seen === undefined && !slos.some((slo) => slo.service === service)) return undefined;
  const [endpoints, callees, callers] = await Promise.all([
    ports.readRequestGroups({ ...question, by: "operation" }),
    readEdges(ports, question, { client: service }),
    readEdges(ports, question, { server: service }),
  ]);
  const totalMs = seen?.stats.totalMs ?? 0;
  return {
    ...summaryOf(service, seen, slos, lengthMs),
    endpoints: endpoints.map(({ operation, stats }) => ({
      operation,
      ...redOf(stats, lengthMs),
      timeShare: totalMs === 0 ? null : stats.totalMs / totalMs,
    })),
    callees: callees.slice(0, limit),
    callers: callers.slice(0, limit),
  };
}
