import type { Config } from "../config.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import type { Database } from "../store/postgres/database.ts";

/** What nearly everything is made with. */
export interface Core {
  readonly config: Config;
  readonly log: Log;
  /** The present for everything that has a time of its own: spans, windows, episodes. */
  readonly now: Now;
  readonly metrics: Metrics;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
}
