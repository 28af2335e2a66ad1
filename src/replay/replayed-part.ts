import { timestampMs } from "../model/time.ts";
import { BUCKET_MS, type JudgedCounts } from "../slo/bucket.ts";
import { sliceMsOf } from "../slo/budgeting-method.ts";
import { countParts, type CountPart } from "../slo/count-parts.ts";
import { partWindowMs } from "../slo/judge-slo.ts";
import type { Slo } from "../slo/slo.ts";
import type { CountTimeline } from "./count-timeline.ts";
import { judgedCounts } from "./judged-counts.ts";

/** A part of an SLO, or its only indicator, with its history. */
export interface ReplayedPart {
  readonly part: CountPart;
  readonly target: number;
  /** What is judged. */
  readonly timeline: CountTimeline;
  /** The same without slices that had no event. */
  readonly heard: CountTimeline;
}

/** `events`: of each part, in order. Throws RangeError where they are not as many. */
export function replayedParts(
  slo: Slo,
  events: readonly CountTimeline[],
  coveredFromMs: number,
): readonly ReplayedPart[] {
  const { indicator, noData } = slo;
  const parts = countParts(slo);
  if (parts.length !== events.length) {
    throw new RangeError(`${slo.name} has ${parts.length} parts, and ${events.length} histories are given`);
  }
  return parts.map((part, i) => {
    const heard = judgedCounts(part.method, events[i]!);
    const target = indicator.source === "composite" ? indicator.parts[i]!.target : slo.target;
    const counts = (): CountTimeline =>
      judgedCounts(part.method, events[i]!, noData && { policy: noData, coveredFromMs });
    return { part, target, heard, timeline: noData === undefined ? heard : counts() };
  });
}

/** A window holds a slice of time at least, where slices are counted. */
export function countedMs({ part }: Pick<ReplayedPart, "part">, windowMs: number): number {
  return Math.max(windowMs, sliceMsOf(part.method) ?? 0);
}

/** What a window that ends at `atMs`, the end of a bucket, holds of a part. */
export function countsAt(
  slo: Slo,
  parts: readonly ReplayedPart[],
  part: CountPart,
  windowMs: number,
  atMs: number,
): JudgedCounts {
  const found = parts.find((replayed) => replayed.part === part) ?? parts[0]!;
  const ownMs = partWindowMs(slo, part, windowMs, timestampMs(atMs - BUCKET_MS));
  const counts = found.timeline.sum(atMs - ownMs, atMs);
  if (slo.noData === undefined) return counts;
  const missing = counts.total - found.heard.sum(atMs - ownMs, atMs).total;
  return missing > 0 ? { ...counts, missing } : counts;
}
