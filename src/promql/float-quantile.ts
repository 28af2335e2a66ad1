/**
 * The q-quantile of some values, interpolated linearly between the two nearest; NaN counts as the lowest value.
 * -Inf for q < 0, +Inf for q > 1; NaN for NaN or no values.
 */
export function floatQuantile(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const nans = values.length - sorted.length;
  const at = (rank: number): number => (rank < nans ? NaN : sorted[rank - nans]!);
  const rank = q * (values.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(values.length - 1, lower + 1);
  const weight = rank - lower;
  return at(lower) * (1 - weight) + at(upper) * weight;
}
