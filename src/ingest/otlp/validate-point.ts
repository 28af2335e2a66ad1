import type { TimestampMs } from "../../model/time.ts";
import type { MetricLimits } from "./metric-limits.ts";
import type { PointRejectReason } from "./metric-rejects.ts";
import {
  FIRST_HIGH_OUT_OF_RANGE,
  MetricKind,
  millisOf,
  NO_RECORDED_VALUE,
  type PointDraft,
} from "./point-draft.ts";

/**
 * When the point began to count, epoch milliseconds; 0 where that is not said or cannot be. What was added began some time
 * before, whatever is said: in two milliseconds there is room for a zero between one sample and the next.
 */
export function pointStartOf(draft: PointDraft, timeMs: number, isDelta: boolean): number {
  const isSaid = draft.startHigh < FIRST_HIGH_OUT_OF_RANGE;
  const startMs = isSaid ? millisOf(draft.startLow, draft.startHigh) : 0;
  if (isDelta) return startMs === 0 ? timeMs - 2 : Math.min(startMs, timeMs - 2);
  return startMs <= timeMs ? startMs : 0;
}

/** Why the point cannot be taken, as far as its own numbers tell. `at` is the receiver's present. */
export function pointFault(
  { kind, isDelta }: { readonly kind: MetricKind; readonly isDelta: boolean },
  draft: PointDraft,
  at: TimestampMs,
  limits: MetricLimits,
): PointRejectReason | undefined {
  if (draft.timeLow === 0 && draft.timeHigh === 0) return "no_time";
  if (draft.timeHigh >= FIRST_HIGH_OUT_OF_RANGE) return "time_out_of_range";
  const timeMs = millisOf(draft.timeLow, draft.timeHigh);
  if (timeMs > at + limits.futureMs) return "in_future";
  if (timeMs < at - limits.retentionMs) return "older_than_retention";
  if (isDelta && !Number.isFinite(draft.value + draft.sum)) return "not_finite";
  const most = limits.boundsPerPoint;
  if (draft.bounds.length > most || draft.quantiles.length > most) return "too_many_bounds";
  if (kind === MetricKind.histogram) return hasGoodBounds(draft) ? undefined : "bad_bounds";
  const isEnd = (draft.flags & NO_RECORDED_VALUE) !== 0;
  const needsValue = (kind === MetricKind.gauge || kind === MetricKind.sum) && !isEnd;
  return needsValue && !draft.hasValue ? "no_value" : undefined;
}

function hasGoodBounds({ bounds, bucketCounts, flags }: PointDraft): boolean {
  const isEnd = (flags & NO_RECORDED_VALUE) !== 0;
  const { values, length } = bounds;
  if (!isEnd && bucketCounts.length !== length + 1 && bucketCounts.length + length > 0) return false;
  for (let i = 0; i < length; i += 1) {
    if (!Number.isFinite(values[i]) || (i > 0 && values[i]! <= values[i - 1]!)) return false;
  }
  return true;
}

/** Whether something at this time is kept: within the retention, and not too far in the future. */
export function isKeptTime(timeMs: number, at: TimestampMs, limits: MetricLimits): boolean {
  return timeMs <= at + limits.futureMs && timeMs >= at - limits.retentionMs;
}
