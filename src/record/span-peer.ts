import { AttributeType } from "../model/attributes.ts";
import type { Attributes } from "../model/attributes.ts";

/** What a client's span says about the other side, which may send no spans of its own. */
export interface SpanPeer {
  /** The database's name, or its kind where it has none; undefined when the call was to no database. */
  readonly database: string | undefined;
  /** The name to show where the other side's span does not come. */
  readonly node: string | undefined;
}

const NOBODY: SpanPeer = { database: undefined, node: undefined };
const D = 0x64;
const P = 0x70;

/** Old and new names of OpenTelemetry's conventions; which come first is as in Tempo. */
export function peerOf({ keys, types, values }: Attributes): SpanPeer {
  let service: string | undefined;
  let name: string | undefined;
  let namespace: string | undefined;
  let system: string | undefined;
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i]!;
    // Most attributes are about something else; their first letter says so.
    const first = key.charCodeAt(0);
    if ((first !== D && first !== P) || types[i] !== AttributeType.string || values[i] === "") continue;
    if (key === "peer.service") service = values[i] as string;
    else if (key === "db.name") name = values[i] as string;
    else if (key === "db.namespace") namespace = values[i] as string;
    else if (key === "db.system" || key === "db.system.name") system = values[i] as string;
  }
  const node = service ?? name ?? namespace ?? system;
  if (node === undefined) return NOBODY;
  return { database: system === undefined ? undefined : (namespace ?? name ?? system), node };
}
