import { SpanKind, StatusCode, isRoot } from "../model/span-batch.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { createEdgeCounters } from "./edge-counters.ts";
import type { ConnectionType, ServiceCall } from "./edge-counters.ts";
import { createPendingEdges, wordsOf } from "./pending-edges.ts";
import type { EdgeId, PendingSide } from "./pending-edges.ts";
import type { RecordedRow } from "./record-ports.ts";
import { peerOf } from "./span-peer.ts";

export interface ServiceGraphLimits {
  /** Calls of which one side has come; the oldest is let go for a new one beyond. */
  readonly maxPending: number;
  /** Pairs of services and kinds of connection, each with 24 series; calls over others are not counted beyond. */
  readonly maxEdges: number;
  /** How long the second side of a call may come after the first. */
  readonly waitMs: number;
}

export const DEFAULT_SERVICE_GRAPH_LIMITS: ServiceGraphLimits = {
  maxPending: 100_000,
  maxEdges: 5_000,
  waitMs: 10_000,
};

/**
 * Who calls whom, under the names that Tempo's metrics generator uses. A client's span and the server's below it are one
 * call, in whichever order they come. A side that sends no spans is made up from what the other one knows, and is
 * taken to have lasted as long as that. A queue whose messages carry no trace along stands between the two.
 */
export interface ServiceGraph {
  observe(batch: SpanBatch, nowMs: number): void;
  /** What there is to store at `atMs`; taken one edge at a time, while spans may go on arriving. */
  rows(atMs: number): Iterable<RecordedRow>;
  stats(): ServiceGraphStats;
}

export interface ServiceGraphStats {
  readonly edges: number;
  readonly droppedCalls: number;
  readonly pending: number;
  /** Sides whose other side did not come and could not be guessed. */
  readonly unpaired: number;
}

/** Whoever calls a service without a span of their own. */
const USER = "user";

export function createServiceGraph(
  startMs: number,
  limits: ServiceGraphLimits = DEFAULT_SERVICE_GRAPH_LIMITS,
): ServiceGraph {
  const edges = createEdgeCounters(startMs, limits.maxEdges);
  let unpaired = 0;
  const pending = createPendingEdges({
    ...limits,
    expired: ({ isClient, service, node, isMessaging, seconds, failed }) => {
      const type = isMessaging ? "messaging_system" : "virtual_node";
      if (node === undefined) unpaired += 1;
      else if (isClient) addMadeUp(service, node, type, seconds, failed);
      else addMadeUp(node, service, type, seconds, failed);
    },
  });
  const addMadeUp = (
    client: string,
    server: string,
    type: ConnectionType,
    seconds: number,
    failed: boolean,
  ): void => edges.add({ client, server, type, clientSeconds: seconds, serverSeconds: seconds, failed });

  const observeRow = (batch: SpanBatch, i: number, ids: SideIds, nowMs: number): void => {
    const kind = batch.kind[i]!;
    const service = batch.resources[batch.resource[i]!]!.serviceName;
    if (service === "") return;
    const seconds = batch.durationNanos[i]! / 1e9;
    const failed = batch.status[i] === StatusCode.error;
    const isClient = kind === SpanKind.client || kind === SpanKind.producer;
    let node: string | undefined;
    if (isClient) {
      const peer = peerOf(batch.attributes[i]!);
      if (peer.database !== undefined) {
        addMadeUp(service, peer.database, "database", seconds, failed);
        return;
      }
      ({ node } = peer);
    } else {
      // Of a server only its caller's span could tell who that is.
      if (kind === SpanKind.consumer) node = peerOf(batch.attributes[i]!).queue;
      if (isRoot(batch, i)) {
        if (node === undefined) addMadeUp(USER, service, "virtual_node", seconds, failed);
        else addMadeUp(node, service, "messaging_system", seconds, failed);
        return;
      }
    }
    const id = isClient ? ids.own : ids.parent;
    id.traceAt = i * 4;
    id.spanAt = i * 2;
    const side = { isClient, service, seconds, failed, isMessaging: kind >= SpanKind.producer, node };
    const other = pending.takeOther(id, isClient);
    if (other === undefined) pending.add(id, side, nowMs);
    else edges.add(isClient ? callOf(side, other) : callOf(other, side));
  };
  return {
    observe: (batch, nowMs) => {
      pending.expire(nowMs);
      const ids = sideIds(batch);
      for (let i = 0; i < batch.count; i += 1) {
        if (batch.kind[i]! >= SpanKind.server) observeRow(batch, i, ids, nowMs);
      }
    },
    rows: (atMs) => {
      pending.expire(atMs);
      return edges.rows(atMs);
    },
    stats: () => ({ ...edges.stats(), pending: pending.size(), unpaired }),
  };
}

/** Ids that are set to row after row, because one for each span would cost more than the rest of the work. */
interface SideIds {
  readonly own: MutableEdgeId;
  readonly parent: MutableEdgeId;
}

type MutableEdgeId = { -readonly [Key in keyof EdgeId]: EdgeId[Key] };

function sideIds(batch: SpanBatch): SideIds {
  const traceWords = wordsOf(batch.traceIds);
  const idIn = (bytes: Uint8Array): MutableEdgeId => ({
    traceWords,
    traceAt: 0,
    spanWords: wordsOf(bytes),
    spanAt: 0,
  });
  return { own: idIn(batch.spanIds), parent: idIn(batch.parentSpanIds) };
}

function callOf(client: PendingSide, server: PendingSide): ServiceCall {
  return {
    client: client.service,
    server: server.service,
    type: client.isMessaging || server.isMessaging ? "messaging_system" : "",
    clientSeconds: client.seconds,
    serverSeconds: server.seconds,
    failed: client.failed || server.failed,
  };
}
