import { standInsFor } from "../alert/stand-in.ts";
import type { Config } from "../config.ts";
import type { Now } from "../model/time.ts";
import { createStandIns, type StandIns } from "../notify/stand-ins.ts";
import type { Log } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { addStandIn, readFailing } from "../store/postgres/stand-in-store.ts";
import { routingOf } from "./telling.ts";

/** Who is told where a receiver fails, as the configuration says. */
export function wireStandIns(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly now: Now;
  readonly log: Log;
  readonly kickOutbox: () => void;
}): StandIns {
  const { config, db, now, log, kickOutbox } = parts;
  const { receivers } = routingOf(config);
  return createStandIns({
    readFailing: () => readFailing(db, config.file.telling.fallbackAfter),
    add: (failing, chain, why, at) => addStandIn(db, failing, chain, why, at),
    chain: (failing, episode) => standInsFor(failing, episode.severity, receivers),
    now,
    onAdded: kickOutbox,
    log,
  });
}
