import { timestampMs } from "../model/time.ts";
import type { TimestampMs } from "../model/time.ts";
import type { Episode, EpisodeFacts } from "./episode.ts";
import { SELF_NAME, selfAlertKey } from "./self-problem.ts";
import type { SelfProblem } from "./self-problem.ts";
import type { Transition } from "./transition.ts";

/** How long a problem must last before people are told. */
export const SELF_HOLD_MS = 60_000;
/** How long it must be gone before they are told that it is over. */
export const SELF_CALM_MS = 60_000;
/** How often the episode is stored anew while the problem lasts: a sign that somebody still looks. */
const SELF_RENEW_MS = 60_000;
/** Without that sign for so long, nobody looks any more: another process may judge the episode. */
export const SELF_STALE_MS = 180_000;

export interface SelfContext {
  /** The process that judges. */
  readonly observer: string;
  readonly at: TimestampMs;
  /** A new UUID v7. */
  readonly newId: () => string;
}

const UNCHANGED: Transition = { kind: "unchanged" };

/**
 * The next state of the alert about one problem of Noroshi itself. `previous` is its open episode; `problem` is undefined
 * while there is none.
 *
 * - fires when the problem has lasted for a minute, or at once where it says so; one that ends before is dropped;
 * - resolves when it has been gone for a minute;
 * - everything it waits for is in the episode, so a restart neither forgets nor repeats;
 * - what another process sees stays that one's, until it has been silent for three minutes;
 * - a pending wait begins again after such a silence, and where the clock steps back.
 */
export function selfTransition(
  previous: Episode | undefined,
  problem: SelfProblem | undefined,
  context: SelfContext,
): Transition {
  if (previous === undefined || previous.state === "resolved") {
    return problem === undefined ? UNCHANGED : open(problem, context);
  }
  const isStale = context.at - previous.updatedAt >= SELF_STALE_MS;
  if (previous.facts.self?.observer !== context.observer && !isStale) return UNCHANGED;
  if (previous.state === "pending") {
    return problem === undefined
      ? { kind: "dropped", episode: previous }
      : goOn(previous, problem, isStale, context);
  }
  return problem === undefined ? calmDown(previous, context) : stay(previous, problem, context);
}

function open(problem: SelfProblem, context: SelfContext): Transition {
  const { at } = context;
  const episode: Episode = {
    id: context.newId(),
    sloName: SELF_NAME,
    alertKey: selfAlertKey(problem.key),
    severity: problem.severity,
    state: "pending",
    startedAt: at,
    firedAt: null,
    resolvedAt: null,
    tiers: tracks(at, null),
    resolution: null,
    facts: factsOf(problem, context.observer),
    acknowledgedAt: null,
    acknowledgedBy: null,
    updatedAt: at,
    version: 1,
  };
  return problem.immediate === true
    ? { kind: "changed", episode: { ...episode, state: "firing", firedAt: at }, actions: ["trigger"] }
    : { kind: "changed", episode, actions: [] };
}

/** A pending one whose problem is still there. */
function goOn(previous: Episode, problem: SelfProblem, isStale: boolean, context: SelfContext): Transition {
  const { at, observer } = context;
  const known = previous.tiers[TRACK]?.breachingSince ?? at;
  const since = isStale ? at : timestampMs(Math.min(known, at));
  const facts = factsOf(problem, observer);
  if (problem.immediate === true || at - since >= SELF_HOLD_MS) {
    const fired = change(previous, { state: "firing", facts, tiers: tracks(since, null) }, at);
    return { kind: "changed", episode: { ...fired, firedAt: fired.updatedAt }, actions: ["trigger"] };
  }
  return since === known && !isRenewalDue(previous, at)
    ? UNCHANGED
    : keep(change(previous, { facts, tiers: tracks(since, null) }, at));
}

/** A firing one whose problem is still there, or there again. */
function stay(previous: Episode, problem: SelfProblem, { at, observer }: SelfContext): Transition {
  const track = previous.tiers[TRACK];
  const wasCalm = (track?.calmSince ?? null) !== null;
  if (!wasCalm && !isRenewalDue(previous, at)) return UNCHANGED;
  const since = wasCalm ? at : (track?.breachingSince ?? at);
  return keep(change(previous, { facts: factsOf(problem, observer), tiers: tracks(since, null) }, at));
}

/** A firing one whose problem is gone. */
function calmDown(previous: Episode, { at, observer }: SelfContext): Transition {
  const known = previous.tiers[TRACK]?.calmSince ?? null;
  const since = timestampMs(Math.min(known ?? at, at));
  const tiers = tracks(null, since);
  // Who judges it from now on: after a silence that may be another process.
  const self = previous.facts.self;
  const facts = self === undefined ? previous.facts : { ...previous.facts, self: { ...self, observer } };
  if (at - since >= SELF_CALM_MS) {
    const closed = change(previous, { state: "resolved", resolution: "recovered", facts, tiers }, at);
    return {
      kind: "changed",
      episode: { ...closed, resolvedAt: closed.updatedAt },
      actions: ["resolve"],
    };
  }
  return since === known ? UNCHANGED : keep(change(previous, { facts, tiers }, at));
}

const TRACK = "self";

function tracks(breachingSince: TimestampMs | null, calmSince: TimestampMs | null): Episode["tiers"] {
  return { [TRACK]: { breachingSince, calmSince } };
}

function isRenewalDue(previous: Episode, at: TimestampMs): boolean {
  return at - previous.updatedAt >= SELF_RENEW_MS;
}

function keep(episode: Episode): Transition {
  return { kind: "changed", episode, actions: [] };
}

function change(episode: Episode, changes: Partial<Episode>, at: TimestampMs): Episode {
  const updatedAt = timestampMs(Math.max(at, episode.updatedAt));
  return { ...episode, ...changes, updatedAt, version: episode.version + 1 };
}

/** Of a burn there is nothing to say: `self` holds what people are told. */
function factsOf({ summary, detail, path, avoid, targets }: SelfProblem, observer: string): EpisodeFacts {
  return {
    sloName: SELF_NAME,
    sloDisplayName: "Noroshi",
    description: "",
    service: SELF_NAME,
    owner: null,
    runbookUrl: null,
    target: 0,
    sloWindowMs: 0,
    tier: TRACK,
    burnThreshold: 0,
    longWindowMs: 0,
    shortWindowMs: null,
    longBurnRate: null,
    shortBurnRate: null,
    badEvents: 0,
    totalEvents: 0,
    budgetRemainingRatio: null,
    exhaustedInMs: null,
    ...(targets === undefined ? {} : { targets }),
    self: { summary, detail, path, observer, ...(avoid === undefined ? {} : { avoid }) },
  };
}
