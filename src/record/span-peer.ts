import { AttributeType } from "../model/attributes.ts";
import type { Attributes } from "../model/attributes.ts";

/** What a span says about the other side of a call, which may send no spans of its own. */
export interface SpanPeer {
  /** The database's name, or its kind where it has none; undefined when the call was to no database. */
  readonly database: string | undefined;
  /** Where a message goes to or comes from. */
  readonly queue: string | undefined;
  /** The name to show where the other side's span does not come. */
  readonly node: string | undefined;
}

const NOBODY: SpanPeer = { database: undefined, queue: undefined, node: undefined };
/** The first letters of the keys below. */
const LETTERS = new Set(Array.from("dmnprs", (letter) => letter.charCodeAt(0)));
/** Of an instance: it names nobody, and there are too many of them. */
const IP_ADDRESS = /^[\d.]+$|:/;

/** Old and new names of OpenTelemetry's conventions; which come first is as in Tempo, then queues, then addresses. */
export function peerOf({ keys, types, values }: Attributes): SpanPeer {
  const found: Partial<Record<string, string>> = {};
  let count = 0;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    // Most attributes are about something else; their first letter says so.
    if (!LETTERS.has(key.charCodeAt(0)) || !PEER_KEYS.has(key)) continue;
    if (types[i] !== AttributeType.string || values[i] === "") continue;
    found[key] = values[i] as string;
    count += 1;
  }
  if (count === 0) return NOBODY;
  const name = found["db.name"];
  const namespace = found["db.namespace"];
  const system = found["db.system"] ?? found["db.system.name"];
  const queue = found["messaging.destination.name"] ?? found["messaging.destination"];
  const address = found["server.address"] ?? found["net.peer.name"];
  const host = address === undefined || IP_ADDRESS.test(address) ? undefined : address;
  return {
    database: system === undefined ? undefined : (namespace ?? name ?? system),
    queue,
    node:
      found["peer.service"] ??
      name ??
      namespace ??
      system ??
      queue ??
      found["rpc.service"] ??
      found["messaging.system"] ??
      host,
  };
}

const PEER_KEYS = new Set([
  "peer.service",
  "db.name",
  "db.namespace",
  "db.system",
  "db.system.name",
  "messaging.destination.name",
  "messaging.destination",
  "messaging.system",
  "rpc.service",
  "server.address",
  "net.peer.name",
]);
