import { RECEIVER_TYPES } from "../../src/alert/notification.ts";
import type {
  ClaimedNotification,
  ReceiverChoice,
  ReceiverType,
  SendOutcome,
} from "../../src/alert/notification.ts";
import type { Episode } from "../../src/alert/episode.ts";
import { transition } from "../../src/alert/transition.ts";
import { createTeller } from "../../src/evaluator/tell-episodes.ts";
import { durationMs, timestampMs, type TimestampMs } from "../../src/model/time.ts";
import type { AlertTier, Slo } from "../../src/slo/slo.ts";
import type { AlertVerdict } from "../../src/slo/verdict.ts";
import type { Database } from "../../src/store/postgres/database.ts";
import { createEpisodeStore } from "../../src/store/postgres/episode-store.ts";
import { handleEpisode } from "../../src/store/postgres/handle-episode.ts";
import { newUuid } from "../../src/store/postgres/new-uuid.ts";
import { createNotificationStore } from "../../src/store/postgres/notification-store.ts";
import { createModelledReceivers, type ModelledWebhook } from "./modelled-receivers.ts";

export const MINUTE_MS = 60_000;
/** An incident that was closed by hand is opened again after so long. */
const RE_PAGE_AFTER_MS = 15 * MINUTE_MS;

export const ALERTS = ["one", "two", "three"] as const;
export type AlertName = (typeof ALERTS)[number];
/** How bad it is at this moment: nothing, something, worse. */
export type Reading = "calm" | "bad" | "worse";

/** How an evaluation, or a delivery, ends. */
export type Mishap = "none" | "dies before the commit" | "loses the answer";
/** `unclear`: taken, and the answer lost · `vanished`: lost on the way, which looks the same. */
export type Fate = "delivered" | "refused for now" | "unclear" | "vanished";

const RECEIVERS: readonly ReceiverChoice[] = [
  { receiver: "pager", receiverType: "pagerduty", address: "0123456789abcdef0123456789abcdef" },
  { receiver: "chat", receiverType: "slack", address: "C0ALERTS" },
  { receiver: "hook", receiverType: "webhook", address: "https://hook.example" },
];

/** The real store, teller, transitions and outbox; modelled verdicts, receivers and deaths. */
export type ModelledDelivery = ReturnType<typeof createModelledDelivery>;

