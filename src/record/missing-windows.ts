import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { windowStartMs } from "../slo/history.ts";
import { countParts } from "../slo/count-parts.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import type { ReadCounts } from "./slo-event-counters.ts";
import { SLOTH_WINDOWS_MS } from "./slo-samples.ts";
import type { WindowCounts } from "./slo-samples.ts";

const NO_EVENTS: SliCounts = { good: 0, total: 0 };

/**
 * Reads the windows that are recorded and that verdicts do not have: of SLOs whose own alerts look at other windows. One
 * read for each such window, whatever the number of SLOs.
 */
export async function readMissingWindows(
  verdicts: readonly SloVerdict[],
  readCounts: ReadCounts,
): Promise<WindowCounts> {
  const found = new Map<number, ReadonlyMap<string, SliCounts>>();
  for (const windowMs of SLOTH_WINDOWS_MS) {
    const lacking = verdicts.filter(({ burns }) => !burns.some((burn) => burn.windowMs === windowMs));
    if (lacking.length === 0) continue;
    const ids = [
      ...new Set(lacking.flatMap(({ slo }) => countParts(slo).map(({ indicator }) => indicator.id))),
    ];
    // All are of one evaluation.
    const { at } = lacking[0]!;
    const counts = await readCounts(ids, windowStartMs(windowMs, at), bucketStartMs(at) + BUCKET_MS);
    found.set(windowMs, counts);
  }
  return (indicatorId, windowMs) => {
    const counts = found.get(windowMs);
    return counts && (counts.get(indicatorId) ?? NO_EVENTS);
  };
}
