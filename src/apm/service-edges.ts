import { MINUTE_MS } from "../model/time.ts";
import { round } from "./red.ts";
import type { ReadRange, SeriesSum, ServicePorts } from "./service-ports.ts";

export type ConnectionType = "call" | "messaging" | "database" | "virtual";

/** Calls from one node of the service map to another. */
export interface ServiceEdge {
  client: string;
  server: string;
  /** virtual: one side sends no spans, and is known from the other's attributes. */
  connection: ConnectionType;
  requests: number;
  requestsPerSecond: number;
  errors: number;
  errorShare: number | null;
  /** As the client saw it. p95: null below 100 ms, where the recorded buckets begin. */
  durationMs: { mean: number; p95: number | null } | null;
}

/** The name of whoever calls a service without a span of their own. */
export const USER_NODE = "user";

const CONNECTIONS: Readonly<Record<string, ConnectionType>> = {
  messaging_system: "messaging",
  database: "database",
  virtual_node: "virtual",
};
const GRAPH = "traces_service_graph_request";
/** Where the buckets of the recorded series begin. */
const LEAST_P95_MS = 100;
/** After a minute its samples are stored a little later. */
const RECORDED_AFTER_MS = 10_000;

type EdgePorts = Pick<ServicePorts, "sumSeries">;

/**
 * The service map's edges in a time, the busiest first, from the series that are recorded every minute: what came in the
 * last one may be missing. Of one service: its own.
 */
export async function readEdges(
  ports: EdgePorts,
  range: ReadRange,
  end?: { readonly client?: string; readonly server?: string },
): Promise<ServiceEdge[]> {
  const { seconds, endMs } = recordedRange(range);
  const matchers = Object.entries(end ?? {}).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const ask = async (metric: string, more = "") => {
    const inner = `sum by (client, server, connection_type${more}) (increase(${GRAPH}_${metric}{${matchers.join(",")}}[${seconds}s]))`;
    const query = more === "" ? inner : `histogram_quantile(0.95, ${inner})`;
    return byEdge(await ports.sumSeries(query, endMs, range.signal));
  };
  const [requests, failed, sums, p95s] = await Promise.all([
    ask("total"),
    ask("failed_total"),
    ask("client_seconds_sum"),
    ask("client_seconds_bucket", ", le"),
  ]);
  const edges: ServiceEdge[] = [];
  for (const [key, { labels, value }] of requests) {
    // Where a series begins or ends within the range, its increase is an estimate; calls are whole.
    const count = Math.round(value);
    if (count === 0) continue;
    const errors = Math.min(count, Math.round(failed.get(key)?.value ?? 0));
    const p95Ms = (p95s.get(key)?.value ?? 0) * 1_000;
    edges.push({
      client: labels["client"] ?? "",
      server: labels["server"] ?? "",
      connection: CONNECTIONS[labels["connection_type"] ?? ""] ?? "call",
      requests: count,
      requestsPerSecond: round(count / seconds),
      errors,
      errorShare: errors / count,
      durationMs: {
        mean: round(((sums.get(key)?.value ?? 0) * 1_000) / value),
        p95: p95Ms > LEAST_P95_MS ? round(p95Ms) : null,
      },
    });
  }
  return edges.sort((a, b) => b.requests - a.requests || (nameOf(a) < nameOf(b) ? -1 : 1));
}

/**
 * Whole minutes, up to the last one that is recorded for certain: samples lie on them, so that nothing is extrapolated
 * beyond the last.
 */
function recordedRange({ fromMs, toMs }: ReadRange): { seconds: number; endMs: number } {
  const endMs = Math.floor((toMs - RECORDED_AFTER_MS) / MINUTE_MS) * MINUTE_MS;
  const startMs = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
  return { seconds: Math.max(60, (endMs - startMs) / 1_000), endMs };
}

const nameOf = ({ client, server, connection }: ServiceEdge): string =>
  JSON.stringify([client, server, connection]);

function byEdge(sums: readonly SeriesSum[]): ReadonlyMap<string, SeriesSum> {
  const edges = sums.map((sum): [string, SeriesSum] => {
    const { client, server, connection_type: type } = sum.labels;
    return [JSON.stringify([client, server, type ?? ""]), sum];
  });
  return new Map(edges);
}
