import { SpanKind } from "../model/span-batch.ts";
import type { Span } from "../model/span.ts";
import { textOf } from "./span-attribute.ts";

/**
 * What a client or producer called, as its span names it: a service, a database, a queue, or an address. Empty where it says
 * nothing. For what sends no spans of its own.
 */
export function peerName({ attributes, kind }: Span): string {
  if (kind !== SpanKind.client && kind !== SpanKind.producer && kind !== SpanKind.internal) return "";
  return (
    textOf(attributes, "peer.service", "service.peer.name") ||
    textOf(attributes, "db.namespace", "db.name") ||
    textOf(attributes, "messaging.destination.name", "messaging.destination") ||
    textOf(attributes, "rpc.service") ||
    textOf(attributes, "db.system.name", "db.system", "messaging.system") ||
    textOf(attributes, "server.address", "net.peer.name", "http.host", "net.sock.peer.addr")
  );
}
