import type { ValueType } from "../ast.ts";

export interface FunctionSignature {
  readonly args: readonly ValueType[];
  /** How many of `args` must be given. */
  readonly required: number;
  /** How many may be given; those beyond `args` have the last one's type. Infinity where there is no limit. */
  readonly most: number;
  readonly result: ValueType;
}

const vector: ValueType = "vector";
const scalar: ValueType = "scalar";
const matrix: ValueType = "matrix";
const string: ValueType = "string";

function fixed(result: ValueType, ...args: ValueType[]): FunctionSignature {
  return { args, required: args.length, most: args.length, result };
}

/** The last argument may be left out, or given several times. */
function optional(most: number, ...args: ValueType[]): FunctionSignature {
  return { args, required: args.length - 1, most, result: vector };
}

function each(
  signature: FunctionSignature,
  names: string,
): readonly (readonly [string, FunctionSignature])[] {
  return names.split(" ").map((name) => [name, signature] as const);
}

const OF_VECTOR =
  "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_sum " +
  "histogram_stddev histogram_stdvar ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp";
const OF_RANGE =
  "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate " +
  "last_over_time mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time " +
  "stdvar_over_time sum_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time";
const OF_TIME = "day_of_month day_of_week day_of_year days_in_month hour minute month year";

/** Every function of Prometheus 3, the experimental ones too, with the types of its arguments and of its result. */
export const FUNCTION_SIGNATURES: ReadonlyMap<string, FunctionSignature> = new Map([
  ...each(fixed(vector, vector), OF_VECTOR),
  ...each(fixed(vector, matrix), OF_RANGE),
  ...each(optional(1, vector), OF_TIME),
  ...each(fixed(scalar), "end pi range start step time"),
  ...each(fixed(scalar, scalar, scalar), "max_of min_of"),
  ...each(fixed(vector, vector, scalar), "clamp_max clamp_min"),
  ...each(optional(Infinity, vector, string), "sort_by_label sort_by_label_desc"),
  ["clamp", fixed(vector, vector, scalar, scalar)],
  ["double_exponential_smoothing", fixed(vector, matrix, scalar, scalar)],
  ["histogram_fraction", fixed(vector, scalar, scalar, vector)],
  ["histogram_quantile", fixed(vector, scalar, vector)],
  // One to ten quantiles.
  ["histogram_quantiles", { ...fixed(vector, vector, string, scalar), most: 12 }],
  ["info", optional(2, vector, vector)],
  ["label_join", optional(Infinity, vector, string, string, string)],
  ["label_replace", fixed(vector, vector, string, string, string, string)],
  ["predict_linear", fixed(vector, matrix, scalar)],
  ["quantile_over_time", fixed(vector, scalar, matrix)],
  ["round", optional(2, vector, scalar)],
  ["scalar", fixed(scalar, vector)],
  ["vector", fixed(vector, scalar)],
]);
