import type { Bundle, ClaimedNotification } from "../alert/notification.ts";
import type { BundleSenders, SendBundle, Senders } from "./notification.ts";

/** Adds to a notification what its message needs beside the facts. Never rejects, and is soon done. */
export type Prepare = (notification: ClaimedNotification) => Promise<ClaimedNotification>;

/** Of a bundle only so many are looked into: its message has a line for each. */
const MOST_IN_BUNDLE = 5;

/** One after the other. */
export function prepareAll(...steps: readonly Prepare[]): Prepare {
  return async (notification) => {
    let prepared = notification;
    for (const step of steps) prepared = await step(prepared);
    return prepared;
  };
}

/** The same senders, each given prepared notifications. */
export function preparedSenders(senders: Senders, prepare: Prepare): Senders {
  return Object.fromEntries(
    Object.entries(senders).map(([type, send]) => [
      type,
      async (notification: ClaimedNotification, remainingMs: () => number) =>
        send(await prepare(notification), remainingMs),
    ]),
  );
}

/** The same senders of bundles; `always` is done for every notification, `prepare` for the first few that are new. */
export function preparedBundleSenders(
  senders: BundleSenders,
  prepare: Prepare,
  always: Prepare,
): BundleSenders {
  return Object.fromEntries(
    Object.entries(senders).map(([type, send]): [string, SendBundle] => [
      type,
      async (bundle, remainingMs) => send(await prepareBundle(bundle, prepare, always), remainingMs),
    ]),
  );
}

async function prepareBundle(bundle: Bundle, prepare: Prepare, always: Prepare): Promise<Bundle> {
  const notifications = await Promise.all(
    bundle.notifications.map((one, i) => (i < MOST_IN_BUNDLE ? prepare(one) : always(one))),
  );
  const byId = new Map(notifications.map((one) => [one.id, one]));
  const latest = await Promise.all(
    bundle.group.latest.map((one) => {
      const known = byId.get(one.id);
      return known === undefined ? always(one) : Promise.resolve({ ...one, ...addedTo(known) });
    }),
  );
  return { ...bundle, notifications, group: { ...bundle.group, latest } };
}

/** What is about the group stays as the group has it. */
function addedTo({ context, wording }: ClaimedNotification) {
  return {
    ...(context === undefined ? {} : { context }),
    ...(wording === undefined ? {} : { wording }),
  };
}
