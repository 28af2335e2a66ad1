/**
 * Which series had samples on which day (UTC), so that a look-up reads only the days that it asks for. \`labels\` are all
 * but the metric's name.
 */
export const SERIES = `
CREATE TABLE IF NOT EXISTS series (
  day Date,
  metric LowCardinality(String),
  id UInt64,
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMMDD(day)
ORDER BY (metric, id)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

/**
 * Float samples. One that is sent again is one row once parts are merged; readers see it once at any time (of several
 * values for one time the largest counts, any before a staleness marker).
 */
export const SAMPLES = `
CREATE TABLE IF NOT EXISTS samples (
  metric LowCardinality(String),
  series UInt64 CODEC(Delta(8), ZSTD(1)),
  time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value Float64 CODEC(Gorilla(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (metric, series, time)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

/** Native histograms; see model/native-histogram.ts. \`stale\` rows are staleness markers. */
export const HISTOGRAM_SAMPLES = `
CREATE TABLE IF NOT EXISTS histogram_samples (
  metric LowCardinality(String),
  series UInt64 CODEC(Delta(8), ZSTD(1)),
  time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  stale Bool,
  counter_reset Enum8('unknown' = 0, 'reset' = 1, 'not_reset' = 2, 'gauge' = 3),
  schema Int8,
  count Float64 CODEC(Gorilla(8), ZSTD(1)),
  sum Float64 CODEC(Gorilla(8), ZSTD(1)),
  zero_threshold Float64 CODEC(ZSTD(1)),
  zero_count Float64 CODEC(Gorilla(8), ZSTD(1)),
  positive_indexes Array(Int32) CODEC(ZSTD(1)),
  positive_counts Array(Float64) CODEC(ZSTD(1)),
  negative_indexes Array(Int32) CODEC(ZSTD(1)),
  negative_counts Array(Float64) CODEC(ZSTD(1)),
  custom_bounds Array(Float64) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (metric, series, time)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

export const EXEMPLARS = `
CREATE TABLE IF NOT EXISTS exemplars (
  metric LowCardinality(String),
  series UInt64 CODEC(ZSTD(1)),
  time DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value Float64 CODEC(ZSTD(1)),
  labels Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(time)
ORDER BY (metric, series, time, value)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;

/** What is said about metric families; the newest row of a family counts. */
export const METRIC_METADATA = `
CREATE TABLE IF NOT EXISTS metric_metadata (
  metric String,
  type LowCardinality(String),
  unit LowCardinality(String),
  help String,
  updated_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY metric
SETTINGS non_replicated_deduplication_window = 1000`;
