import { timestampMs } from "../model/time.ts";
import type { TimestampMs } from "../model/time.ts";
import type { Slo } from "../slo/slo.ts";
import type { AlertVerdict, BudgetStatus, TierVerdict } from "../slo/verdict.ts";
import { episodeFacts } from "./episode-facts.ts";
import type { Episode, EpisodeFacts, NotificationAction, Resolution, TierTrack } from "./episode.ts";
import { calmNeededMs, flappingAt, type FlapWatch } from "./flapping.ts";

export interface TransitionContext {
  readonly slo: Slo;
  readonly budget: BudgetStatus;
  readonly at: TimestampMs;
  /** A new UUID v7. */
  readonly newId: () => string;
  /** Where it is left out, nothing flaps. */
  readonly flaps?: FlapWatch | undefined;
}

/**
 * `unchanged`: nothing to store. `changed`: store the episode and tell people what `actions` say; no action when only its
 * bookkeeping moved. `dropped`: a breach that ended before its alert was due; nobody heard of the episode, delete it.
 */
export type Transition =
  | { readonly kind: "unchanged" }
  | { readonly kind: "changed"; readonly episode: Episode; readonly actions: readonly NotificationAction[] }
  | { readonly kind: "dropped"; readonly episode: Episode };

const UNCHANGED: Transition = { kind: "unchanged" };

/**
 * The next state of an alert. `previous` is its open episode, if any; one that is resolved never comes back, the next
 * breach is a new episode.
 *
 * - opens with the first breaching tier, and fires as soon as one has breached for its `alertAfter`;
 * - tells people again only when a worse tier joins;
 * - closes when every tier of the definition is calm and each one that breached has been calm for its `resolveAfter`;
 * - a tier whose deciding window holds no event stays as it was while its long window still burns: silence is neither
 *   trouble nor recovery;
 * - one that fires again and again is held open: each tier must then be calm for longer;
 * - nobody is told of the end where the definition says so;
 * - where the clock steps back, waits begin again: nothing fires or closes early because of it.
 */
export function transition(
  previous: Episode | undefined,
  verdict: AlertVerdict,
  context: TransitionContext,
): Transition {
  if (previous === undefined || previous.state === "resolved") {
    return open(verdict, context);
  }
  const tiers = trackTiers(previous.tiers, verdict, context.at);
  return previous.state === "pending"
    ? movePending(previous, tiers, verdict, context)
    : moveFiring(previous, tiers, verdict, context);
}

/** Closes an episode whose SLO or alert is gone. Nobody is told of one that never fired. */
export function closeEpisode(
  episode: Episode,
  resolution: Extract<Resolution, "slo_deleted" | "alert_removed">,
  at: TimestampMs,
): Transition {
  if (episode.state === "resolved") {
    return UNCHANGED;
  }
  return episode.state === "pending" ? { kind: "dropped", episode } : resolve(episode, resolution, at);
}

type Tracks = Episode["tiers"];

function open(verdict: AlertVerdict, context: TransitionContext): Transition {
  const { slo, at } = context;
  const tiers = trackTiers({}, verdict, at);
  const first = verdict.tiers.find(({ breaching }) => breaching);
  const facts = first && episodeFacts(slo, verdict, context.budget, first.tier.name);
  if (facts === undefined) {
    return UNCHANGED;
  }
  const pending: Episode = {
    id: context.newId(),
    sloName: slo.name,
    alertKey: verdict.definition.key,
    severity: verdict.definition.severity,
    state: "pending",
    startedAt: at,
    firedAt: null,
    resolvedAt: null,
    tiers,
    resolution: null,
    facts,
    acknowledgedAt: null,
    acknowledgedBy: null,
    updatedAt: at,
    version: 1,
  };
  const due = worstDueTier(verdict, tiers, at);
  return due === undefined
    ? { kind: "changed", episode: pending, actions: [] }
    : { kind: "changed", episode: fire(pending, due, verdict, context), actions: ["trigger"] };
}

function movePending(
  previous: Episode,
  tiers: Tracks,
  verdict: AlertVerdict,
  context: TransitionContext,
): Transition {
  const due = worstDueTier(verdict, tiers, context.at);
  if (due !== undefined) {
    const episode = fire(change(previous, { tiers }, context.at), due, verdict, context);
    return { kind: "changed", episode, actions: ["trigger"] };
  }
  if (Object.values(tiers).every(({ breachingSince }) => breachingSince === null)) {
    return { kind: "dropped", episode: previous };
  }
  return keep(previous, tiers, context.at);
}

