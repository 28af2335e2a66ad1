import { createHash } from "node:crypto";
import type { Slo } from "./slo.ts";

/** What an SLO says, without where that is written. */
export type SloDefinition = Omit<Slo, "location">;

/** Each is asked for every minute, and stays the same for days. */
const known = new WeakMap<object, string>();

/** SHA-256, hex, of an SLO's definition: where a document lies in its file is no part of it. */
export function sloRevision(slo: Slo | SloDefinition): string {
  let revision = known.get(slo);
  if (revision === undefined) {
    revision = createHash("sha256")
      .update(canonicalJson(sloDefinition(slo)))
      .digest("hex");
    known.set(slo, revision);
  }
  return revision;
}

/** The SLO without its place. */
export function sloDefinition(slo: Slo | SloDefinition): SloDefinition {
  const { location: _, ...definition } = slo as Slo;
  return definition;
}

/** JSON with the keys of every object in order, so that equal definitions have equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
