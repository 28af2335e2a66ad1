import type { Episode } from "../alert/episode.ts";
import { planTelling } from "../alert/telling.ts";
import type { Routed, Told, TellingPlan } from "../alert/telling.ts";
import type { TimestampMs } from "../model/time.ts";
import type { Change } from "./evaluate-all.ts";

/** Who is told of an episode, and who is not at present. */
export interface TellingRules {
  /** Where it goes; never empty. */
  route(episode: Episode, at: TimestampMs): readonly Routed[];
  /** Why this receiver is to hear nothing of it now, as `silence:<id>`; null: it is to hear. */
  mutedBy(
    episode: Episode,
    receiver: string,
    at: TimestampMs,
    /** Every episode that is open: some mute others. */
    open: readonly Episode[],
  ): string | null;
  /** See TellingContext. */
  readonly rePageAfterMs?: number | undefined;
}

type PlanTelling = (told: readonly Told[]) => TellingPlan;

export interface TellingStore {
  commitTransition(change: Change, plan: PlanTelling): Promise<CommitResult>;
  tellAgain(episode: Episode, plan: PlanTelling, at: TimestampMs): Promise<CommitResult>;
  loadTold(episodeIds: readonly string[]): Promise<ReadonlyMap<string, readonly Told[]>>;
  haveChanged(known: readonly Episode[]): Promise<boolean>;
  loadOpen(): Promise<readonly Episode[]>;
}

type CommitResult =
  | { readonly kind: "committed"; readonly notificationIds: readonly string[] }
  | { readonly kind: "conflict" };

/** `open`: every episode that is open, also those that are not this process's; read where it is left out. */
export interface Teller {
  /** Stores a change of an episode with what people are to be told of it. */
  store(change: Change, open?: readonly Episode[]): Promise<"stored" | "conflict">;
  /**
   * Makes up for what time has changed for `own`: silences that began or ended, reminders that are due, what was missed.
   * `stale`: people or others have changed one of them; read them again, and nothing was told.
   */
  catchUp(own: readonly Episode[], at: TimestampMs, open?: readonly Episode[]): Promise<"stale" | undefined>;
}

/** `kickOutbox` is called when something is to be sent. */
export function createTeller(store: TellingStore, rules: TellingRules, kickOutbox: () => void): Teller {
  const planOf =
    (episode: Episode, change: Change | undefined, at: TimestampMs, open: readonly Episode[]): PlanTelling =>
    (told) =>
      planTelling(episode, told, {
        at,
        actions: change?.kind === "changed" ? change.actions : [],
        routed: () => rules.route(episode, at),
        mutedBy: (receiver) => rules.mutedBy(episode, receiver, at, open),
        rePageAfterMs: rules.rePageAfterMs,
      });
  const kickFor = (result: CommitResult): void => {
    if (result.kind === "committed" && result.notificationIds.length > 0) kickOutbox();
  };
  return {
    store: async (change, known) => {
      const { episode } = change;
      const open = known ?? (await store.loadOpen());
      const result = await store.commitTransition(change, planOf(episode, change, episode.updatedAt, open));
      kickFor(result);
      return result.kind === "conflict" ? "conflict" : "stored";
    },
    catchUp: async (own, at, known) => {
      const firing = own.filter(({ state }) => state === "firing");
      if (firing.length === 0) return undefined;
      if (await store.haveChanged(firing)) return "stale";
      const open = known ?? (await store.loadOpen());
      const toldOf = await store.loadTold(firing.map(({ id }) => id));
      for (const episode of firing) {
        const plan = planOf(episode, undefined, at, open);
        if (isEmpty(plan(toldOf.get(episode.id) ?? []))) continue;
        const result = await store.tellAgain(episode, plan, at);
        if (result.kind === "conflict") return "stale";
        kickFor(result);
      }
      return undefined;
    },
  };
}

function isEmpty({ added, changed, notifications }: TellingPlan): boolean {
  return added.length + changed.length + notifications.length === 0;
}