function moveFiring(
  previous: Episode,
  tiers: Tracks,
  verdict: AlertVerdict,
  context: TransitionContext,
): Transition {
  const { slo, budget, at } = context;
  const due = worstDueTier(verdict, tiers, at);
  const order = verdict.tiers.map(({ tier }) => tier.name);
  const told = order.indexOf(previous.facts.tier);
  if (due !== undefined && told !== -1 && order.indexOf(due.tier.name) < told) {
    const facts = newFacts(previous, episodeFacts(slo, verdict, budget, due.tier.name));
    return { kind: "changed", episode: change(previous, { tiers, facts }, at), actions: ["update"] };
  }
  const resolution = recovery(tiers, verdict, previous.facts.flapping, at);
  if (resolution === undefined) {
    return keep(previous, tiers, at);
  }
  const facts = newFacts(previous, episodeFacts(slo, verdict, budget, previous.facts.tier));
  return resolve({ ...previous, tiers, facts }, resolution, at, verdict.definition.tellsResolved);
}

/** The worst tier that breaches now and has done so for its `alertAfter`. */
function worstDueTier(verdict: AlertVerdict, tiers: Tracks, at: TimestampMs): TierVerdict | undefined {
  return verdict.tiers.find(({ tier, breaching }) => {
    const since = tiers[tier.name]?.breachingSince ?? null;
    return breaching && since !== null && at - since >= tier.alertAfterMs;
  });
}

/** How the episode ends now, or undefined while it must stay open. */
function recovery(
  tiers: Tracks,
  verdict: AlertVerdict,
  flapping: EpisodeFacts["flapping"],
  at: TimestampMs,
): Resolution | undefined {
  if (verdict.tiers.length === 0) {
    return "alert_removed";
  }
  if (!verdict.tiers.every(({ calm }) => calm)) {
    return undefined;
  }
  const breached = verdict.tiers.filter(({ tier }) => tiers[tier.name] !== undefined);
  const calmForLong = breached.every(({ tier }) => {
    const since = tiers[tier.name]?.calmSince ?? null;
    return since !== null && at - since >= calmNeededMs(tier.resolveAfterMs, flapping);
  });
  if (!calmForLong) {
    return undefined;
  }
  return breached.length > 0 && breached.every(isSilent) ? "no_traffic" : "recovered";
}

/** No event in the window that decides recovery. */
function isSilent({ long, short }: TierVerdict): boolean {
  return (short ?? long).burnRate === undefined;
}

/** Follows the tiers that breach now or did before; those that left the definition are forgotten. */
function trackTiers(previous: Tracks, verdict: AlertVerdict, at: TimestampMs): Tracks {
  const tiers: Record<string, TierTrack> = {};
  for (const judged of verdict.tiers) {
    const known = previous[judged.tier.name];
    if (known !== undefined || judged.breaching) {
      tiers[judged.tier.name] = trackTier(known, judged, at);
    }
  }
  return tiers;
}

function trackTier(known: TierTrack | undefined, judged: TierVerdict, at: TimestampMs): TierTrack {
  const holds = !judged.breaching && !judged.calm && isSilent(judged);
  const breaches = judged.breaching || (holds && (known?.breachingSince ?? null) !== null);
  return {
    breachingSince: breaches ? notAfter(known?.breachingSince ?? at, at) : null,
    calmSince: judged.calm && !judged.breaching ? notAfter(known?.calmSince ?? at, at) : null,
  };
}

/** An instant in the future is a clock that stepped back: the wait begins again. */
function notAfter(since: TimestampMs, at: TimestampMs): TimestampMs {
  return timestampMs(Math.min(since, at));
}

function fire(
  episode: Episode,
  due: TierVerdict,
  verdict: AlertVerdict,
  context: TransitionContext,
): Episode {
  const facts = episodeFacts(context.slo, verdict, context.budget, due.tier.name) ?? episode.facts;
  const firedAt = episode.updatedAt;
  const flapping = context.flaps && flappingAt(context.flaps, firedAt);
  const told = flapping === undefined ? facts : { ...facts, flapping };
  return { ...episode, state: "firing", firedAt, facts: told };
}

/** That it flaps is fixed when it fires. */
function newFacts({ facts: before }: Episode, facts: EpisodeFacts | undefined): EpisodeFacts {
  if (facts === undefined) return before;
  return before.flapping === undefined ? facts : { ...facts, flapping: before.flapping };
}

function resolve(
  episode: Episode,
  resolution: Resolution,
  at: TimestampMs,
  isTold: boolean = true,
): Transition {
  const closed = change(episode, { state: "resolved", resolution }, at);
  const actions: readonly NotificationAction[] = isTold ? ["resolve"] : [];
  return { kind: "changed", episode: { ...closed, resolvedAt: closed.updatedAt }, actions };
}

function keep(previous: Episode, tiers: Tracks, at: TimestampMs): Transition {
  return sameTracks(previous.tiers, tiers)
    ? UNCHANGED
    : { kind: "changed", episode: change(previous, { tiers }, at), actions: [] };
}

function change(episode: Episode, changes: Partial<Episode>, at: TimestampMs): Episode {
  const updatedAt = timestampMs(Math.max(at, episode.updatedAt));
  return { ...episode, ...changes, updatedAt, version: episode.version + 1 };
}

function sameTracks(left: Tracks, right: Tracks): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) =>
        left[name]?.breachingSince === right[name]?.breachingSince &&
        left[name]?.calmSince === right[name]?.calmSince,
    )
  );
}
