import type { CountTimeline } from "../replay/count-timeline.ts";
import { replaySlo } from "../replay/replay-slo.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { isFloor } from "../slo/burn-operator.ts";
import { windowName } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { AlertTier, Slo } from "../slo/slo.ts";

/** How an SLO burned over a time: what a picture shows. */
export interface BurnTimeline {
  readonly sloName: string;
  /** `99.99 % over 30d`. */
  readonly objective: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Names of the windows: `1h`, `5m`. */
  readonly longWindow: string;
  readonly shortWindow: string | undefined;
  readonly tier: string;
  readonly threshold: number;
  /** The alert is about a burn below the threshold. */
  readonly isFloor: boolean;
  /** In order, the last at `endMs`. */
  readonly points: readonly BurnPoint[];
  readonly marks: readonly BurnMark[];
}

export interface BurnPoint {
  readonly atMs: number;
  /** Burn over the windows; undefined without events. */
  readonly long: number | undefined;
  readonly short: number | undefined;
  /** What is left of the budget: 1 untouched, 0 spent, negative overspent; undefined without events. */
  readonly budget: number | undefined;
  readonly isBreaching: boolean;
}

/** Something that happened. */
export interface BurnMark {
  readonly atMs: number;
  readonly kind: "alert" | "version";
  readonly text: string;
}

export interface BurnTimelineOptions {
  readonly startMs: number;
  readonly endMs: number;
  /** Points at most this far apart; both are multiples of 10 s. */
  readonly stepMs: number;
  readonly tier: AlertTier;
  /** Silence before it proves nothing. */
  readonly coveredFromMs: number;
  readonly marks?: readonly BurnMark[];
}

/** The tier of that name; otherwise the first that is about a burn. Undefined where none is. */
export function pictureTier(slo: Slo, name: string | undefined): AlertTier | undefined {
  const tiers = slo.alerts.flatMap((alert) => alert.tiers).filter(({ kind }) => kind !== "no-data");
  return tiers.find((tier) => tier.name === name) ?? tiers[0];
}

/** Judges the SLO at each step, as the evaluator would have. `events`: of each part, in order (see replaySlo). */
export function burnTimeline(
  slo: Slo,
  events: readonly CountTimeline[],
  options: BurnTimelineOptions,
): BurnTimeline {
  const { startMs, endMs, stepMs, tier, coveredFromMs } = options;
  const replay = replaySlo(slo, events, { startMs: endMs, endMs, coveredFromMs });
  const points: BurnPoint[] = [];
  for (let atMs = endMs - Math.floor((endMs - startMs) / stepMs) * stepMs; atMs <= endMs; atMs += stepMs) {
    const verdict = replay.verdictAt(Math.floor(atMs / BUCKET_MS) * BUCKET_MS);
    const judged = verdict.alerts
      .flatMap((alert) => alert.tiers)
      .find((one) => one.tier === tier || one.tier.name === tier.name);
    points.push({
      atMs,
      long: judged?.long.burnRate,
      short: judged?.short?.burnRate,
      budget: verdict.budget.remainingRatio,
      isBreaching: judged?.breaching === true,
    });
  }
  return {
    sloName: slo.name,
    objective: `${formatPercent(slo.target)} over ${describeWindow(slo.window)}`,
    startMs,
    endMs,
    longWindow: windowName(tier.longWindowMs),
    shortWindow: tier.shortWindowMs === undefined ? undefined : windowName(tier.shortWindowMs),
    tier: tier.name,
    threshold: tier.burnThreshold,
    isFloor: isFloor(tier),
    points,
    marks: (options.marks ?? []).filter(({ atMs }) => atMs >= startMs && atMs <= endMs),
  };
}
