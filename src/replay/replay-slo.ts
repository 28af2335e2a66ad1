import type { Episode, Resolution } from "../alert/episode.ts";
import { transition } from "../alert/transition.ts";
import { timestampMs } from "../model/time.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { judgeCounts } from "../slo/judge-slo.ts";
import type { AlertDefinition, AlertTier, Slo } from "../slo/slo.ts";
import type { AlertVerdict, SloVerdict } from "../slo/verdict.ts";
import type { CountTimeline } from "./count-timeline.ts";
import { countsAt, replayedParts, type ReplayedPart } from "./replayed-part.ts";
import { isQuiet, staysAs } from "./settled.ts";

/** [fromMs, toMs); null while it lasts at the end of the replay. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** An episode that people would have heard of. */
export interface ReplayedEpisode {
  /** When the breach began. */
  readonly startedMs: number;
  /** When people are told. */
  readonly firedMs: number;
  /** null while it lasts at the end of the replay. */
  readonly resolvedMs: number | null;
  readonly resolution: Resolution | null;
  /** The tier that fired first, and those that were worse and joined later, with their times. */
  readonly told: readonly { readonly tier: string; readonly atMs: number }[];
}

export interface TierReplay {
  readonly tier: AlertTier;
  /** When both windows are above the threshold. */
  readonly breaches: readonly Interval[];
}

export interface AlertReplay {
  readonly definition: AlertDefinition;
  readonly episodes: readonly ReplayedEpisode[];
  readonly tiers: readonly TierReplay[];
}

export interface Replay {
  readonly slo: Slo;
  /** Evaluated at the end of each bucket in (startMs, endMs]. */
  readonly startMs: number;
  readonly endMs: number;
  readonly alerts: readonly AlertReplay[];
  /** Times at which the SLO was really judged; at the others the verdict is known to be the same. */
  readonly evaluations: number;
  /** What the evaluator would say at the end of a bucket. */
  verdictAt(atMs: number): SloVerdict;
}

/** When a tier fires: from when it has breached for its alertAfter until it breaches no longer. */
export function intervalsOfTier({ tier, breaches }: TierReplay, endMs: number): readonly Interval[] {
  return breaches
    .map(({ fromMs, toMs }) => ({ fromMs: fromMs + tier.alertAfterMs, toMs }))
    .filter(({ fromMs, toMs }) => fromMs < (toMs ?? endMs + 1));
}

export interface ReplayOptions {
  readonly startMs: number;
  readonly endMs: number;
  /** Nothing from before is known, so that silence then proves nothing; the start of the counts where it is left out. */
  readonly coveredFromMs?: number;
  /** Judge every 10 s, also where nothing can change. */
  readonly exhaustive?: boolean;
}

/** Ten minutes: long enough to pass over quiet days quickly, short beside every window but the shortest. */
const LONGEST_LEAP = 60;
/** Below this many buckets, judging is as fast as proving that it is not needed. */
const SHORTEST_LEAP = 4;

/**
 * Plays a history of events through the evaluation and the alerts of the service: an evaluation each time a bucket of 10 s is
 * complete. Stretches in which no tier can change are leapt over; the result is the same as without. `events`: of a composite
 * those of each part, in the order of the parts.
 */
export function replaySlo(
  slo: Slo,
  events: CountTimeline | readonly CountTimeline[],
  options: ReplayOptions,
): Replay {
  const { startMs, endMs, exhaustive = false } = options;
  const timelines = "sum" in events ? [events] : events;
  const coveredFromMs = options.coveredFromMs ?? Math.max(...timelines.map((each) => each.startMs));
  const parts = replayedParts(slo, timelines, coveredFromMs);
  // What a window holds at the end of a bucket is what it holds at any time within it, once its events are there.
  const verdictAt = (atMs: number): SloVerdict => ({
    ...judgeCounts(
      slo,
      (part, windowMs) => countsAt(slo, parts, part, windowMs, atMs),
      timestampMs(atMs - BUCKET_MS),
      coveredFromMs,
    ),
    at: timestampMs(atMs),
  });
  const recorders = slo.alerts.map((definition) => createAlertRecorder(slo, definition));
  let evaluations = 0;
  let last: SloVerdict | undefined;
  let atMs = startMs + BUCKET_MS;
  while (atMs <= endMs) {
    const leap = exhaustive ? 0 : leapFrom(slo, parts, recorders, last, atMs, endMs);
    if (leap > 0) {
      atMs += leap * BUCKET_MS;
      continue;
    }
    for (let i = 0; i < SHORTEST_LEAP && atMs <= endMs; i += 1, atMs += BUCKET_MS) {
      last = verdictAt(atMs);
      evaluations += 1;
      for (const [index, alert] of last.alerts.entries()) recorders[index]!.take(alert, last);
    }
  }
  return {
    slo,
    startMs,
    endMs,
    alerts: recorders.map((recorder) => recorder.result()),
    evaluations,
    verdictAt,
  };
}

