import type { Episode } from "../alert/episode.ts";
import { alertId, type Change } from "./evaluate-all.ts";

/** How the changes of one evaluation were stored. */
export interface Stored {
  /** Why not every change could be stored; undefined: nothing failed. */
  readonly failure: unknown;
  /** Some are left to the next evaluation. */
  readonly isUnfinished: boolean;
}

type KnownEpisodes = Map<string, Episode>;

/** Longer than that pages would wait for tickets. */
const STORE_FOR_MS = 2_000;

/**
 * Stores changes one by one. Ends at the first failure: the store may be away. What fails goes last the next time, so it holds
 * up no other. Of many tickets the rest is left, too: the next evaluation finds them again, behind the pages that came meanwhile.
 */
export function createStoreAll(
  store: (change: Change, known: KnownEpisodes) => Promise<void>,
  storeForMs: number = STORE_FOR_MS,
): (changes: readonly Change[], known: KnownEpisodes) => Promise<Stored> {
  /** Alerts whose change the store did not take the last time. */
  const refused = new Set<string>();
  return async (changes, known) => {
    const untilMs = performance.now() + storeForMs;
    const order = inOrder(changes, refused);
    const present = new Set(order.map(alertOf));
    for (const id of refused) if (!present.has(id)) refused.delete(id);
    for (const [i, change] of order.entries()) {
      const id = alertOf(change);
      if (i > 0 && change.episode.severity !== "critical" && performance.now() >= untilMs)
        return { failure: undefined, isUnfinished: true };
      try {
        await store(change, known);
        refused.delete(id);
      } catch (error) {
        refused.add(id);
        const failure = new Error(`the alert ${id} could not be stored`, { cause: error });
        return { failure, isUnfinished: false };
      }
    }
    return { failure: undefined, isUnfinished: false };
  };
}

/** Pages before tickets, which they mute; those that were refused last. */
function inOrder(changes: readonly Change[], refused: ReadonlySet<string>): readonly Change[] {
  const rank = (change: Change): number =>
    (refused.has(alertOf(change)) ? 2 : 0) + (change.episode.severity === "critical" ? 0 : 1);
  return [...changes].sort((a, b) => rank(a) - rank(b));
}

/** Which alert it is about, as `alertId`. */
export function alertOf({ episode }: Change): string {
  return alertId(episode.sloName, episode.alertKey);
}
