import type { TimestampMs } from "../model/time.ts";
import type { ExclusionOf } from "../slo/exclusion.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { createCountWindows } from "./count-windows.ts";
import { judge, windowNeeds } from "./evaluate-all.ts";
import type { CountReader } from "./source-reader.ts";

/**
 * Judges SLOs as they stood at any time, by the counts of today: as the evaluator would have, had it known what is known
 * now. Reads all windows anew, so a few SLOs at once.
 */
export async function judgePast(
  reader: CountReader,
  slos: readonly Slo[],
  at: TimestampMs,
  coveredFromMs: (indicatorId: string) => number | undefined,
  exclusionOf?: ExclusionOf,
): Promise<ReadonlyMap<string, SloVerdict>> {
  const windows = createCountWindows(reader);
  await windows.refresh(windowNeeds(slos, at, exclusionOf), at);
  return judge(slos, (key, windowMs) => windows.sum(key, windowMs, at), at, coveredFromMs, exclusionOf);
}
