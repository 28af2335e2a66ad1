import type { Config } from "../config.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readKeptFrom } from "../store/clickhouse/read-kept-from.ts";
import {
  daysBeyond,
  dropSpanDay,
  readSpanDays,
  recordSpansKeptFrom,
  type SpanDay,
} from "../store/clickhouse/span-partitions.ts";

/** What goes is told this long before: counting that is under way may still read it. */
const CHECK_EVERY_MS = 600_000;

export interface SpanBound {
  /** How far back the spans are all there, in milliseconds; changes when old ones are dropped. */
  readonly retentionMs: () => number;
  /** One look: drops what the look before told, and tells what the next one will drop. Does not reject. */
  readonly check: () => Promise<void>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/**
 * Keeps the spans of the embedded store below `retention.maxSpanSize`: the oldest days go first, never today. Counts of SLIs stay;
 * what is counted anew begins after what is gone.
 */
export async function openSpanBound(parts: {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly now: Now;
  readonly log: Log;
}): Promise<SpanBound> {
  const { config, clickhouse, now, log } = parts;
  const { spans: retentionMs, maxSpanSize } = config.file.retention;
  let keptFromMs = await readKeptFrom(clickhouse, "spans");
  let told: readonly SpanDay[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const look = async (maxBytes: number): Promise<void> => {
    for (const day of told) {
      await dropSpanDay(clickhouse, day);
      log.info("a day of spans was dropped", { day: day.partitionId, spans: day.spans, bytes: day.bytes });
    }
    told = daysBeyond(await readSpanDays(clickhouse), maxBytes, now());
    const last = told.at(-1);
    if (last === undefined) return;
    keptFromMs = Math.max(keptFromMs, last.endMs);
    await recordSpansKeptFrom(clickhouse, last.endMs);
    log.warn(
      "spans take more room than retention.maxSpanSize: the oldest days are dropped in ten minutes; new SLOs are counted from what is left",
      { days: told.map(({ partitionId }) => partitionId), keptFrom: new Date(keptFromMs).toISOString() },
    );
  };
  const check = async (): Promise<void> => {
    if (maxSpanSize === undefined) return;
    try {
      await look(maxSpanSize);
    } catch (error) {
      log.warn("old spans could not be dropped; it is tried again", { error });
    }
  };
  return {
    retentionMs: () => Math.min(retentionMs, Math.max(0, now() - keptFromMs)),
    check,
    start: () => {
      if (maxSpanSize === undefined) return;
      if (clickhouse.kind === "remote") {
        log.warn(
          "retention.maxSpanSize bounds the embedded store alone; with CLICKHOUSE_URL it does nothing",
        );
        return;
      }
      running = check();
      timer = setInterval(() => {
        running = running.then(check);
      }, CHECK_EVERY_MS);
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
