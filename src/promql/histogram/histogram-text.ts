import type { NativeHistogram } from "../../model/native-histogram.ts";
import { bucketsAscending } from "../../model/histogram-buckets.ts";

/** As Prometheus prints a histogram in a label: `{count:20, sum:10, [-2,-1):2, [-0.001,0.001]:2, (0.5,1]:1}`. */
export function histogramText(histogram: NativeHistogram): string {
  const parts = [`count:${numberText(histogram.count)}`, `sum:${numberText(histogram.sum)}`];
  for (const bucket of bucketsAscending(histogram)) {
    const from = bucket.lowerInclusive ? "[" : "(";
    const to = bucket.upperInclusive ? "]" : ")";
    const bounds = `${numberText(bucket.lower)},${numberText(bucket.upper)}`;
    parts.push(`${from}${bounds}${to}:${numberText(bucket.count)}`);
  }
  return `{${parts.join(", ")}}`;
}

/** As Go prints a float with `%g`. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const exponent = value === 0 || Number.isNaN(value) ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const text = exponent < -4 || exponent >= 21 ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
