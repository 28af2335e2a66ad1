import type { CountReader } from "../evaluator/source-reader.ts";
import type { ClickHouse, Lane } from "../store/clickhouse/clickhouse.ts";
import { readBuckets } from "../store/clickhouse/read-buckets.ts";
import { readChangesAfter } from "../store/clickhouse/read-changes-after.ts";
import { readChunkSums } from "../store/clickhouse/read-chunk-sums.ts";
import { readLastGroupId } from "../store/clickhouse/read-last-group-id.ts";
import { readSliceBuckets, readSliceSums } from "../store/clickhouse/read-slices.ts";

/** What SLOs are judged by, read in this lane of the telemetry store. */
export function wireCountReader(clickhouse: ClickHouse, lane: Lane = "evaluate"): CountReader {
  return {
    readLastGroupId: () => readLastGroupId(clickhouse),
    readChangesAfter: (groupId) => readChangesAfter(clickhouse, groupId),
    readChunkSums: (indicators, fromMs, toMs, excluded) =>
      readChunkSums(clickhouse, indicators, fromMs, toMs, { excluded, lane }),
    readBuckets: (chunks, excluded) => readBuckets(clickhouse, chunks, { excluded, lane }),
    readSliceSums: (indicators, method, fromMs, toMs, excluded) =>
      readSliceSums(clickhouse, indicators, method, fromMs, toMs, { excluded, lane }),
    readSliceBuckets: (chunks, method, excluded) =>
      readSliceBuckets(clickhouse, chunks, method, { excluded, lane }),
  };
}
