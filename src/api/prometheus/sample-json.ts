import { METRIC_NAME } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import type { NativeHistogram } from "../../model/native-histogram.ts";
import { floatText } from "../../promql/syntax/float-text.ts";
import { bucketsAscending } from "../../model/histogram-buckets.ts";

/** A value as Prometheus writes it into JSON: in full, and with an exponent of two digits or more where it is very large or small. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  // Where JavaScript writes no exponent it writes the same digits.
  return size >= 1e-6 && size < 1e21 ? String(value) : exponentText(value);
}

function exponentText(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return floatText(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** Seconds with three decimals, or none where they are zeros. */
export function secondsText(timeMs: number): string {
  return timeMs % 1_000 === 0 ? String(timeMs / 1_000) : (timeMs / 1_000).toFixed(3);
}

/** Labels as a JSON object. */
export function labelsJson(labels: Labels, dropName = false): string {
  let json = "";
  for (let i = 0; i < labels.length; i += 2) {
    if (dropName && labels[i] === METRIC_NAME) continue;
    json += `${json === "" ? "" : ","}${JSON.stringify(labels[i])}:${JSON.stringify(labels[i + 1])}`;
  }
  return `{${json}}`;
}

/** Which bounds belong to a bucket: 0 the upper one, 1 the lower one, 2 none, 3 both. */
function boundaryRule(lowerInclusive: boolean, upperInclusive: boolean): number {
  if (lowerInclusive) return upperInclusive ? 3 : 1;
  return upperInclusive ? 0 : 2;
}

/** `{"count":"4","sum":"9.5","buckets":[[0,"1","2","4"]]}`; empty buckets are left out. */
export function histogramJson(histogram: NativeHistogram): string {
  let buckets = "";
  for (const { lower, upper, lowerInclusive, upperInclusive, count } of bucketsAscending(histogram)) {
    if (count === 0) continue;
    const rule = boundaryRule(lowerInclusive, upperInclusive);
    buckets += `${buckets === "" ? "" : ","}[${rule},"${valueText(lower)}","${valueText(upper)}","${valueText(count)}"]`;
  }
  const list = buckets === "" ? "" : `,"buckets":[${buckets}]`;
  return `{"count":"${valueText(histogram.count)}","sum":"${valueText(histogram.sum)}"${list}}`;
}
