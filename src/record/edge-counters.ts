import type { Labels } from "../model/labels.ts";
import {
  createDurationHistogram,
  doublingBounds,
  histogramRows,
  observeDuration,
} from "./duration-histogram.ts";
import type { DurationHistogram } from "./duration-histogram.ts";
import { hasEnded, newLiveCounter } from "./live-counter.ts";
import type { LiveCounter } from "./live-counter.ts";
import type { RecordedRow } from "./record-ports.ts";

export type ConnectionType = "" | "messaging_system" | "database" | "virtual_node";

/** One call from a service to another. */
export interface ServiceCall {
  readonly client: string;
  readonly server: string;
  readonly type: ConnectionType;
  /** As the client saw it. */
  readonly clientSeconds: number;
  readonly serverSeconds: number;
  readonly failed: boolean;
}

/** Counts calls by edge. */
export interface EdgeCounters {
  add(call: ServiceCall): void;
  rows(atMs: number): Iterable<RecordedRow>;
  stats(): { readonly edges: number; readonly droppedCalls: number };
}

interface EdgeCounter extends LiveCounter {
  readonly client: string;
  readonly server: string;
  readonly type: ConnectionType;
  failed: number;
  readonly clientSeconds: DurationHistogram;
  readonly serverSeconds: DurationHistogram;
}

/** 100 ms to 12.8 s: the default of Tempo's service graph. */
const BOUNDS = doublingBounds(0.1, 8);
const REQUEST = "traces_service_graph_request";

/** Calls over an edge beyond `maxEdges` are counted nowhere but in `droppedCalls`. */
export function createEdgeCounters(startMs: number, maxEdges: number): EdgeCounters {
  const byClient = new Map<string, Map<string, EdgeCounter[]>>();
  let edges = 0;
  let droppedCalls = 0;
  let zeroMs = startMs;

  const find = (client: string, server: string, type: ConnectionType): EdgeCounter | undefined => {
    const known = byClient.get(client)?.get(server);
    // An edge is of one type nearly always.
    return known?.find((edge) => edge.type === type);
  };
  const create = ({ client, server, type }: ServiceCall): EdgeCounter => {
    const edge: EdgeCounter = {
      ...newLiveCounter(zeroMs),
      client,
      server,
      type,
      failed: 0,
      clientSeconds: createDurationHistogram(BOUNDS),
      serverSeconds: createDurationHistogram(BOUNDS),
    };
    let byServer = byClient.get(client);
    if (byServer === undefined) byClient.set(client, (byServer = new Map()));
    byServer.set(server, [...(byServer.get(server) ?? []), edge]);
    edges += 1;
    return edge;
  };
  return {
    add: (call) => {
      let edge = find(call.client, call.server, call.type);
      if (edge === undefined && edges >= maxEdges) {
        droppedCalls += 1;
        return;
      }
      edge ??= create(call);
      if (call.failed) edge.failed += 1;
      observeDuration(edge.clientSeconds, call.clientSeconds);
      observeDuration(edge.serverSeconds, call.serverSeconds);
    },
    *rows(atMs) {
      // After what an earlier counter of the same name may have at this time.
      zeroMs = atMs + 1;
      for (const [client, byServer] of byClient) {
        for (const [server, known] of byServer) {
          for (const edge of known) {
            if (edge.startMs >= atMs) continue;
            const ended = hasEnded(edge, edge.clientSeconds.count, atMs);
            if (ended) {
              byServer.set(
                server,
                byServer.get(server)!.filter((other) => other !== edge),
              );
              edges -= 1;
            }
            yield* edgeRows(edge, ended);
          }
          if (byServer.get(server)!.length === 0) byServer.delete(server);
        }
        if (byServer.size === 0) byClient.delete(client);
      }
    },
    stats: () => ({ edges, droppedCalls }),
  };
}

/** All at once, so that the series of an edge agree with each other. */
function edgeRows(edge: EdgeCounter, ended: boolean): RecordedRow[] {
  const { client, server, type, startMs } = edge;
  const labelsOf = (metric: string, le: string): Labels => {
    const labels = ["__name__", metric, "client", client];
    if (type !== "") labels.push("connection_type", type);
    if (le !== "") labels.push("le", le);
    labels.push("server", server);
    return labels;
  };
  const rowOf = (metric: string, value: number): RecordedRow => ({
    labels: labelsOf(metric, ""),
    value: ended ? undefined : value,
    startMs,
  });
  const options = { labelsOf, startMs, ended };
  return [
    rowOf(`${REQUEST}_total`, edge.clientSeconds.count),
    rowOf(`${REQUEST}_failed_total`, edge.failed),
    ...histogramRows(`${REQUEST}_client_seconds`, edge.clientSeconds, options),
    ...histogramRows(`${REQUEST}_server_seconds`, edge.serverSeconds, options),
  ];
}
