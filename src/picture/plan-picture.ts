import { HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { sliceMsOf, type BudgetingMethod } from "../slo/budgeting-method.ts";
import type { AlertTier } from "../slo/slo.ts";

/** One stretch of counts to be read, in steps. */
export interface CountStretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

const POINTS = 360;
const SHORTEST_MS = 10 * MINUTE_MS;
/** A picture of more says nothing. */
const LONGEST_MS = 90 * 24 * HOUR_MS;

/** What a picture shows unless people ask for something else: the tier's longer window three times, up to `endMs`. */
export function pictureRange(tier: AlertTier, endMs: number): { startMs: number; endMs: number } {
  const end = Math.floor(endMs / BUCKET_MS) * BUCKET_MS;
  return { startMs: end - Math.max(3 * HOUR_MS, 3 * tier.longWindowMs), endMs: end };
}

/** Why such a time cannot be drawn; undefined where it can. */
export function refuseRange({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }) {
  if (endMs - startMs < SHORTEST_MS) return "start: a picture shows ten minutes at least";
  return endMs - startMs > LONGEST_MS ? "start: a picture shows 90 days at most" : undefined;
}

/** How far apart the points of a picture are. */
export function pointStepMs({
  startMs,
  endMs,
}: {
  readonly startMs: number;
  readonly endMs: number;
}): number {
  return Math.max(1, Math.ceil((endMs - startMs) / POINTS / BUCKET_MS)) * BUCKET_MS;
}

const FINE_STEPS_MS = [BUCKET_MS, 30_000, MINUTE_MS, 5 * MINUTE_MS, 10 * MINUTE_MS];

/**
 * What has to be read of a part: long steps for the SLO's window, short ones from the tier's longer window before the
 * picture on. Where slices are counted no step is longer than one or cuts one.
 */
export function countStretches(
  method: BudgetingMethod,
  tier: AlertTier,
  range: { readonly startMs: number; readonly endMs: number },
  longestWindowMs: number,
): readonly CountStretch[] {
  const sliceMs = sliceMsOf(method);
  const coarseMs = sliceMs ?? 10 * MINUTE_MS;
  const finest = Math.max(pointStepMs(range), (tier.shortWindowMs ?? tier.longWindowMs) / 30);
  const stepMs = sliceMs ?? FINE_STEPS_MS.findLast((step) => step <= finest) ?? BUCKET_MS;
  const fromMs = Math.floor((range.startMs - tier.longWindowMs) / coarseMs) * coarseMs;
  const oldestMs = Math.floor((range.startMs - longestWindowMs) / coarseMs) * coarseMs;
  const endMs = fromMs + Math.ceil((range.endMs - fromMs) / stepMs) * stepMs;
  return [
    ...(oldestMs < fromMs ? [{ startMs: oldestMs, endMs: fromMs, stepMs: coarseMs }] : []),
    { startMs: fromMs, endMs, stepMs },
  ];
}
