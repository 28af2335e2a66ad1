import { timestampMs } from "../model/time.ts";
import type { TimestampMs } from "../model/time.ts";
import type { Episode } from "./episode.ts";

/** The incident that an episode is at PagerDuty, as its webhooks tell. Plain JSON. */
export interface RemoteIncident {
  readonly state: "triggered" | "acknowledged" | "resolved";
  /** Who brought it there; null: nobody that is named. */
  readonly by: string | null;
  /** When, on PagerDuty's clock: what is older changes nothing any more. */
  readonly at: TimestampMs;
  /** Who is to look after it. */
  readonly assignees: readonly string[];
  /** Its page. */
  readonly url: string | null;
}

/** What a person did to an episode, here or at a receiver. */
export type HandlingKind = (typeof HANDLING_KINDS)[number];

/**
 * acknowledge: somebody takes it on · unacknowledge: nobody has it any more · close: its incident was resolved by hand ·
 * reopen: its incident is open · assign: others are to look after its incident.
 */
export const HANDLING_KINDS = ["acknowledge", "unacknowledge", "close", "reopen", "assign"] as const;

export interface HandlingRequest {
  readonly kind: HandlingKind;
  /** `slack:<user>`, `pagerduty:<user>`, `key:<name>`, `local`. */
  readonly actor: string;
  /** When it was done, on the clock of those who say so. */
  readonly at: TimestampMs;
  /** What PagerDuty says of its incident; left out of what was done elsewhere. */
  readonly remote?: Pick<RemoteIncident, "by" | "assignees" | "url">;
}

/** What was known before. */
export interface HandlingSoFar {
  /** When it was last taken on or given back; null: never. */
  readonly acknowledgementChangedAt: TimestampMs | null;
  readonly remote: RemoteIncident | null;
  /** Its incident was resolved by hand then, and it was not told of again since; null: no. */
  readonly closedAt: TimestampMs | null;
}

/**
 * `closed`: it is over · `pending`: it has not fired · `stale`: something newer is known · `same`: that is how it is already.
 */
export type Refusal = "closed" | "pending" | "stale" | "same";

export type HandlingDecision =
  | { readonly kind: "refused"; readonly reason: Refusal; readonly remote?: RemoteIncident }
  | {
      readonly kind: "changed";
      readonly episode: Episode;
      readonly remote?: RemoteIncident;
      /** Its incident was resolved by hand at that time, or is open again (null); left out: as before. */
      readonly closedAt?: TimestampMs | null;
      /** Whether somebody took it on, which receivers are told, or messages about it change. */
      readonly action: "acknowledge" | "note";
    };

const STATES = {
  acknowledge: "acknowledged",
  unacknowledge: "triggered",
  close: "resolved",
  reopen: "triggered",
} as const;

/**
 * What follows from what a person did. Times decide, not the order of arrival: what is older than what is known changes
 * nothing, nor does anything about an episode that is over. `at`: the present. Even where nothing changes, `remote` is to
 * be kept.
 */
export function decideHandling(
  episode: Episode,
  request: HandlingRequest,
  known: HandlingSoFar,
  at: TimestampMs,
): HandlingDecision {
  if (episode.state !== "firing")
    return { kind: "refused", reason: episode.state === "resolved" ? "closed" : "pending" };
  if (request.remote !== undefined && known.remote !== null && request.at < known.remote.at)
    return { kind: "refused", reason: "stale" };
  const remote = remoteAfter(request, known.remote);
  const kept = remote === undefined ? {} : { remote };
  const change = changeOf(episode, request, known, at);
  if (typeof change === "string") return { kind: "refused", reason: change, ...kept };
  const { acknowledged, ...rest } = change;
  const taken =
    acknowledged === undefined
      ? {}
      : acknowledged
        ? { acknowledgedAt: earlier(request.at, at), acknowledgedBy: request.actor }
        : { acknowledgedAt: null, acknowledgedBy: null };
  const updatedAt = at > episode.updatedAt ? at : episode.updatedAt;
  return {
    kind: "changed",
    episode: { ...episode, ...taken, updatedAt, version: episode.version + 1 },
    action: acknowledged === true ? "acknowledge" : "note",
    ...kept,
    ...rest,
  };
}

interface Change {
  /** Left out: as before. */
  readonly acknowledged?: boolean;
  readonly closedAt?: TimestampMs | null;
}

function changeOf(
  { acknowledgedAt }: Episode,
  { kind, at, remote }: HandlingRequest,
  known: HandlingSoFar,
  now: TimestampMs,
): Change | Refusal {
  const isOlder = known.acknowledgementChangedAt !== null && at < known.acknowledgementChangedAt;
  switch (kind) {
    case "acknowledge":
    case "unacknowledge": {
      const isTaken = kind === "acknowledge";
      // Only an open incident can be taken on, or given back.
      const reopened = remote !== undefined && known.closedAt !== null ? { closedAt: null } : undefined;
      if (isTaken === (acknowledgedAt !== null)) return reopened ?? "same";
      return isOlder ? (reopened ?? "stale") : { acknowledged: isTaken, ...reopened };
    }
    case "close": {
      const isKnown = known.remote?.state === "resolved" && known.remote.at === at;
      if (known.closedAt !== null || isKnown) return "same";
      // Whoever is paged next is to take it on anew.
      const given = acknowledgedAt === null || isOlder ? {} : { acknowledged: false };
      return { ...given, closedAt: earlier(at, now) };
    }
    case "reopen":
      return known.closedAt === null ? "same" : { closedAt: null };
    case "assign":
      return sameNames(remote?.assignees ?? [], known.remote?.assignees ?? []) ? "same" : {};
    default:
      return kind satisfies never;
  }
}

function remoteAfter(
  { kind, at, remote }: HandlingRequest,
  before: RemoteIncident | null,
): RemoteIncident | undefined {
  if (remote === undefined) return undefined;
  // Who is assigned says nothing about the state.
  if (kind === "assign")
    return { state: before?.state ?? "triggered", by: before?.by ?? null, at, ...placeOf(remote) };
  return { state: STATES[kind], by: remote.by, at, ...placeOf(remote) };
}

function placeOf({ assignees, url }: Pick<RemoteIncident, "assignees" | "url">) {
  return { assignees, url };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}

function earlier(a: TimestampMs, b: TimestampMs): TimestampMs {
  return timestampMs(Math.min(a, b));
}
