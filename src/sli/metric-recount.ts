import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import { createBucketRanges } from "./bucket-ranges.ts";
import type { BucketRange, BucketRanges } from "./bucket-ranges.ts";
import { addCounts } from "./correct-counts.ts";
import { asEvaluated, asIncrements } from "./counted-metric.ts";
import type { MetricIndicatorOptions } from "./counted-metric.ts";
import { addWeighted } from "./increase-tally.ts";
import { readIncreases } from "./increments-sql.ts";
import { evaluateCounts } from "./metric-evaluation.ts";
import { planMetrics } from "./metric-plan.ts";
import type { IncrementsIndicator } from "./metric-plan.ts";
import { differences, readCounted } from "./read-counted.ts";
import type { RecountStep } from "./recount-steps.ts";
import { touchedChunks } from "./touched-chunks.ts";

/** Makes counts equal what is stored, while groups go on arriving. */
export interface MetricRecount {
  /** Buckets that are to be counted again. A step takes its own out. */
  readonly waiting: BucketRanges;
  /** To be told what each group adds, before it is stored. */
  saw(deltas: readonly CountDelta[]): void;
  /**
   * Counts one step again and returns what it added. Buckets to which a group was added meanwhile wait for another time.
   * One step at a time; the others wait. Rejects when a store fails or a query cannot be answered; the buckets wait then.
   */
  run(step: RecountStep): Promise<readonly CountDelta[]>;
  /** Buckets that a step left wait again. */
  retryLeft(): void;
  hasLeft(): boolean;
  /** Resolves when no step is under way. */
  settled(): Promise<void>;
}

export function createMetricRecount(
  options: MetricIndicatorOptions,
  signal: AbortSignal,
  /** What is counted under an id; another thing once it has left and come back. */
  entryOf: (indicatorId: string) => object | undefined,
): MetricRecount {
  const { ports, writer } = options;
  const waiting = createBucketRanges();
  const left = createBucketRanges();
  let touched: Set<string> | undefined;
  let unannounced: readonly IndicatorChunk[] = [];
  let last: Promise<unknown> = Promise.resolve();

  const announce = async (chunks: readonly IndicatorChunk[]) => {
    unannounced = [...unannounced, ...chunks];
    if (unannounced.length === 0) return;
    const told = unannounced;
    await ports.announce(told);
    unannounced = unannounced.slice(told.length);
  };

  /** From a moment when all groups so far are stored: those that come later are seen by `saw`. */
  const begin = ({ indicators, range }: RecountStep) =>
    ports.atBoundary(async () => {
      touched = new Set();
      for (const { id } of indicators) waiting.remove(id, range);
    });

  const count = async (step: RecountStep): Promise<readonly CountDelta[]> => {
    const ids = step.indicators.map(({ id }) => id);
    await begin(step);
    const entries = new Map(ids.map((id) => [id, entryOf(id)]));
    const isCounted = (id: string) => entries.get(id) !== undefined && entries.get(id) === entryOf(id);
    try {
      const raw = await readRaw(options, step, signal);
      const missing = differences(raw, await readCounted(ports.store, ids, step.range));
      const isTouched = (delta: CountDelta) => touched!.has(keyOf(delta));
      for (const { indicator, bucketMs } of missing.filter(isTouched))
        left.add(indicator, bucketMs, bucketMs);
      const corrections = missing.filter((delta) => !isTouched(delta) && isCounted(delta.indicator));
      await addCounts(ports.store, writer, corrections);
      await announce(touchedChunks(corrections));
      return corrections;
    } catch (error) {
      for (const { id } of step.indicators) left.add(id, step.range.fromMs, step.range.toMs - 1);
      throw error;
    } finally {
      touched = undefined;
    }
  };

  return {
    waiting,
    saw(deltas) {
      if (touched !== undefined) for (const delta of deltas) touched.add(keyOf(delta));
    },
    run(step) {
      const result = last.then(() => count(step));
      last = result.catch(() => {});
      return result;
    },
    retryLeft: () => waiting.absorb(left),
    hasLeft: () => left.indicators().length > 0,
    async settled() {
      await last;
    },
  };
}

function keyOf({ indicator, bucketMs }: CountDelta): string {
  return `${indicator}/${bucketMs}`;
}

/** What the counts of a step should be. */
async function readRaw(
  { ports }: MetricIndicatorOptions,
  { indicators, range }: RecountStep,
  signal: AbortSignal,
): Promise<readonly CountDelta[]> {
  const increments = indicators.flatMap((indicator) => asIncrements(indicator) ?? []);
  const evaluated = indicators.flatMap((indicator) => asEvaluated(indicator) ?? []);
  return [
    ...(await readIncrements(ports, increments, range)),
    ...(evaluated.length === 0 ? [] : await evaluateCounts(ports.runQuery, evaluated, range, signal)),
  ];
}

async function readIncrements(
  { store }: Pick<MetricIndicatorOptions["ports"], "store">,
  indicators: readonly IncrementsIndicator[],
  range: BucketRange,
): Promise<readonly CountDelta[]> {
  const counts = new Map<string, { indicator: string; bucketMs: number; good: number; total: number }>();
  for (const plan of planMetrics(indicators).values()) {
    for (const { mask, bucketMs, increase } of await readIncreases(store, plan, range)) {
      addWeighted(counts, plan.weights(mask), bucketMs, increase);
    }
  }
  return [...counts.values()];
}
