import type { CountDelta, IndicatorChunk } from "../model/sli-counts.ts";
import { HOUR_MS } from "../model/time.ts";
import type { MetricsIndicator } from "../slo/indicator.ts";
import { createBucketRanges } from "./bucket-ranges.ts";
import type { BucketRange, BucketRanges } from "./bucket-ranges.ts";
import { addCounts } from "./correct-counts.ts";
import { asEvaluated, asIncrements } from "./counted-metric.ts";
import type { MetricIndicatorOptions } from "./counted-metric.ts";
import { addWeighted } from "./increase-tally.ts";
import { readIncreases } from "./increments-sql.ts";
import { evaluateCounts } from "./metric-evaluation.ts";
import type { EvaluatedCounts, Unanswered } from "./metric-evaluation.ts";
import { planMetrics } from "./metric-plan.ts";
import type { IncrementsIndicator } from "./metric-plan.ts";
import { createQueryFailures } from "./query-failures.ts";
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
   * Counts one step again and returns what it added. Buckets to which a group was added meanwhile wait for another time,
   * and so do those of the last hour for which a query was not answered; older ones of those keep their counts. One step
   * of counters at a time, and one of each evaluated indicator; the others wait. Rejects when a store fails; the buckets
   * wait then.
   */
  run(step: RecountStep): Promise<readonly CountDelta[]>;
  /** Buckets that a step left wait again. */
  retryLeft(): void;
  hasLeft(): boolean;
  /** A query of the indicator was not answered a moment ago: it has a rest. */
  isResting(indicatorId: string): boolean;
  /** Resolves when no step is under way. */
  settled(): Promise<void>;
}

/** Longer ago, queries that are not answered are not asked again: they would take the time of those that are. */
const ASKED_AGAIN_MS = HOUR_MS;

export function createMetricRecount(
  options: MetricIndicatorOptions,
  signal: AbortSignal,
  /** What is counted under an id; another thing once it has left and come back. */
  entryOf: (indicatorId: string) => object | undefined,
): MetricRecount {
  const { ports, writer } = options;
  const waiting = createBucketRanges();
  const left = createBucketRanges();
  const lanes = createLanes();
  const failures = createQueryFailures(options);
  /** By the step of counters that is under way. */
  let touched: Set<string> | undefined;
  let unannounced: readonly IndicatorChunk[] = [];

  const announce = async (chunks: readonly IndicatorChunk[]) => {
    unannounced = [...unannounced, ...chunks];
    if (unannounced.length === 0) return;
    const told = unannounced;
    await ports.announce(told);
    const isTold = new Set(told);
    unannounced = unannounced.filter((chunk) => !isTold.has(chunk));
  };

  /** From a moment when all groups so far are stored: those that come later are seen by `saw`. */
  const begin = ({ indicators, range }: RecountStep) =>
    ports.atBoundary(async () => {
      const seen = new Set<string>();
      if (indicators.some((indicator) => asIncrements(indicator) !== undefined)) touched = seen;
      for (const { id } of indicators) {
        waiting.remove(id, range);
        left.remove(id, range);
      }
      return seen;
    });

  const count = async (step: RecountStep): Promise<readonly CountDelta[]> => {
    const ids = step.indicators.map(({ id }) => id);
    const seen = await begin(step);
    const entries = new Map(ids.map((id) => [id, entryOf(id)]));
    const isCounted = (id: string) => entries.get(id) !== undefined && entries.get(id) === entryOf(id);
    try {
      const { counts: raw, unanswered } = await readRaw(options, step, signal);
      const known = (delta: CountDelta) => !unanswered.some((gap) => isWithin(delta, gap));
      const missing = differences(raw, await readCounted(ports.store, ids, step.range)).filter(known);
      failures.note(ids, unanswered);
      for (const { indicator, range } of unanswered) {
        if (range.toMs > options.now() - ASKED_AGAIN_MS) left.add(indicator, range.fromMs, range.toMs - 1);
      }
      const isTouched = (delta: CountDelta) => seen.has(keyOf(delta));
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
      if (touched === seen) touched = undefined;
    }
  };

  return {
    waiting,
    saw(deltas) {
      if (touched !== undefined) for (const delta of deltas) touched.add(keyOf(delta));
    },
    run: (step) => lanes.run(new Set(step.indicators.map(laneOf)), () => count(step)),
    isResting: (id) => failures.isResting(id),
    retryLeft: () => waiting.absorb(left),
    hasLeft: () => left.indicators().length > 0,
    settled: () => lanes.settled(),
  };
}

interface Lanes {
  /** Runs the work once all that was begun in one of the lanes has ended. */
  run<T>(names: ReadonlySet<string>, work: () => Promise<T>): Promise<T>;
  settled(): Promise<void>;
}

function createLanes(): Lanes {
  const last = new Map<string, Promise<void>>();
  return {
    async run(names, work) {
      const before = Promise.all([...names].map((name) => last.get(name) ?? Promise.resolve()));
      const result = before.then(work);
      const done = result.then(ignore, ignore);
      for (const name of names) last.set(name, done);
      return await result;
    },
    async settled() {
      await Promise.all(last.values());
    },
  };
}

const ignore = () => {};

function laneOf(indicator: MetricsIndicator): string {
  return asIncrements(indicator) === undefined ? indicator.id : "";
}

function isWithin({ indicator, bucketMs }: CountDelta, gap: Unanswered): boolean {
  return indicator === gap.indicator && bucketMs >= gap.range.fromMs && bucketMs < gap.range.toMs;
}

function keyOf({ indicator, bucketMs }: CountDelta): string {
  return `${indicator}/${bucketMs}`;
}

/** What the counts of a step should be. */
async function readRaw(
  { ports }: MetricIndicatorOptions,
  { indicators, range }: RecountStep,
  signal: AbortSignal,
): Promise<EvaluatedCounts> {
  const increments = indicators.flatMap((indicator) => asIncrements(indicator) ?? []);
  const evaluated = indicators.flatMap((indicator) => asEvaluated(indicator) ?? []);
  const { counts, unanswered } = await evaluateCounts(ports.runQuery, evaluated, range, signal);
  return { counts: [...(await readIncrements(ports, increments, range)), ...counts], unanswered };
}

/** The length of a statement is limited, and so are the rows that it makes: hundreds of groups are read in parts. */
const INDICATORS_PER_READ = 200;

/** The counts of these indicators from counters. */
export async function readIncrements(
  { store }: Pick<MetricIndicatorOptions["ports"], "store">,
  indicators: readonly IncrementsIndicator[],
  range: BucketRange,
): Promise<readonly CountDelta[]> {
  const counts = new Map<string, { indicator: string; bucketMs: number; good: number; total: number }>();
  for (let from = 0; from < indicators.length; from += INDICATORS_PER_READ) {
    const part = indicators.slice(from, from + INDICATORS_PER_READ);
    for (const plan of planMetrics(part).values()) {
      for (const { mask, bucketMs, increase } of await readIncreases(store, plan, range)) {
        addWeighted(counts, plan.weights(mask), bucketMs, increase);
      }
    }
  }
  return [...counts.values()];
}
