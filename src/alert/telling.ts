import type { TimestampMs } from "../model/time.ts";
import { nextDigest } from "./digest.ts";
import type { Episode, NotificationAction } from "./episode.ts";
import type { ReceiverChoice, TellingPolicy } from "./notification.ts";

/** Where an episode is told, and how, as its route says. */
export interface Routed extends ReceiverChoice {
  readonly policy: TellingPolicy;
  /** Episodes of this receiver with the same key are told together; null: alone. */
  readonly groupKey: string | null;
}

/** What a receiver was told of an episode so far. */
export interface Told {
  readonly receiver: string;
  readonly policy: TellingPolicy;
  /** Why it is told nothing at present, as `silence:<id>`; null: it is. */
  readonly mutedBy: string | null;
  /** null before the trigger. */
  readonly toldState: "firing" | "resolved" | null;
  readonly toldAt: TimestampMs | null;
  /** Its incident was resolved by hand then, and nothing was told since; left out or null: no. */
  readonly closedAt?: TimestampMs | null;
}

/** How a receiver's entry changes. */
export type ToldChange = Pick<Told, "mutedBy" | "toldState" | "toldAt" | "closedAt">;

export interface TellingPlan {
  /** Receivers that hear of the episode from now on. */
  readonly added: readonly (Routed & ToldChange)[];
  readonly changed: readonly (ToldChange & { readonly receiver: string })[];
  /** What goes into the outbox, in order. */
  readonly notifications: readonly PlannedNotification[];
}

export interface PlannedNotification {
  readonly receiver: string;
  readonly action: NotificationAction;
  /** It waits for the digest of this time; left out: it is sent at once. */
  readonly notBefore?: TimestampMs;
}

export interface TellingContext {
  readonly at: TimestampMs;
  /** What just happened to the episode; empty when only time has passed. */
  readonly actions: readonly NotificationAction[];
  /** Asked once, when nobody has been chosen yet. Never empty. */
  readonly routed: () => readonly Routed[];
  /** Why this receiver is to hear nothing now; null: it is to hear. */
  readonly mutedBy: (receiver: string) => string | null;
  /** When to tell anew whose incident was resolved by hand; left out: never. */
  readonly rePageAfterMs?: number | undefined;
}

/**
 * What to tell to whom, by the state of an episode and what each receiver was told so far: asking again when nothing has
 * changed gives an empty plan, and what was missed for any reason is made up for.
 *
 * - a firing episode is told to everyone it is routed to; the choice is made once and stays with the episode;
 * - who is muted hears nothing but the end of what it was told; when the mute is over and it still fires, it hears of it;
 * - told again after the policy's interval, unless a person took it on;
 * - who resolved its incident by hand is told anew when it has burned for long enough after that, and not before;
 * - the end is told, once, to everyone who heard of the beginning;
 * - what is not critical waits for the digest of a receiver that has one: all of it, in order.
 */
export function planTelling(episode: Episode, told: readonly Told[], context: TellingContext): TellingPlan {
  const plan = planNow(episode, told, context);
  if (episode.severity === "critical" || plan.notifications.length === 0) return plan;
  const policies = new Map([...told, ...plan.added].map(({ receiver, policy }) => [receiver, policy]));
  const notifications = plan.notifications.map((planned) => {
    const digest = policies.get(planned.receiver)?.digest ?? null;
    return digest === null ? planned : { ...planned, notBefore: nextDigest(digest, context.at) };
  });
  return { ...plan, notifications };
}

function planNow(episode: Episode, told: readonly Told[], context: TellingContext): TellingPlan {
  if (episode.state === "pending") return NOTHING;
  if (episode.state === "resolved") return planEnd(told, context);
  if (told.length === 0) return planBeginning(context);
  const changed: (ToldChange & { receiver: string })[] = [];
  const notifications: { receiver: string; action: NotificationAction }[] = [];
  for (const entry of told) {
    const mutedBy = context.mutedBy(entry.receiver);
    const action =
      mutedBy === null
        ? nextAction(episode, entry, context)
        : isNewSilence(mutedBy, entry)
          ? "note"
          : undefined;
    const next: ToldChange =
      action === undefined || action === "note"
        ? { mutedBy, toldState: entry.toldState, toldAt: entry.toldAt }
        : { mutedBy, toldState: "firing", toldAt: context.at, ...reopened(entry, action) };
    if (action !== undefined) notifications.push({ receiver: entry.receiver, action });
    if (action !== undefined || mutedBy !== entry.mutedBy)
      changed.push({ receiver: entry.receiver, ...next });
  }
  return {
    added: [],
    changed,
    notifications: [...notifications, ...notesOnPaging(told, changed, notifications)],
  };
}

