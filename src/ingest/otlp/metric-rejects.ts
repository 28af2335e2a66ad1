import type { SeriesRefusal } from "../series-refusal.ts";

/** Why a data point is not taken, besides what is wrong with its labels or too much. */
export type PointRejectReason =
  | "no_name"
  | "no_temporality"
  | "no_time"
  | "time_out_of_range"
  | "in_future"
  | "older_than_retention"
  | "no_value"
  | "not_finite"
  | "too_many_bounds"
  | "bad_bounds"
  | "bad_scale"
  | "bad_buckets"
  | "too_many_attributes"
  | "bad_attribute_name";

const REASON_TEXT: Readonly<Record<PointRejectReason, string>> = {
  no_name: "the metric's name has no letter and no digit",
  no_temporality: "aggregation_temporality is neither delta (1) nor cumulative (2)",
  no_time: "time_unix_nano is 0",
  time_out_of_range: "the time lies beyond the year 2262",
  in_future: "the time is too far in the future (check the sender's clock)",
  older_than_retention: "the time is longer ago than samples are kept (times are in nanoseconds since 1970)",
  no_value: "neither as_double nor as_int is set",
  not_finite: "a value with delta temporality is NaN or infinite, and cannot be added to others",
  too_many_bounds: "the data point has too many buckets or quantiles",
  bad_bounds: "explicit_bounds do not ascend, are not finite, or are not one less than bucket_counts",
  bad_scale: "the scale of the exponential histogram is below -4 or above 31",
  bad_buckets: "the buckets of the exponential histogram do not add up to its count",
  too_many_attributes: "the data point has too many attributes",
  bad_attribute_name: "an attribute's name has no letter and no digit",
};

/** Data points left out of a batch; the others were taken. */
export interface RejectedPoints {
  readonly count: number;
  /** By reason: how many, and the words for the sender (of series that were refused, those of the first). */
  readonly reasons: ReadonlyMap<string, { readonly count: number; readonly text: string }>;
}

/** Collects rejections of one request. */
export interface RejectTally {
  reject(reason: PointRejectReason): undefined;
  refuse(refusal: SeriesRefusal): undefined;
  finish(): RejectedPoints;
}

export function createRejectTally(): RejectTally {
  const reasons = new Map<string, { count: number; text: string }>();
  let total = 0;
  const add = (reason: string, text: string): undefined => {
    total += 1;
    const known = reasons.get(reason);
    if (known === undefined) reasons.set(reason, { count: 1, text });
    else known.count += 1;
  };
  return {
    reject: (reason) => add(reason, REASON_TEXT[reason]),
    refuse: ({ reason, message }) => add(reason, message),
    finish: () => ({ count: total, reasons }),
  };
}

/** The error message of a partial success: `3 data points rejected: 2 × time_unix_nano is 0; 1 × …`. */
export function describeRejectedPoints({ count, reasons }: RejectedPoints): string {
  const parts = [...reasons.values()].map((reason) => `${reason.count} × ${reason.text}`);
  return `${count} ${count === 1 ? "data point" : "data points"} rejected: ${parts.join("; ")}`;
}
