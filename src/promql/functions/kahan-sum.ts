/** A sum that keeps what rounding loses (Kahan, with Neumaier's improvement). Its value is `kahanValue`. */
interface KahanSum {
  sum: number;
  compensation: number;
}

export function kahanSum(): KahanSum {
  return { sum: 0, compensation: 0 };
}

/** Adds to the sum. A sum that has become infinite has no compensation any more. */
export function kahanAdd(to: KahanSum, value: number): void {
  const next = to.sum + value;
  if (next === Infinity || next === -Infinity) to.compensation = 0;
  else if (Math.abs(to.sum) >= Math.abs(value)) to.compensation += to.sum - next + value;
  else to.compensation += value - next + to.sum;
  to.sum = next;
}

/** The sum with what was lost. */
export function kahanValue(of: KahanSum): number {
  return of.sum === Infinity || of.sum === -Infinity ? of.sum : of.sum + of.compensation;
}

/**
 * A mean over a Kahan sum. As long as the sum does not overflow it is sum / count; then it goes on as a running mean, so
 * that the mean of large numbers is finite.
 */
export interface KahanMean {
  readonly of: KahanSum;
  count: number;
  /** `of` holds the mean, not the sum. */
  running: boolean;
}

export function kahanMean(): KahanMean {
  return { of: kahanSum(), count: 0, running: false };
}

export function addToMean(mean: KahanMean, value: number): void {
  const { of } = mean;
  mean.count++;
  if (mean.count === 1) {
    of.sum = value;
    return;
  }
  if (!mean.running) {
    const { sum, compensation } = of;
    kahanAdd(of, value);
    if (of.sum !== Infinity && of.sum !== -Infinity) return;
    mean.running = true;
    of.sum = sum / (mean.count - 1);
    of.compensation = compensation / (mean.count - 1);
  }
  const share = (mean.count - 1) / mean.count;
  of.sum *= share;
  of.compensation *= share;
  kahanAdd(of, value / mean.count);
}

/** NaN of nothing. */
export function meanValue(mean: KahanMean): number {
  const { of, count } = mean;
  return mean.running ? of.sum + of.compensation : of.sum / count + of.compensation / count;
}
