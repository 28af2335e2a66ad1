import { BUCKET_MS } from "../slo/bucket.ts";
import { badEvents, errorBudgetRatio } from "../slo/burn-rate.ts";
import type { AlertDefinition, Severity, Slo } from "../slo/slo.ts";
import type { CountTimeline } from "../replay/count-timeline.ts";
import { intervalsOfTier, replaySlo, type Replay, type ReplayedEpisode } from "../replay/replay-slo.ts";
import type { History } from "./history.ts";
import type { Variant } from "./variants.ts";

/** An episode that would have fired. */
export interface BacktestEpisode extends ReplayedEpisode {
  readonly alertKey: string;
  readonly severity: Severity;
  /** Since when more events were bad than the budget allows, on the whole; after the alert's episode before. */
  readonly troubleMs: number;
  /** What was left of the budget when it fired, and when it ended. */
  readonly budgetAtFire: number | undefined;
  readonly budgetAtEnd: number | undefined;
}

export interface TierSummary {
  readonly alertKey: string;
  readonly tier: string;
  /** How often it would have fired on its own. */
  readonly fired: number;
  /** How long together. */
  readonly firingMs: number;
}

export interface BudgetPoint {
  readonly atMs: number;
  /** undefined without events in the window. */
  readonly remaining: number | undefined;
}

/** What one variant of the SLO would have done. */
export interface BacktestRun extends Variant {
  readonly replay: Replay;
  readonly episodes: readonly BacktestEpisode[];
  readonly tiers: readonly TierSummary[];
  readonly curve: readonly BudgetPoint[];
  readonly least: BudgetPoint | undefined;
}

/** Points of the budget curve. */
const CURVE_POINTS = 480;

/** Replays a history through one variant of an SLO. */
export function backtest(
  variant: Variant,
  { timeline, parts = [timeline] }: Pick<History, "timeline" | "parts">,
  range: { readonly startMs: number; readonly endMs: number; readonly coveredFromMs?: number },
): BacktestRun {
  const { slo } = variant;
  const replay = replaySlo(slo, parts, range);
  const budgetAt = (atMs: number): number | undefined => replay.verdictAt(atMs).budget.remainingRatio;
  const episodes = replay.alerts
    .flatMap(({ definition, episodes }) =>
      episodes.map((episode, i): BacktestEpisode => ({
        ...episode,
        alertKey: definition.key,
        severity: definition.severity,
        troubleMs: troubleStart(slo, parts, lookBackTo(definition, episodes, i), episode.firedMs),
        budgetAtFire: budgetAt(episode.firedMs),
        budgetAtEnd: budgetAt(episode.resolvedMs ?? range.endMs),
      })),
    )
    .sort((a, b) => a.firedMs - b.firedMs);
  const curve = curveTimes(range).map((atMs) => ({ atMs, remaining: budgetAt(atMs) }));
  const known = curve.filter(({ remaining }) => remaining !== undefined);
  return {
    ...variant,
    replay,
    episodes,
    tiers: tierSummaries(replay),
    curve,
    least: known.toSorted((a, b) => a.remaining! - b.remaining!)[0],
  };
}

function curveTimes({
  startMs,
  endMs,
}: {
  readonly startMs: number;
  readonly endMs: number;
}): readonly number[] {
  const buckets = Math.round((endMs - startMs) / BUCKET_MS);
  const points = Math.min(CURVE_POINTS, buckets);
  return Array.from(
    { length: points },
    (_, i) => startMs + Math.round(((i + 1) * buckets) / points) * BUCKET_MS,
  );
}

function tierSummaries(replay: Replay): readonly TierSummary[] {
  return replay.alerts.flatMap(({ definition, tiers }) =>
    tiers.map((each) => {
      const intervals = intervalsOfTier(each, replay.endMs);
      const firingMs = intervals.reduce((sum, { fromMs, toMs }) => sum + (toMs ?? replay.endMs) - fromMs, 0);
      return { alertKey: definition.key, tier: each.tier.name, fired: intervals.length, firingMs };
    }),
  );
}

/** Trouble is younger than the alert's episode before, and than its longest window. */
function lookBackTo({ tiers }: AlertDefinition, episodes: readonly ReplayedEpisode[], index: number): number {
  const longestMs = Math.max(...tiers.map(({ longWindowMs }) => longWindowMs));
  return Math.max(episodes[index]!.firedMs - longestMs, episodes[index - 1]?.resolvedMs ?? 0);
}

/**
 * Since when the budget was overspent, on the whole, until `firedMs`: the time from which most bad events above the allowed
 * share lie, found by going back from it; of a composite that of the part that began first. Not before `fromMs`.
 */
function troubleStart(
  { indicator, target }: Slo,
  parts: readonly CountTimeline[],
  fromMs: number,
  firedMs: number,
): number {
  const targets = indicator.source === "composite" ? indicator.parts.map((part) => part.target) : [target];
  return Math.min(...parts.map((part, i) => partTrouble(targets[i]!, part, fromMs, firedMs)));
}

function partTrouble(target: number, timeline: CountTimeline, fromMs: number, firedMs: number): number {
  const allowed = errorBudgetRatio(target);
  let excess = 0;
  let most = 0;
  let begin = firedMs;
  for (let atMs = firedMs - BUCKET_MS; atMs >= fromMs; atMs -= BUCKET_MS) {
    const counts = timeline.sum(atMs, atMs + BUCKET_MS);
    excess += badEvents(counts) - counts.total * allowed;
    if (excess > most) {
      most = excess;
      begin = atMs;
    }
  }
  return begin;
}
