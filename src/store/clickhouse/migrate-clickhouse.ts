import type { ClickHouse } from "./clickhouse.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import { CLICKHOUSE_MIGRATIONS, type ClickHouseMigration } from "./migrations.ts";

/** How long telemetry is kept, by event time; whole days at least, since whole partitions are dropped. */
export interface TelemetryRetention {
  readonly spansMs: number;
  readonly sliCountsMs: number;
  readonly samplesMs: number;
}

/** ReplacingMergeTree: two nodes that start together may both record a step. */
const SCHEMA_MIGRATIONS = `
CREATE TABLE IF NOT EXISTS schema_migrations (
  version UInt32,
  name String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY version`;

const APPLIED_VERSION = `
SELECT max(version) AS version
FROM schema_migrations`;

const RECORD_MIGRATION = `
INSERT INTO schema_migrations (version, name)
SELECT {version:UInt32}, {name:String}
WHERE {version:UInt32} NOT IN (SELECT version FROM schema_migrations)`;

const TABLE_TTL = `
SELECT extract(create_table_query, 'TTL (.+) SETTINGS') AS ttl
FROM system.tables
WHERE database = currentDatabase() AND name = {table:String}`;

const RECORD_RAISE = `
INSERT INTO retention_raises (table_name, kept_from)
SELECT {table:String}, now64(3, 'UTC') - toIntervalSecond({before:UInt32})`;

/**
 * Brings the schema up to date, then sets how long rows are kept. Safe to repeat and to run on several nodes at once:
 * every statement of a step is idempotent. Rejects when the schema is newer than this program.
 */
export async function migrateClickHouse(
  clickhouse: ClickHouse,
  options: { readonly retention: TelemetryRetention },
  migrations: readonly ClickHouseMigration[] = CLICKHOUSE_MIGRATIONS,
): Promise<void> {
  await clickhouse.command("background", SCHEMA_MIGRATIONS);
  const [row] = await clickhouse.query<{ version: number }>("background", APPLIED_VERSION);
  const applied = row?.version ?? 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (applied > newest) {
    throw new ClickHouseError(
      "query",
      `the telemetry store has schema version ${applied}, this program knows ${newest}: use the version of Noroshi that wrote it, or a later one`,
    );
  }
  for (const { version, name, statements } of migrations) {
    if (version <= applied) continue;
    for (const statement of statements) await clickhouse.command("background", statement);
    await clickhouse.command("background", RECORD_MIGRATION, { params: { version, name } });
  }
  await keepFor(clickhouse, "spans", "toDateTime(end_time)", options.retention.spansMs);
  const { samplesMs } = options.retention;
  for (const table of ["samples", "histogram_samples", "exemplars"]) {
    await keepFor(clickhouse, table, "toDateTime(time)", samplesMs);
  }
  // A day more: a series belongs to all of its day.
  await keepFor(clickhouse, "series", "day", samplesMs + 86_400_000);
  await keepFor(clickhouse, "sli_counts", "bucket", options.retention.sliCountsMs);
  await keepFor(clickhouse, "slo_ledger", "toDateTime(at)", options.retention.sliCountsMs);
}

/** Changes the TTL only when it differs: a change makes the engine look through every part. */
async function keepFor(clickhouse: ClickHouse, table: string, time: string, keptMs: number): Promise<void> {
  const seconds = Math.ceil(keptMs / 1_000);
  const wanted = `${time} + toIntervalSecond(${seconds})`;
  const [row] = await clickhouse.query<{ ttl: string }>("background", TABLE_TTL, { params: { table } });
  if (row?.ttl === wanted) return;
  const before = Number(/toIntervalSecond\((\d+)\)/.exec(row?.ttl ?? "")?.[1] ?? Infinity);
  // First: it holds whether or not the change comes to pass.
  if (before < seconds) await clickhouse.command("background", RECORD_RAISE, { params: { table, before } });
  await clickhouse.command("background", `ALTER TABLE ${table} MODIFY TTL ${wanted}`);
}
