import type { Config } from "../config.ts";
import type { Now } from "../model/time.ts";
import type { RunQuery } from "../promql/query-request.ts";
import { createPreviewCounts } from "../sli/preview-counts.ts";
import type { PreviewCounts } from "../sli/preview-counts.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readCountSteps } from "../store/clickhouse/read-count-steps.ts";
import { readKeptFrom } from "../store/clickhouse/read-kept-from.ts";
import { readOldestSpanTime } from "../store/clickhouse/read-oldest-span-time.ts";
import { countsStore } from "./indicators.ts";

/** Counts of indicators that need not run, in the lane of reads. */
export function wirePreviews(parts: {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  /** People's queries. */
  readonly runQuery: RunQuery;
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  readonly now: Now;
}): PreviewCounts {
  const { clickhouse, config, now } = parts;
  return createPreviewCounts({
    store: countsStore(clickhouse, "read"),
    runQuery: parts.runQuery,
    coveredFromMs: parts.coveredFromMs,
    readCounts: (id, range) => readCountSteps(clickhouse, id, range),
    oldestSpanMs: () => readOldestSpanTime(clickhouse, "read"),
    keptFromMs: async (table) =>
      Math.max(now() - config.file.retention[table], await readKeptFrom(clickhouse, table, "read")),
  });
}
