/** Functions of one number, applied to each float of a vector; histograms have no result. */
export const FLOAT_FUNCTIONS: ReadonlyMap<string, (value: number) => number> = new Map<
  string,
  (value: number) => number
>([
  ["abs", Math.abs],
  ["ceil", Math.ceil],
  ["floor", Math.floor],
  ["exp", Math.exp],
  ["ln", Math.log],
  ["log2", Math.log2],
  ["log10", Math.log10],
  ["sqrt", Math.sqrt],
  ["sgn", (value) => (value < 0 ? -1 : value > 0 ? 1 : value)],
  ["sin", Math.sin],
  ["cos", Math.cos],
  ["tan", Math.tan],
  ["asin", Math.asin],
  ["acos", Math.acos],
  ["atan", Math.atan],
  ["sinh", Math.sinh],
  ["cosh", Math.cosh],
  ["tanh", Math.tanh],
  ["asinh", Math.asinh],
  ["acosh", Math.acosh],
  ["atanh", Math.atanh],
  ["rad", (degrees) => (degrees * Math.PI) / 180],
  ["deg", (radians) => (radians * 180) / Math.PI],
]);

/** Functions of a number and of scalars; undefined when there is no result. */
export const PARAMETER_FUNCTIONS: ReadonlyMap<
  string,
  (value: number, parameters: readonly number[]) => number | undefined
> = new Map<string, (value: number, parameters: readonly number[]) => number | undefined>([
  ["round", (value, [nearest = 1]) => roundTo(value, nearest)],
  ["clamp", (value, [low, high]) => (high! < low! ? undefined : Math.max(low!, Math.min(high!, value)))],
  ["clamp_min", (value, [low]) => Math.max(low!, value)],
  ["clamp_max", (value, [high]) => Math.min(high!, value)],
]);

/** Rounds halves up. Through the inverse, as 1/0.1 is exact where 0.1 is not. */
function roundTo(value: number, nearest: number): number {
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}
