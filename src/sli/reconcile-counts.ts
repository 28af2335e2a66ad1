import { MINUTE_MS } from "../model/time.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";
import { repairCounts } from "./repair-counts.ts";
import type { RepairPorts } from "./repair-counts.ts";

/** An indicator whose counts are complete from `coveredFromMs` on. */
export interface LiveIndicator {
  readonly indicator: ParsedIndicator;
  readonly coveredFromMs: number;
}

export interface ReconcilerOptions {
  readonly ports: RepairPorts;
  readonly live: () => readonly LiveIndicator[];
  readonly isLive: (indicatorId: string) => boolean;
  /** How far back the spans are all there. */
  readonly spanRetentionMs: number;
  readonly now: Now;
  readonly log: Log;
  /** Buckets are left alone until they are this old. */
  readonly closedAfterMs?: number;
  /** A run compares at most this much of the newest, and as much of the older buckets. */
  readonly sliceMs?: number;
}

/** Compares one slice of the counts with the spans; the next run goes on where this one ended. */
export interface Reconciler {
  /** Returns what was repaired. Rejects when the store fails; nothing is lost by that. */
  run(): Promise<readonly CountDelta[]>;
}

/** Spans near the end of their retention may be gone in parts. */
const RETENTION_MARGIN_MS = 60 * MINUTE_MS;

/** Watches that the counts equal the spans: the newest closed buckets first, and the whole retention in turn. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { closedAfterMs = 5 * MINUTE_MS, sliceMs = 60 * MINUTE_MS } = options;
  let newestDoneMs = -Infinity;
  let olderFromMs = -Infinity;

  const repair = async (fromMs: number, toMs: number, rawFromMs: number) => {
    // Also before an indicator's coverage: spans that come late are counted there too.
    const targets = options.live().map(({ indicator }) => ({ indicator, fromMs: rawFromMs }));
    const repaired = await repairCounts(options.ports, targets, { fromMs, toMs }, options.isLive);
    if (repaired.length > 0) {
      const indicators = [...new Set(repaired.map((delta) => delta.indicator))];
      const events = repaired.reduce((sum, { total }) => sum + Math.abs(total), 0);
      options.log.warn("SLI counts differed from the spans and were repaired", {
        indicators,
        buckets: repaired.length,
        events,
      });
    }
    return repaired;
  };

  return {
    async run() {
      const nowMs = options.now();
      const closedMs = bucketStartMs(nowMs - closedAfterMs);
      const rawFromMs = bucketStartMs(nowMs - options.spanRetentionMs + RETENTION_MARGIN_MS);
      const newestFromMs = Math.max(newestDoneMs, closedMs - sliceMs, rawFromMs);
      const newest = await repair(newestFromMs, closedMs, rawFromMs);
      newestDoneMs = closedMs;
      if (olderFromMs <= rawFromMs) olderFromMs = newestFromMs;
      const olderToMs = olderFromMs;
      olderFromMs = Math.max(rawFromMs, olderToMs - sliceMs);
      return [...newest, ...(await repair(olderFromMs, olderToMs, rawFromMs))];
    },
  };
}
