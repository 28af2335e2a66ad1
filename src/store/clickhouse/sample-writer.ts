import type { SampleBatch } from "../../model/sample-batch.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { insertExemplars } from "./exemplar-rows.ts";
import { insertHistogramSamples } from "./histogram-rows.ts";
import { insertMetadata, type WrittenMetadata } from "./metadata-rows.ts";
import { insertFloatSamples } from "./sample-rows.ts";
import { createSeriesDays } from "./series-days.ts";
import { insertSeries } from "./series-rows.ts";

/** What a group of requests brings of metrics. */
export interface SampleGroup {
  readonly groupId: bigint;
  readonly batches: readonly SampleBatch[];
}

/**
 * Stores the samples of groups, one group at a time. Repeated with the same group, everything is there once. Rejects with
 * ClickHouseError; a part may then be stored, and may stay.
 */
export type InsertSamples = (group: SampleGroup) => Promise<void>;

/** Remembers for the life of the process which series and metadata are stored already: make one for a store. */
export function createSampleWriter(clickhouse: ClickHouse): InsertSamples {
  const seriesDays = createSeriesDays();
  const metadata: WrittenMetadata = new Map();
  return async (group) => {
    await insertSeries(clickhouse, seriesDays, group);
    await insertFloatSamples(clickhouse, group);
    await insertHistogramSamples(clickhouse, group);
    await insertExemplars(clickhouse, group);
    await insertMetadata(clickhouse, metadata, group);
  };
}
