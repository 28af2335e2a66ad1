import { labelValue, METRIC_NAME, type Labels } from "../model/labels.ts";
import type { SeriesLimits } from "./series-limits.ts";

/** Why a series is not taken. */
export const SERIES_REFUSALS = [
  "no_metric_name",
  "empty_label_name",
  "empty_label_value",
  "unsorted_labels",
  "duplicate_label",
  "invalid_text",
  "too_many_labels",
  "label_name_too_long",
  "label_value_too_long",
  "too_many_series_of_metric",
  "too_many_series",
] as const;

export type SeriesRefusalReason = (typeof SERIES_REFUSALS)[number];

export interface SeriesRefusal {
  readonly reason: SeriesRefusalReason;
  /** One line for the sender: which label, and what to do. */
  readonly message: string;
}

/** The negative number that stands for a refusal where a series is expected, so that nothing is allocated for either. */
export function refusalCode(reason: SeriesRefusalReason): number {
  return -1 - SERIES_REFUSALS.indexOf(reason);
}

/** The reason that a negative number stands for. */
function refusalReason(code: number): SeriesRefusalReason {
  return SERIES_REFUSALS[-1 - code]!;
}

/** The first thing that is wrong with labels, and where; undefined when they are as they should be. ASCII is always text. */
export function labelsFault(
  labels: Labels,
  limits: SeriesLimits,
  isAscii: boolean,
): { readonly reason: SeriesRefusalReason; readonly label: string } | undefined {
  if (labels.length > 2 * limits.maxLabels) return { reason: "too_many_labels", label: "" };
  let previous = "";
  let named = false;
  for (let i = 0; i < labels.length; i += 2) {
    const label = labels[i]!;
    const value = labels[i + 1] ?? "";
    const reason = labelFault(label, value, previous, limits, isAscii);
    if (reason !== undefined) return { reason, label };
    if (label === METRIC_NAME) named = true;
    previous = label;
  }
  return named ? undefined : { reason: "no_metric_name", label: METRIC_NAME };
}

function labelFault(
  label: string,
  value: string,
  previous: string,
  limits: SeriesLimits,
  isAscii: boolean,
): SeriesRefusalReason | undefined {
  if (label === "") return "empty_label_name";
  if (value === "") return label === METRIC_NAME ? "no_metric_name" : "empty_label_value";
  if (label === previous) return "duplicate_label";
  if (label < previous) return "unsorted_labels";
  if (isLonger(label, limits.maxLabelNameBytes)) return "label_name_too_long";
  if (isLonger(value, limits.maxLabelValueBytes)) return "label_value_too_long";
  return isAscii || (isText(label) && isText(value)) ? undefined : "invalid_text";
}

function isLonger(text: string, maxBytes: number): boolean {
  // A UTF-16 unit takes 3 bytes at most.
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || Buffer.byteLength(text) > maxBytes;
}

/** U+FFFF is no character and separates labels where they are joined (see labelsKey); half a pair has no UTF-8. */
const NOT_TEXT = /\uffff|\p{Surrogate}/u;
const isText = (text: string): boolean => !NOT_TEXT.test(text);

const SHOWN_LENGTH = 100;

/** What the sender is told about labels that were refused with this code. */
export function describeRefusal(code: number, labels: Labels, limits: SeriesLimits): SeriesRefusal {
  const reason = refusalReason(code);
  const label = shown(labelsFault(labels, limits, false)?.label ?? "");
  const metric = shown(labelValue(labels, METRIC_NAME));
  return { reason, message: refusalText(reason, label, metric, labels, limits) };
}

function refusalText(
  reason: SeriesRefusalReason,
  label: string,
  metric: string,
  labels: Labels,
  limits: SeriesLimits,
): string {
  switch (reason) {
    case "no_metric_name":
      return `a series without a metric name: give it the label ${METRIC_NAME}`;
    case "empty_label_name":
      return `a label of ${metric} has an empty name: remove it`;
    case "empty_label_value":
      return `label ${label} of ${metric} has an empty value: remove it`;
    case "unsorted_labels":
      return `label ${label} of ${metric} is out of order: sort labels by name`;
    case "duplicate_label":
      return `label ${label} of ${metric} is there twice: send it once`;
    case "invalid_text":
      return `label ${label} of ${metric} is not valid UTF-8 text: correct its name or value`;
    case "too_many_labels":
      return `a series of ${metric} has ${labels.length / 2} labels, at most ${limits.maxLabels} are taken: drop some`;
    case "label_name_too_long":
      return `the name of label ${label} of ${metric} is longer than ${limits.maxLabelNameBytes} bytes: shorten or drop it`;
    case "label_value_too_long":
      return `the value of label ${label} of ${metric} is longer than ${limits.maxLabelValueBytes} bytes: shorten or drop it`;
    case "too_many_series_of_metric":
      return `metric ${metric} has ${limits.maxSeriesPerMetric} series already: drop the labels whose values vary most`;
    case "too_many_series":
      return `there are ${limits.maxSeries} series already: send fewer series, or raise the limit`;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}
