/**
 * What was known of each SLO, a row a minute. Ordered by SLO, so that neighbours differ little: what stays the same costs
 * next to nothing, and counts are stored as differences. 0 in \`budget_ratio\`: as the target says; NaN: no events. Measured: see docs/decisions/0022.
 */
export const SLO_LEDGER = `
CREATE TABLE IF NOT EXISTS slo_ledger (
  slo LowCardinality(String),
  at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  state Enum8('no_data' = 0, 'met' = 1, 'at_risk' = 2, 'breached' = 3),
  good Float64 CODEC(Delta(8), ZSTD(1)),
  total Float64 CODEC(Delta(8), ZSTD(1)),
  missing Float64 CODEC(ZSTD(1)),
  budget_ratio Float64 CODEC(ZSTD(1)),
  remaining Float64 CODEC(Delta(8), ZSTD(1)),
  excluded_good Float64 CODEC(ZSTD(1)),
  excluded_total Float64 CODEC(ZSTD(1)),
  covered_from DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  revision LowCardinality(String),
  corrections LowCardinality(String),
  windows_ms Array(UInt64) CODEC(ZSTD(1)),
  burns Array(Float32) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (slo, at)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000`;
