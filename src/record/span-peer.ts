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
const [D, M, N, P, R, S] = [0x64, 0x6d, 0x6e, 0x70, 0x72, 0x73];
/** Of an instance: it names nobody, and there are too many of them. */
const IP_ADDRESS = /^[\d.]+$|:/;

/** Old and new names of OpenTelemetry's conventions; which come first is as in Tempo, then queues, then addresses. */
export function peerOf(attributes: Attributes): SpanPeer {
  const { keys, types, values } = attributes;
  let service: string | undefined;
  let name: string | undefined;
  let namespace: string | undefined;
  let system: string | undefined;
  // Rarer, and looked up once it is known that there is one.
  let isOther = false;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    // Most attributes are about something else; their first letter says so.
    const first = key.charCodeAt(0);
    if (first === M || first === N || first === R || first === S) isOther = true;
    if ((first !== D && first !== P) || types[i] !== AttributeType.string || values[i] === "") continue;
    if (key === "peer.service") service = values[i] as string;
    else if (key === "db.name") name = values[i] as string;
    else if (key === "db.namespace") namespace = values[i] as string;
    else if (key === "db.system" || key === "db.system.name") system = values[i] as string;
  }
  const node = service ?? name ?? namespace ?? system;
  const database = system === undefined ? undefined : (namespace ?? name ?? system);
  if (isOther && database === undefined) return otherPeer(attributes, node);
  return node === undefined ? NOBODY : { database, queue: undefined, node };
}

/** No database. */
function otherPeer({ keys, types, values }: Attributes, known: string | undefined): SpanPeer {
  let destination: string | undefined;
  let address: string | undefined;
  let rpc: string | undefined;
  let messaging: string | undefined;
  for (let i = 0; i < keys.length; i += 1) {
    if (types[i] !== AttributeType.string || values[i] === "") continue;
    const value = values[i] as string;
    switch (keys[i]) {
      case "messaging.destination.name":
        destination = value;
        break;
      case "messaging.destination":
        destination ??= value;
        break;
      case "messaging.system":
        messaging = value;
        break;
      case "rpc.service":
        rpc = value;
        break;
      case "server.address":
        address = value;
        break;
      case "net.peer.name":
        address ??= value;
        break;
      default:
    }
  }
  const node = known ?? destination ?? rpc ?? messaging ?? hostOf(address);
  return node === undefined ? NOBODY : { database: undefined, queue: destination, node };
}

function hostOf(address: string | undefined): string | undefined {
  return address === undefined || IP_ADDRESS.test(address) ? undefined : address;
}
