import type { Labels } from "../model/labels.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { maskOf } from "./metric-plan.ts";
import type { MetricPlan, Weight } from "./metric-plan.ts";

/** Sums up increases by what they count for, so that what many SLIs share is added up once. */
export interface IncreaseTally {
  /** Between groups, when the plans change. */
  forgetBindings(): void;
  /** What increases of a series with these labels count for; equal numbers for equal meanings. */
  bindingOf(plan: MetricPlan, labels: Labels): number;
  indicatorsOf(binding: number): readonly string[];
  add(binding: number, timeMs: number, increase: number): void;
  /** What was added since the last call. */
  take(): readonly CountDelta[];
}

interface Binding {
  readonly weights: readonly Weight[];
  readonly indicators: readonly string[];
  readonly sums: Map<number, number>;
  /** The bucket of the last increase, and its sum so far. */
  bucketMs: number;
  sum: number;
}

export function createIncreaseTally(): IncreaseTally {
  let bindings: Binding[] = [];
  let byMask = new Map<string, number>();
  /** Those with something to take. */
  let used: Binding[] = [];

  const flush = (binding: Binding) => {
    if (binding.sum !== 0) binding.sums.set(binding.bucketMs, binding.sum);
  };

  return {
    forgetBindings() {
      bindings = [];
      byMask = new Map();
      used = [];
    },
    bindingOf(plan, labels) {
      const mask = maskOf(plan, labels);
      const key = `${plan.metric} ${mask}`;
      let number = byMask.get(key);
      if (number === undefined) {
        number = bindings.length;
        const weights = plan.weights(mask);
        const indicators = weights.map(({ indicator }) => indicator);
        bindings.push({ weights, indicators, sums: new Map(), bucketMs: Number.NaN, sum: 0 });
        byMask.set(key, number);
      }
      return number;
    },
    indicatorsOf: (binding) => bindings[binding]!.indicators,
    add(number, timeMs, increase) {
      const binding = bindings[number]!;
      if (increase === 0 || binding.weights.length === 0) return;
      const bucketMs = Math.floor(timeMs / BUCKET_MS) * BUCKET_MS;
      if (bucketMs !== binding.bucketMs) {
        if (Number.isNaN(binding.bucketMs)) used.push(binding);
        else flush(binding);
        binding.bucketMs = bucketMs;
        binding.sum = binding.sums.get(bucketMs) ?? 0;
      }
      binding.sum += increase;
    },
    take() {
      if (used.length === 0) return [];
      const deltas = new Map<string, { indicator: string; bucketMs: number; good: number; total: number }>();
      for (const binding of used) {
        flush(binding);
        for (const [bucketMs, sum] of binding.sums) addWeighted(deltas, binding.weights, bucketMs, sum);
        binding.sums.clear();
        binding.bucketMs = Number.NaN;
        binding.sum = 0;
      }
      used = [];
      return [...deltas.values()].filter(({ good, total }) => good !== 0 || total !== 0);
    },
  };
}

/** Adds an increase to the counts of every indicator that it counts for. */
export function addWeighted(
  deltas: Map<string, { indicator: string; bucketMs: number; good: number; total: number }>,
  weights: readonly Weight[],
  bucketMs: number,
  increase: number,
): void {
  for (const { indicator, good, total } of weights) {
    const key = `${indicator}/${bucketMs}`;
    const delta = deltas.get(key);
    if (delta === undefined) {
      deltas.set(key, { indicator, bucketMs, good: good * increase, total: total * increase });
    } else {
      delta.good += good * increase;
      delta.total += total * increase;
    }
  }
}
