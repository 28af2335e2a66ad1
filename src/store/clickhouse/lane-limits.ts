import type { Lane, StatementOptions } from "./clickhouse.ts";

export interface LaneLimits {
  readonly maxMemoryBytes: number;
  readonly maxExecutionSeconds: number;
  /** Of a result as JSON text; it is held in memory twice while it is read. */
  readonly maxResultBytes: number;
  /** Statements that may wait; one more is refused as `overloaded`. */
  readonly maxQueued: number;
}

const MIB = 1024 * 1024;

/** What a statement may use when nothing else is said. */
const DEFAULT_LANE_LIMITS: Readonly<Record<Lane, LaneLimits>> = {
  ingest: { maxMemoryBytes: 1_536 * MIB, maxExecutionSeconds: 30, maxResultBytes: 128 * MIB, maxQueued: 64 },
  evaluate: { maxMemoryBytes: 768 * MIB, maxExecutionSeconds: 30, maxResultBytes: 128 * MIB, maxQueued: 256 },
  read: { maxMemoryBytes: 1_024 * MIB, maxExecutionSeconds: 30, maxResultBytes: 128 * MIB, maxQueued: 64 },
  background: {
    maxMemoryBytes: 1_024 * MIB,
    maxExecutionSeconds: 600,
    maxResultBytes: 128 * MIB,
    maxQueued: 256,
  },
};

/** Overrides of the defaults, lane by lane. */
export type LaneLimitOverrides = Readonly<Partial<Record<Lane, Partial<LaneLimits>>>>;

export function laneLimits(overrides: LaneLimitOverrides | undefined): Readonly<Record<Lane, LaneLimits>> {
  const of = (lane: Lane): LaneLimits => ({ ...DEFAULT_LANE_LIMITS[lane], ...overrides?.[lane] });
  return { ingest: of("ingest"), evaluate: of("evaluate"), read: of("read"), background: of("background") };
}

/**
 * An insert may touch any number of days: the default limit of 100 would make one request with old spans fail for good,
 * and every request that shares its group with it.
 */
export const INSERT_SETTINGS: Readonly<Record<string, number>> = { max_partitions_per_insert_block: 0 };

/** The settings of one statement: the lane's limits, what makes JSON lossless, then the statement's own. */
export function statementSettings(
  limits: LaneLimits,
  options: StatementOptions | undefined,
): Record<string, string | number> {
  const settings: Record<string, string | number> = {
    max_memory_usage: options?.limits?.maxMemoryBytes ?? limits.maxMemoryBytes,
    max_execution_time: options?.limits?.maxExecutionSeconds ?? limits.maxExecutionSeconds,
    output_format_json_quote_64bit_integers: 1,
    output_format_json_quote_decimals: 1,
    output_format_json_quote_denormals: 1,
    ...options?.settings,
  };
  if (options?.deduplicationToken !== undefined) {
    settings["insert_deduplication_token"] = options.deduplicationToken;
  }
  return settings;
}
