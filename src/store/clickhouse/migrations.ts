import { SLO_LEDGER } from "./ledger-table.ts";
import { EXEMPLARS, HISTOGRAM_SAMPLES, METRIC_METADATA, SAMPLES, SERIES } from "./metric-tables.ts";

/** One step of the ClickHouse schema. Steps are never edited once released; a change is a new step. */
export interface ClickHouseMigration {
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * Spans as they came. Typed attribute maps keep `"500"` and `500` apart, so that TraceQL means the same here and on an
 * arriving span. Ordered by the time a span ended: that is the event time of an SLI. The spans of a trace lie far apart,
 * and for each its granule is read, so granules are small.
 */
const SPANS = `
CREATE TABLE IF NOT EXISTS spans (
  trace_id FixedString(16) CODEC(ZSTD(1)),
  span_id FixedString(8) CODEC(ZSTD(1)),
  parent_span_id FixedString(8) CODEC(ZSTD(1)),
  trace_state String CODEC(ZSTD(1)),
  flags UInt32 CODEC(ZSTD(1)),
  service LowCardinality(String),
  name LowCardinality(String),
  kind UInt8,
  status UInt8,
  status_message String CODEC(ZSTD(1)),
  start_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  end_time DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
  duration_ns UInt64 CODEC(ZSTD(1)),
  resource_str Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  resource_int Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
  resource_double Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  resource_bool Map(LowCardinality(String), Bool) CODEC(ZSTD(1)),
  resource_json Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  span_str Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  span_int Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),
  span_double Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  span_bool Map(LowCardinality(String), Bool) CODEC(ZSTD(1)),
  span_json Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  resource_schema_url LowCardinality(String),
  scope_name LowCardinality(String),
  scope_version LowCardinality(String),
  scope_attributes String CODEC(ZSTD(1)),
  scope_schema_url LowCardinality(String),
  events_time Array(DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
  events_name Array(LowCardinality(String)) CODEC(ZSTD(1)),
  events_attributes Array(String) CODEC(ZSTD(1)),
  events_dropped_attributes Array(UInt32) CODEC(ZSTD(1)),
  links_trace_id Array(FixedString(16)) CODEC(ZSTD(1)),
  links_span_id Array(FixedString(8)) CODEC(ZSTD(1)),
  links_trace_state Array(String) CODEC(ZSTD(1)),
  links_attributes Array(String) CODEC(ZSTD(1)),
  links_dropped_attributes Array(UInt32) CODEC(ZSTD(1)),
  links_flags Array(UInt32) CODEC(ZSTD(1)),
  dropped_attributes UInt32 CODEC(ZSTD(1)),
  dropped_events UInt32 CODEC(ZSTD(1)),
  dropped_links UInt32 CODEC(ZSTD(1)),
  writer UInt64 CODEC(ZSTD(1)),
  group_id UInt64 CODEC(ZSTD(1)),
  INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX by_group group_id TYPE minmax GRANULARITY 1,
  INDEX by_start start_time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(end_time)
ORDER BY (service, name, toUnixTimestamp(end_time))
SETTINGS index_granularity = 1024, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

/**
 * Events per indicator and 10 s bucket, as deltas that merges add up. \`writer\` keeps the counts of one run of one
 * ingest process apart, so that a dead run's counts can be repaired while others go on writing. Always read with sum().
 */
const SLI_COUNTS = `
CREATE TABLE IF NOT EXISTS sli_counts (
  indicator LowCardinality(String),
  bucket DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  writer UInt64 CODEC(ZSTD(1)),
  good Int64 CODEC(ZSTD(1)),
  total Int64 CODEC(ZSTD(1))
)
ENGINE = SummingMergeTree((good, total))
PARTITION BY toYYYYMM(bucket)
ORDER BY (indicator, bucket, writer)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

/**
 * The commit record of a group of ingest requests, written last: a group without one was never acknowledged. \`bodies\`
 * are the hashes that make a repeated request harmless; \`touched\` tells evaluators which 10-minute chunks to read again.
 */
const INGEST_GROUPS = `
CREATE TABLE IF NOT EXISTS ingest_groups (
  group_id UInt64,
  writer UInt64,
  committed_at DateTime64(3, 'UTC'),
  bodies Array(FixedString(16)),
  spans UInt32,
  touched_indicator Array(LowCardinality(String)),
  touched_chunk Array(DateTime('UTC'))
)
ENGINE = MergeTree
PARTITION BY toDate(committed_at)
ORDER BY group_id
TTL toDateTime(committed_at) + INTERVAL 2 DAY DELETE
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

/**
 * Written when spans are to be kept longer than before: those that were dropped do not come back, so counts from before
 * \`kept_from\` can no longer be compared with spans.
 */
const RETENTION_RAISES = `
CREATE TABLE IF NOT EXISTS retention_raises (
  table_name LowCardinality(String),
  kept_from DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (table_name, kept_from)`;

export const CLICKHOUSE_MIGRATIONS: readonly ClickHouseMigration[] = [
  { version: 1, name: "spans, SLI counts, ingest groups", statements: [SPANS, SLI_COUNTS, INGEST_GROUPS] },
  { version: 2, name: "raises of the retention", statements: [RETENTION_RAISES] },
  {
    version: 3,
    name: "metrics",
    statements: [
      SERIES,
      SAMPLES,
      HISTOGRAM_SAMPLES,
      EXEMPLARS,
      METRIC_METADATA,
      // Samples also give SLIs that are not whole numbers.
      "ALTER TABLE sli_counts MODIFY COLUMN good Float64 CODEC(ZSTD(1)), MODIFY COLUMN total Float64 CODEC(ZSTD(1))",
    ],
  },
  { version: 4, name: "ledger of SLOs", statements: [SLO_LEDGER] },
];
