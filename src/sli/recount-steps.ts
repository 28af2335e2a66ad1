import { HOUR_MS } from "../model/time.ts";
import type { MetricsIndicator } from "../slo/indicator.ts";
import type { BucketRange } from "./bucket-ranges.ts";
import { asIncrements, metricsOf, sourcesOf } from "./counted-metric.ts";

/** What one statement, or one evaluation of a query, counts again. */
export interface RecountStep {
  readonly indicators: readonly MetricsIndicator[];
  readonly range: BucketRange;
}

/** What is to be counted again of one indicator. */
export interface RecountNeed {
  readonly indicator: MetricsIndicator;
  readonly ranges: readonly BucketRange[];
}

export type CountSamples = (metric: string, range: BucketRange) => Promise<number>;

/** A statement reads about as many samples at most, and an hour's before its range. */
const SAMPLES_PER_STEP = 5_000_000;
const LONGEST_STEP_MS = 24 * HOUR_MS;
/** Points of a range query are limited. */
const EVALUATION_STEP_MS = 12 * HOUR_MS;

/** The steps, newest first. Indicators that read the same metric or query share them: it is read once. */
export async function planRecount(
  needs: readonly RecountNeed[],
  countSamples: CountSamples,
): Promise<readonly RecountStep[]> {
  const steps: RecountStep[] = [];
  for (const family of familiesOf(needs)) {
    for (const range of unionOf(family.flatMap(({ ranges }) => ranges))) {
      steps.push(...stepsOf(family, range, await stepLengthMs(family, range, countSamples)));
    }
  }
  return newestFirst(steps);
}

/** The steps of indicators that are evaluated, newest first. */
export function planEvaluations(needs: readonly RecountNeed[]): readonly RecountStep[] {
  return newestFirst(
    familiesOf(needs).flatMap((family) =>
      unionOf(family.flatMap(({ ranges }) => ranges)).flatMap((range) =>
        stepsOf(family, range, EVALUATION_STEP_MS),
      ),
    ),
  );
}

function stepsOf(family: readonly RecountNeed[], range: BucketRange, stepMs: number): readonly RecountStep[] {
  const steps: RecountStep[] = [];
  for (let toMs = range.toMs; toMs > range.fromMs; toMs -= stepMs) {
    const step = { fromMs: Math.max(range.fromMs, toMs - stepMs), toMs };
    const indicators = family
      .filter(({ ranges }) => ranges.some((need) => overlap(need, step)))
      .map(({ indicator }) => indicator);
    if (indicators.length > 0) steps.push({ indicators, range: step });
  }
  return steps;
}

const newestFirst = (steps: readonly RecountStep[]) => [...steps].sort((a, b) => b.range.toMs - a.range.toMs);

async function stepLengthMs(
  family: readonly RecountNeed[],
  range: BucketRange,
  countSamples: CountSamples,
): Promise<number> {
  const metrics = new Set(
    family.flatMap(({ indicator }) => {
      const increments = asIncrements(indicator);
      return increments === undefined ? [] : metricsOf(increments.definition);
    }),
  );
  if (metrics.size === 0) return EVALUATION_STEP_MS;
  const hours = (range.toMs - range.fromMs) / HOUR_MS;
  if (hours <= 1) return HOUR_MS;
  let most = 0;
  for (const metric of metrics) most = Math.max(most, await countSamples(metric, range));
  const stepHours = Math.floor(SAMPLES_PER_STEP / Math.max(1, most / hours)) - 1;
  return Math.min(LONGEST_STEP_MS, Math.max(1, stepHours) * HOUR_MS);
}

/** Indicators that are connected by what they read. */
function familiesOf(needs: readonly RecountNeed[]): readonly (readonly RecountNeed[])[] {
  let families: { readonly sources: Set<string>; readonly members: RecountNeed[] }[] = [];
  for (const need of needs) {
    const sources = sourcesOf(need.indicator);
    const joined = families.filter((family) => sources.some((source) => family.sources.has(source)));
    families = families.filter((family) => !joined.includes(family));
    families.push({
      sources: new Set([...joined.flatMap((family) => [...family.sources]), ...sources]),
      members: [...joined.flatMap((family) => family.members), need],
    });
  }
  return families.map(({ members }) => members);
}

function unionOf(ranges: readonly BucketRange[]): readonly BucketRange[] {
  const union: BucketRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = union.at(-1);
    if (last === undefined || range.fromMs > last.toMs) union.push(range);
    else union[union.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, range.toMs) };
  }
  return union;
}

function overlap(a: BucketRange, b: BucketRange): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}
