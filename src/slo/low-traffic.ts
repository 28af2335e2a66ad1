import type { SliCounts } from "./bucket.ts";
import { badEvents } from "./burn-rate.ts";

/** What keeps a few events from lighting an alert by chance. */
export interface LowTrafficGate {
  /** Of the interval of the error rate, two-sided, 0 < confidence < 1. */
  readonly confidence: number;
  /** From this many bad events on the gate stands open. */
  readonly badEventsBelow: number;
}

/**
 * Ten bad events are a rate one can trust to about a factor of two, one of them may be chance: below ten the interval has to
 * clear the threshold as well, from ten on the burn rate decides alone, as everywhere else.
 */
export const DEFAULT_GATE: LowTrafficGate = { confidence: 0.95, badEventsBelow: 10 };

/** Where the error rate behind the events lies, at a confidence; 0..1. */
export interface ErrorInterval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
}

/**
 * Wilson's score interval of the share of bad events; undefined without events. Unlike the plain one it holds for small
 * counts and shares near 0.
 * @see https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function errorInterval(counts: SliCounts, confidence: number): ErrorInterval | undefined {
  const { total } = counts;
  if (!(total > 0)) return undefined;
  const share = badEvents(counts) / total;
  const z = normalQuantile((1 + confidence) / 2);
  const scale = 1 + (z * z) / total;
  const centre = (share + (z * z) / (2 * total)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / total + (z * z) / (4 * total * total));
  // At the ends the interval touches them; rounding must not leave a trace of a bad event.
  return {
    low: share === 0 ? 0 : Math.max(0, centre - half),
    high: share === 1 ? 1 : Math.min(1, centre + half),
    confidence,
  };
}

const CENTRAL_NUMERATOR = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const CENTRAL_DENOMINATOR = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const TAIL_NUMERATOR = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_DENOMINATOR = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
/** Below it, and as far from 1, another approximation holds. */
const TAIL = 0.02425;

/**
 * The value that a standard normal variable exceeds with probability 1 - p, 0 < p < 1. Acklam's rational approximation;
 * its relative error is below 1.2e-9.
 */
export function normalQuantile(p: number): number {
  if (p > 1 - TAIL) return -normalQuantile(1 - p);
  if (p < TAIL) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL_NUMERATOR, q) / polynomial(TAIL_DENOMINATOR, q);
  }
  const q = p - 0.5;
  return (q * polynomial(CENTRAL_NUMERATOR, q * q)) / polynomial(CENTRAL_DENOMINATOR, q * q);
}

/** Coefficients from the highest power down. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** True where so few events are bad that the gate may be shut. */
export function isGated(gate: LowTrafficGate | null, bad: number): boolean {
  return gate !== null && bad < gate.badEventsBelow;
}
