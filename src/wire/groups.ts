import type { Config } from "../config.ts";
import { createSloCatalogue, type SloCatalogue, type SlosInForce } from "../grouping/slo-catalogue.ts";
import type { GroupRecord } from "../grouping/scope-state.ts";
import type { Now } from "../model/time.ts";
import { timestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readLastGroupId } from "../store/clickhouse/read-last-group-id.ts";
import type { Database } from "../store/postgres/database.ts";
import { loadGroupRecord, saveGroupRecord } from "../store/postgres/group-record-store.ts";
import { countsStore } from "./indicators.ts";

export interface GroupParts {
  readonly config: Config;
  readonly db: Database;
  readonly log: Log;
  /** Groups are looked for by those who ingest; the others read what those have found. */
  readonly clickhouse?: ClickHouse;
  readonly now?: Now;
}

/** The SLOs of the documents and the groups that are found of them. `onChange` gets every set that is to be in force. */
export function wireGroups(parts: GroupParts, onChange: (inForce: SlosInForce) => void): SloCatalogue {
  const { clickhouse, config, db, log } = parts;
  const catalogue = createSloCatalogue({
    look:
      clickhouse === undefined || !config.roles.has("ingest")
        ? undefined
        : {
            store: countsStore(clickhouse, "background"),
            readLastGroupId: () => readLastGroupId(clickhouse),
          },
    records: {
      load: (id) => loadGroupRecord<GroupRecord>(db, id),
      save: (id, record, version) => saveGroupRecord(db, id, record, version),
    },
    now: parts.now ?? (() => timestampMs(Date.now())),
    log,
    onChange,
  });
  catalogue.start();
  return catalogue;
}
