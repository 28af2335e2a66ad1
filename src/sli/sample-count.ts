import { LONGEST_GAP_MS } from "./longest-gap.ts";
import type { IncreaseTally } from "./increase-tally.ts";
import type { MetricMemory } from "./metric-memory.ts";
import { NO_SAMPLE } from "./series-slots.ts";

/** Is told of buckets that are to be counted again, for these indicators: the times [fromMs, toMs]. */
export type CountAgain = (indicators: Iterable<string>, fromMs: number, toMs: number) => void;

/** Takes one sample of a series whose metric is counted; the value is finite. */
export type CountSample = (slot: number, binding: number, timeMs: number, value: number) => void;

/**
 * The rule of counting on arrival: a sample later than all of its series adds its increase. Any other sample changes the
 * increase of its own bucket and, when another follows within the longest gap, of that one's: both are counted again.
 */
export function createSampleCount(
  { slots, ...memory }: MetricMemory,
  tally: IncreaseTally,
  countAgain: CountAgain,
): CountSample {
  const again = (binding: number, fromMs: number, toMs: number) => {
    const indicators = tally.indicatorsOf(binding);
    if (indicators.length > 0) countAgain(indicators, fromMs, toMs);
  };

  return (slot, binding, timeMs, value) => {
    if (slots.unsureSince[slot] !== 0) {
      again(binding, timeMs, timeMs + LONGEST_GAP_MS);
      memory.sawUnsure(slot, timeMs, value);
      return;
    }
    const lastMs = slots.lastMs[slot]!;
    const lastValue = slots.lastValue[slot]!;
    if (timeMs < lastMs) return again(binding, timeMs, Math.min(timeMs + LONGEST_GAP_MS, lastMs));
    if (timeMs === lastMs) {
      // Of several values of one time the largest counts.
      if (value <= lastValue) return;
      again(binding, timeMs, timeMs);
    } else if (lastMs === NO_SAMPLE) {
      const knownFromMs = memory.knownFromMs(slot);
      if (timeMs <= knownFromMs) return again(binding, timeMs, timeMs + LONGEST_GAP_MS);
      // One from before what is known may precede it.
      if (timeMs <= knownFromMs + LONGEST_GAP_MS) again(binding, timeMs, timeMs);
    } else if (timeMs - lastMs <= LONGEST_GAP_MS) {
      tally.add(binding, timeMs, value >= lastValue ? value - lastValue : value);
    }
    slots.lastMs[slot] = timeMs;
    slots.lastValue[slot] = value;
  };
}
