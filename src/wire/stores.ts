import type { Config } from "../config.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { ClickHouse, Lane } from "../store/clickhouse/clickhouse.ts";
import { openEmbeddedClickHouse } from "../store/clickhouse/embedded-clickhouse.ts";
import { migrateClickHouse } from "../store/clickhouse/migrate-clickhouse.ts";
import { openRemoteClickHouse } from "../store/clickhouse/remote-clickhouse.ts";

/** Opens the telemetry store that the configuration names and brings its schema up to date. */
export async function openClickHouse(config: Config, log: Log, metrics: Metrics): Promise<ClickHouse> {
  const { queries, retention } = config.file;
  const limits = {
    read: { maxMemoryBytes: queries.maxMemory, maxExecutionSeconds: queries.maxTime / 1_000 },
  };
  const opened =
    config.clickhouseUrl === undefined
      ? await openEmbeddedClickHouse({ dataDir: config.dataDir, limits, log })
      : openRemoteClickHouse({ url: config.clickhouseUrl, limits, log });
  try {
    await migrateClickHouse(opened, {
      retention: { spansMs: retention.spans, sliCountsMs: retention.sliCounts, samplesMs: retention.samples },
    });
  } catch (error) {
    await opened.close();
    throw error;
  }
  return timed(opened, metrics);
}

/** Measures every statement, waiting for a connection included. */
function timed(clickhouse: ClickHouse, metrics: Metrics): ClickHouse {
  const measure = async <T>(lane: Lane, kind: string, work: () => Promise<T>): Promise<T> => {
    const end = metrics.querySeconds.startTimer({ lane, kind });
    try {
      const result = await work();
      end({ outcome: "ok" });
      return result;
    } catch (error) {
      end({ outcome: "failed" });
      throw error;
    }
  };
  return {
    kind: clickhouse.kind,
    query: (lane, sql, options) => measure(lane, "query", () => clickhouse.query(lane, sql, options)),
    queryBytes: (lane, sql, options) =>
      measure(lane, "query", () => clickhouse.queryBytes(lane, sql, options)),
    command: (lane, sql, options) => measure(lane, "command", () => clickhouse.command(lane, sql, options)),
    insert: (lane, request) => measure(lane, "insert", () => clickhouse.insert(lane, request)),
    close: () => clickhouse.close(),
  };
}