/** How many buckets from `atMs` on need no evaluation; 0 when none can be left out. */
function leapFrom(
  slo: Slo,
  parts: readonly ReplayedPart[],
  recorders: readonly AlertRecorder[],
  last: SloVerdict | undefined,
  atMs: number,
  endMs: number,
): number {
  if (recorders.some((recorder) => recorder.waits(atMs - BUCKET_MS))) return 0;
  const idle = recorders.every((recorder) => recorder.idle());
  let leap = Math.min(LONGEST_LEAP, Math.floor((endMs - atMs) / BUCKET_MS) + 1);
  for (; leap >= SHORTEST_LEAP; leap = Math.floor(leap / 2)) {
    const span = [atMs, atMs + (leap - 1) * BUCKET_MS] as const;
    if (idle ? isQuiet(slo, parts, span) : last !== undefined && staysAs(last, parts, span)) return leap;
  }
  return 0;
}

interface AlertRecorder {
  take(verdict: AlertVerdict, whole: SloVerdict): void;
  /** No episode is open and no tier breaches. */
  idle(): boolean;
  /** Something happens after a time, though nothing else may change. */
  waits(atMs: number): boolean;
  result(): AlertReplay;
}

function createAlertRecorder(slo: Slo, definition: AlertDefinition): AlertRecorder {
  const episodes: ReplayedEpisode[] = [];
  const breaches = definition.tiers.map((): Interval[] => []);
  let open: Episode | undefined;
  let told: { tier: string; atMs: number }[] = [];
  let opened = 0;

  const close = (episode: Episode): void => {
    if (episode.firedAt === null) return;
    const { startedAt, firedAt, resolvedAt, resolution } = episode;
    episodes.push({ startedMs: startedAt, firedMs: firedAt, resolvedMs: resolvedAt, resolution, told });
    told = [];
  };
  return {
    take: (verdict, { budget, at }) => {
      for (const [index, { breaching }] of verdict.tiers.entries())
        noteBreach(breaches[index]!, breaching, at);
      const change = transition(open, verdict, { slo, budget, at, newId: () => `episode-${(opened += 1)}` });
      if (change.kind === "unchanged") return;
      open = change.kind === "dropped" ? undefined : change.episode;
      if (change.kind !== "changed") return;
      if (change.actions.some((action) => action !== "resolve")) {
        told.push({ tier: change.episode.facts.tier, atMs: at });
      }
      if (change.episode.state !== "resolved") return;
      close(change.episode);
      open = undefined;
    },
    idle: () => open === undefined && breaches.every((list) => list.at(-1)?.toMs !== null),
    waits: (atMs) => open !== undefined && isWaiting(open, definition, atMs),
    result: () => {
      const lasting = open;
      if (lasting !== undefined) close(lasting);
      open = undefined;
      return {
        definition,
        episodes,
        tiers: definition.tiers.map((tier, i) => ({ tier, breaches: breaches[i]! })),
      };
    },
  };
}

function noteBreach(intervals: Interval[], breaching: boolean, atMs: number): void {
  const lasts = intervals.at(-1)?.toMs === null;
  if (breaching && !lasts) intervals.push({ fromMs: atMs, toMs: null });
  else if (!breaching && lasts) intervals.push({ fromMs: intervals.pop()!.fromMs, toMs: atMs });
}

function isWaiting(episode: Episode, { tiers }: AlertDefinition, atMs: number): boolean {
  if (episode.state === "pending") return true;
  return Object.entries(episode.tiers).some(([name, { breachingSince, calmSince }]) => {
    const alertAfterMs = tiers.find((tier) => tier.name === name)?.alertAfterMs ?? 0;
    return calmSince !== null || (breachingSince !== null && atMs - breachingSince < alertAfterMs);
  });
}
