import type { TimestampMs } from "../model/time.ts";
import { coveredFromMs } from "../slo/count-parts.ts";
import type { ExclusionOf } from "../slo/exclusion.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { createCountWindows, type WindowNeed } from "./count-windows.ts";
import { judge, windowNeeds } from "./evaluate-all.ts";
import type { CountReader } from "./source-reader.ts";

/** What SLOs would be with other corrections, and how to find out. */
export interface VerdictQuestion {
  /** Read by itself: a lane that holds up neither ingest nor evaluation. */
  readonly counts: CountReader;
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  readonly at: TimestampMs;
}

/** Verdicts by name under each of these sets of corrections; SLOs whose counts are not complete are left out. */
export async function judgeUnder(
  slos: readonly Slo[],
  exclusions: readonly ExclusionOf[],
  { counts, coveredFromMs: covered, at }: VerdictQuestion,
): Promise<readonly ReadonlyMap<string, SloVerdict>[]> {
  const counted = slos.filter((slo) => coveredFromMs(slo, covered) !== undefined);
  const windows = createCountWindows(counts);
  // All that is asked for is read at once: each refresh forgets what the one before needed.
  const needs = new Map<string, WindowNeed>();
  for (const exclusionOf of exclusions) {
    for (const [key, need] of windowNeeds(counted, at, exclusionOf)) {
      const known = needs.get(key);
      needs.set(key, known === undefined ? need : both(known, need));
    }
  }
  await windows.refresh(needs, at);
  return exclusions.map((exclusionOf) =>
    judge(counted, (key, windowMs) => windows.sum(key, windowMs, at), at, covered, exclusionOf),
  );
}

/** Of one source of counts, for different SLOs. */
function both(a: WindowNeed, b: WindowNeed): WindowNeed {
  const windows = new Set([...a.windows, ...b.windows]);
  return { ...a, windows, longestMs: Math.max(a.longestMs, b.longestMs) };
}
