/** How many of all requests took at most so long. */
export interface WithinThreshold {
  readonly thresholdMs: number;
  readonly requests: number;
}

export interface ChosenThreshold extends WithinThreshold {
  /** The highest target that fits it. */
  readonly target: 0.99 | 0.95;
}

/** A tail that is so many times slower than the rest is not what people wait for. */
const LONG_TAIL = 4;

/**
 * The shortest threshold that 99 % of the requests keep with half of the budget left, which is about where p99 rounded up is;
 * where the slowest are far slower than the rest, the one that 95 % keep. Thresholds ascend; undefined where most are slower
 * than all of them.
 */
export function chooseThreshold(
  requests: number,
  within: readonly WithinThreshold[],
): ChosenThreshold | undefined {
  const first = (slow: number): WithinThreshold | undefined =>
    within.find((candidate) => requests - candidate.requests <= slow * requests);
  const for99 = first(0.005);
  const for95 = first(0.025);
  if (for95 === undefined) return undefined;
  const isLongTail = for99 === undefined || for99.thresholdMs > LONG_TAIL * for95.thresholdMs;
  return isLongTail ? { ...for95, target: 0.95 } : { ...for99, target: 0.99 };
}
