import { randomUUID } from "node:crypto";
import type { Config } from "../config.ts";
import { ALONE, ONLOOKER, joinGroup, type Membership } from "../evaluator/membership.ts";
import type { Log } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { EVALUATORS } from "../store/postgres/episode-store.ts";
import { createMembershipStore } from "../store/postgres/membership-store.ts";

/** Which SLOs fall to this process. An embedded store belongs to one process alone. */
export async function wireMembership(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly log: Log;
  /** The evaluators changed: others' SLOs may be this process's now. */
  readonly onChange: () => void;
}): Promise<Membership> {
  const { config, db } = parts;
  if (!config.roles.has("evaluate")) return ONLOOKER;
  if (config.databaseUrl === undefined) return ALONE;
  return joinGroup({
    ...parts,
    store: createMembershipStore(db),
    group: EVALUATORS,
    member: randomUUID(),
  });
}
