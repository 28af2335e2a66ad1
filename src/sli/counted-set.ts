import type { TracesIndicator } from "../slo/indicator.ts";
import type { BackfillWorker } from "./backfill-worker.ts";
import { createSpanCounter } from "./count-spans.ts";
import type { SpanCounter } from "./count-spans.ts";
import type { CountedIndicator, IndicatorOptions, Origin } from "./counted-indicator.ts";
import type { IndicatorRecord } from "./indicator-states.ts";
import { parseIndicator } from "./parse-indicator.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** The indicators that are counted as spans arrive. Changes only between two groups. */
export interface CountedSet {
  readonly entries: Map<string, CountedIndicator>;
  count: SpanCounter;
}

/** To be called after each change of the entries. */
export function rebuildCounter(set: CountedSet): void {
  set.count = createSpanCounter([...set.entries.values()].map((entry) => entry.indicator));
}

export function newEntry(indicator: ParsedIndicator, origin: Origin): CountedIndicator {
  return { indicator, origin, phase: "backfilling", coveredFromMs: undefined, recheck: new Set() };
}

/**
 * Counts these from the next group on and leaves the groups up to there to the worker. Cut short anywhere, the control
 * store calls them incomplete, and they start over.
 */
export async function takeOn(
  options: IndicatorOptions,
  set: CountedSet,
  arriving: readonly TracesIndicator[],
  worker: BackfillWorker,
): Promise<void> {
  const { ports, log } = options;
  if (arriving.length === 0) return;
  const records = new Map((await ports.states.list()).map((record) => [record.indicator.id, record]));
  const fresh: TracesIndicator[] = [];
  const entries: CountedIndicator[] = [];
  for (const indicator of arriving) {
    const parsed = parseIndicator(indicator);
    if (parsed === undefined) {
      log.error("an indicator cannot be read and is not counted", { indicator: indicator.id });
      continue;
    }
    const entry = newEntry(parsed, originOf(records.get(indicator.id)));
    entries.push(entry);
    if (entry.origin.kind === "fresh") fresh.push(indicator);
    else await ports.states.setCatchingUp(indicator.id);
  }
  // Something may still be on its way for one that left and is back.
  await worker.settled();
  for (const indicator of fresh) await ports.states.setBackfilling(indicator);
  if (fresh.length > 0) await ports.deleteCounts(fresh.map((indicator) => indicator.id));
  const upToGroup = await ports.atBoundary(async (lastGroupId) => {
    for (const entry of entries) set.entries.set(entry.indicator.id, entry);
    rebuildCounter(set);
    return lastGroupId;
  });
  worker.enqueue(entries, upToGroup);
}

/** What the control store remembers of an indicator that is not counted at present. */
export function originOf(record: IndicatorRecord | undefined): Origin {
  if (record === undefined) return { kind: "fresh" };
  const { state, countedUpToGroup, coveredFromMs } = record;
  if (countedUpToGroup !== undefined) {
    const kind = state === "retired" ? "returning" : "interrupted";
    return { kind, afterGroup: countedUpToGroup, coveredFromMs };
  }
  // Live, yet not counted: its filters could not be read when this run started.
  return state === "live" ? { kind: "interrupted", afterGroup: 0n, coveredFromMs } : { kind: "fresh" };
}