/** Who was told of the alert sees in the message that it is silenced now. */
function isNewSilence(mutedBy: string, entry: Told): boolean {
  return mutedBy.startsWith("silence:") && mutedBy !== entry.mutedBy && entry.toldState === "firing";
}

/** A trigger opens a new incident. */
function reopened({ closedAt = null }: Told, action: NotificationAction): Pick<Told, "closedAt"> {
  return closedAt !== null && action === "trigger" ? { closedAt: null } : {};
}

/** The others see that who had resolved its incident is paged again. */
function notesOnPaging(
  told: readonly Told[],
  changed: readonly ToldChange[],
  planned: readonly PlannedNotification[],
): PlannedNotification[] {
  if (!changed.some(({ closedAt }) => closedAt === null)) return [];
  const busy = new Set(planned.map(({ receiver }) => receiver));
  return told
    .filter(({ receiver, toldState }) => toldState === "firing" && !busy.has(receiver))
    .map(({ receiver }) => ({ receiver, action: "note" }));
}

const NOTHING: TellingPlan = { added: [], changed: [], notifications: [] };

function planBeginning({ at, routed, mutedBy }: TellingContext): TellingPlan {
  const added = routed().map((choice) => {
    const muted = mutedBy(choice.receiver);
    return muted === null
      ? { ...choice, mutedBy: null, toldState: "firing" as const, toldAt: at }
      : { ...choice, mutedBy: muted, toldState: null, toldAt: null };
  });
  const heard = added.filter((entry) => entry.toldState !== null);
  const notifications = heard.map(({ receiver }) => ({ receiver, action: "trigger" as const }));
  return { added, changed: [], notifications };
}

/** A mute swallows no end: an incident that was opened is closed. */
function planEnd(told: readonly Told[], { at, actions }: TellingContext): TellingPlan {
  if (!actions.includes("resolve")) return NOTHING;
  const heard = told.filter(({ toldState }) => toldState === "firing");
  return {
    added: [],
    changed: heard.map(({ receiver, mutedBy }) => ({ receiver, mutedBy, toldState: "resolved", toldAt: at })),
    notifications: heard.map(({ receiver }) => ({ receiver, action: "resolve" })),
  };
}

/** What it was told last is not sent yet. */
function waitsForDigest({ severity }: Episode, { policy, toldAt }: Told, at: TimestampMs): boolean {
  const { digest } = policy;
  return severity !== "critical" && digest !== null && toldAt !== null && at < nextDigest(digest, toldAt);
}

/** What one who is not muted is told now; undefined: nothing new. */
function nextAction(
  episode: Episode,
  entry: Told,
  { at, actions, rePageAfterMs }: TellingContext,
): NotificationAction | undefined {
  if (entry.toldState !== "firing") return "trigger";
  const { closedAt = null } = entry;
  // Anything but a trigger at its time would open its incident too early.
  if (closedAt !== null)
    return rePageAfterMs !== undefined && at - closedAt >= rePageAfterMs ? "trigger" : undefined;
  if (actions.includes("update")) return "update";
  if (actions.includes("acknowledge")) return "acknowledge";
  // Said once is enough of what is not read before the digest.
  if (waitsForDigest(episode, entry, at)) return undefined;
  if (entry.mutedBy !== null) return "remind";
  const { repeatIntervalMs } = entry.policy;
  const isDue = repeatIntervalMs !== null && entry.toldAt !== null && at - entry.toldAt >= repeatIntervalMs;
  return isDue && episode.acknowledgedAt === null ? "remind" : undefined;
}