export function createModelledDelivery(db: Database) {
  const now = { ms: Date.UTC(2026, 0, 5, 12) };
  const at = (): TimestampMs => timestampMs(now.ms);
  const readings = new Map<string, Reading>();
  const silenced = new Set<string>();
  const routed = { to: ["pager", "chat", "hook"] as readonly string[] };
  const receivers = createModelledReceivers(() => now.ms);
  const episodes = createEpisodeStore(db);
  const outbox = createNotificationStore(db);
  const policy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: null };
  const teller = createTeller(
    episodes,
    {
      route: () =>
        RECEIVERS.filter(({ receiver }) => routed.to.includes(receiver)).map((choice) => ({
          ...choice,
          policy,
          groupKey: null,
        })),
      mutedBy: ({ sloName }) => (silenced.has(sloName) ? `silence:${sloName}` : null),
      rePageAfterMs: RE_PAGE_AFTER_MS,
    },
    () => {},
  );
  /** What each evaluator remembers; both work on all alerts, which is worse than ever. */
  const memories: (Map<string, Episode> | undefined)[] = [undefined, undefined];

  const evaluate = async (who: number, mishap: Mishap): Promise<void> => {
    const known = (memories[who] ??= new Map((await episodes.loadOpen()).map((one) => [one.sloName, one])));
    for (const name of ALERTS) {
      const verdict = verdictOf(readings.get(name) ?? "calm");
      const context = { slo: sloOf(name), budget: BUDGET, at: at(), newId: () => newUuid(now.ms) };
      const change = transition(known.get(name), verdict, context);
      if (change.kind === "unchanged") continue;
      if (mishap === "dies before the commit") {
        memories[who] = undefined;
        return;
      }
      const result = await teller.store(change, [...known.values()]);
      // It remembers what it knew before, as after an error.
      if (mishap === "loses the answer") return;
      if (result === "conflict") {
        memories[who] = undefined;
        return;
      }
      if (change.kind === "dropped" || change.episode.state === "resolved") known.delete(name);
      else known.set(name, change.episode);
    }
    const stale = await teller.catchUp([...known.values()], at(), [...known.values()]);
    if (stale !== undefined) memories[who] = undefined;
  };

  const inFlight: Sent[] = [];
  /** Answers that come when the lease is gone. */
  const late: { readonly sent: Sent; readonly outcome: SendOutcome }[] = [];
  const note = async ({ notification, owner }: Sent, outcome: SendOutcome): Promise<void> => {
    await outbox.record(notification, owner, { outcome, durationMs: 1, retryInMs: 0 });
  };

  const claim = async (receiverType: ReceiverType, owner: string): Promise<number> => {
    const claimed = await outbox.claim({ receiverType, limit: 2, owner, leaseMs: 600_000 });
    inFlight.push(...claimed.map((notification) => ({ owner, notification })));
    return claimed.length;
  };

  const settle = async (which: number, fate: Fate): Promise<void> => {
    const [sent] = inFlight.splice(which % Math.max(1, inFlight.length), 1);
    if (sent === undefined) return;
    const isTaken = fate === "delivered" || fate === "unclear";
    const taken = isTaken ? receivers.take(sent.notification) : undefined;
    await note(sent, fate === "delivered" ? taken! : notTaken(fate));
  };

  /** Every lease runs out: what was under way was taken, or was not, and who sent it may still be alive. */
  const leasesEnd = async (isTaken: (index: number) => boolean): Promise<void> => {
    for (const [i, sent] of inFlight.splice(0).entries())
      late.push({ sent, outcome: isTaken(i) ? receivers.take(sent.notification) : notTaken("vanished") });
    await outbox.endAllLeases();
  };

  /** One whose lease was gone hears the answer after all. */
  const answerLate = async (): Promise<void> => {
    const answer = late.shift();
    if (answer !== undefined) await note(answer.sent, answer.outcome);
  };

  const arrive = async (webhook: ModelledWebhook): Promise<void> => {
    await handleEpisode(
      db,
      webhook.episodeId,
      {
        kind: webhook.kind,
        actor: "pagerduty:alice",
        at: timestampMs(webhook.atMs),
        remote: { by: "alice", assignees: [], url: null },
      },
      { at: at(), webhookIds: [webhook.id] },
    );
  };

  const acknowledge = async (name: AlertName): Promise<void> => {
    const episode = (await episodes.loadOpen()).find(({ sloName }) => sloName === name);
    if (episode === undefined) return;
    await handleEpisode(db, episode.id, { kind: "acknowledge", actor: "key:bob", at: at() }, { at: at() });
  };

  /** No more mishaps, nobody does anything, and time goes on until nothing happens any more. */
  const rest = async (): Promise<void> => {
    silenced.clear();
    await leasesEnd(() => false);
    memories.fill(undefined);
    for (let calm = 0, rounds = 0; calm < 2; rounds += 1) {
      if (rounds > 40) throw new Error("it does not come to rest");
      let happened = 0;
      await evaluate(0, "none");
      for (const webhook of receivers.underWay.splice(0)) {
        happened += 1;
        await arrive(webhook);
      }
      for (const type of RECEIVER_TYPES.slice(0, 3)) happened += await claim(type, "at rest");
      while (inFlight.length > 0) await settle(0, "delivered");
      if (happened > 0) {
        calm = 0;
        continue;
      }
      calm += 1;
      now.ms += RE_PAGE_AFTER_MS + MINUTE_MS;
    }
  };

  return {
    now,
    readings,
    silenced,
    routed,
    receivers,
    episodes,
    memories,
    evaluate,
    claim,
    settle,
    leasesEnd,
    answerLate,
    arrive,
    acknowledge,
    rest,
  };
}

interface Sent {
  readonly owner: string;
  readonly notification: ClaimedNotification;
}

function notTaken(fate: Fate): SendOutcome {
  return { kind: "retry", detail: fate, ambiguous: fate !== "refused for now" };
}

const tierOf = (name: string, burnThreshold: number): AlertTier => ({
  name,
  longWindowMs: durationMs(60 * MINUTE_MS),
  shortWindowMs: undefined,
  burnThreshold,
  operator: "gt",
  alertAfterMs: durationMs(0),
  resolveAfterMs: durationMs(MINUTE_MS),
});
const [QUICK, SLOW] = [tierOf("page-quick", 14.4), tierOf("page-slow", 6)];

const sloOf = (name: string): Slo =>
  ({
    name,
    displayName: name,
    description: "",
    service: name,
    target: 0.999,
    window: { kind: "rolling", ms: durationMs(30 * 86_400_000) },
    method: { kind: "occurrences" },
    labels: {},
    windowMs: durationMs(30 * 86_400_000),
  }) as Slo;

const BUDGET = {
  counts: { good: 900, total: 1_000 },
  sli: 0.9,
  remainingRatio: 0.5,
  remainingEvents: 100,
  exhaustedInMs: undefined,
};

function verdictOf(reading: Reading): AlertVerdict {
  const burnRate = { calm: 1, bad: 8, worse: 20 }[reading];
  const long = { windowMs: 60 * MINUTE_MS, counts: { good: 90, total: 100 }, burnRate };
  const tiers = [QUICK, SLOW].map((tier) => {
    const breaching = burnRate > tier.burnThreshold;
    return { tier, long, short: undefined, breaching, calm: !breaching };
  });
  return { definition: { key: "critical", severity: "critical", tiers: [QUICK, SLOW] }, tiers };
}
