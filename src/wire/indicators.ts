import type { CountsStore } from "../sli/counts-sql.ts";
import type { IndicatorPorts } from "../sli/counted-indicator.ts";
import type { UndoGroupsPorts } from "../sli/undo-groups.ts";
import type { ClickHouse, Lane } from "../store/clickhouse/clickhouse.ts";
import { deleteSliCounts } from "../store/clickhouse/delete-sli-counts.ts";
import { readOldestSpanTime } from "../store/clickhouse/read-oldest-span-time.ts";
import { deleteUncommittedSpans, readUncommittedSpans } from "../store/clickhouse/uncommitted-spans.ts";
import type { Database } from "../store/postgres/database.ts";
import {
  listIndicators,
  setIndicatorBackfilling,
  setIndicatorCatchingUp,
  setIndicatorLive,
  setIndicatorRetired,
} from "../store/postgres/indicator-store.ts";

/** The telemetry store as the counting sees it, in one lane. */
export function countsStore(clickhouse: ClickHouse, lane: Lane): CountsStore {
  return {
    query: (sql, options) => clickhouse.query(lane, sql, options),
    command: (sql, options) => clickhouse.command(lane, sql, options),
  };
}

/** For taking back groups without a commit record. */
export function wireUndoPorts(clickhouse: ClickHouse): UndoGroupsPorts {
  return {
    store: countsStore(clickhouse, "ingest"),
    readUncommitted: () => readUncommittedSpans(clickhouse),
    deleteSpans: (groupIds) => deleteUncommittedSpans(clickhouse, groupIds),
  };
}

/** Both stores and the group commit, as the counting needs them. */
export function wireIndicatorPorts(parts: {
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly atBoundary: IndicatorPorts["atBoundary"];
  readonly announce: IndicatorPorts["announce"];
}): IndicatorPorts {
  const { clickhouse, db, atBoundary, announce } = parts;
  return {
    states: {
      list: () => listIndicators(db),
      setBackfilling: (indicator) => setIndicatorBackfilling(db, indicator),
      setCatchingUp: (id) => setIndicatorCatchingUp(db, id),
      setLive: (id, coverage) => setIndicatorLive(db, id, coverage),
      setRetired: (id, end) => setIndicatorRetired(db, id, end),
    },
    store: countsStore(clickhouse, "background"),
    boundaryStore: countsStore(clickhouse, "ingest"),
    deleteCounts: (indicators) => deleteSliCounts(clickhouse, { indicators }),
    oldestSpanMs: () => readOldestSpanTime(clickhouse),
    deleteSpans: (groupIds) => deleteUncommittedSpans(clickhouse, groupIds),
    atBoundary,
    announce,
  };
}
