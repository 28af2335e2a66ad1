/*
 * Sums over rows of a column, as kahan-sum.ts has them for values that come one by one. These loops are the inner ones
 * of queries over long ranges: their state is in local variables, some three times as fast.
 */
import { addToMean, meanValue, type KahanMean } from "./kahan-sum.ts";

/** The sum of rows [from, to), with what rounding would lose. */
export function kahanSumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  let compensation = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    const next = sum + value;
    if (next === Infinity || next === -Infinity) compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) compensation += sum - next + value;
    else compensation += value - next + sum;
    sum = next;
  }
  return sum === Infinity || sum === -Infinity ? sum : sum + compensation;
}

/** The mean of rows [from, to), of which there is one at least; finite where the values are, though their sum may not be. */
export function kahanMeanOf(values: Float64Array, from: number, to: number): number {
  let sum = values[from]!;
  let compensation = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    const next = sum + value;
    if (next === Infinity || next === -Infinity) {
      const soFar: KahanMean = { of: { sum, compensation }, count: i - from, running: false };
      for (let rest = i; rest < to; rest++) addToMean(soFar, values[rest]!);
      return meanValue(soFar);
    }
    if (Math.abs(sum) >= Math.abs(value)) compensation += sum - next + value;
    else compensation += value - next + sum;
    sum = next;
  }
  const count = to - from;
  return sum / count + compensation / count;
}
