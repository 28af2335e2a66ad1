import type { ReceiverChoice } from "./notification.ts";
import { planTelling } from "./telling.ts";
import type { Told, TellingPlan } from "./telling.ts";
import type { Transition } from "./transition.ts";

/** For tests: an episode goes to these receivers as things happen, without mutes, groups or reminders. */
export function tellAll(
  change: Exclude<Transition, { kind: "unchanged" }>,
  receivers: readonly ReceiverChoice[],
): (told: readonly Told[]) => TellingPlan {
  const policy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };
  const { episode } = change;
  const actions = change.kind === "changed" ? change.actions : [];
  return (told) =>
    planTelling(episode, told, {
      at: episode.updatedAt,
      actions,
      routed: () => receivers.map((choice) => ({ ...choice, policy, groupKey: null })),
      mutedBy: () => null,
    });
}
