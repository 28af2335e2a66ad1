import { setTimeout as pause } from "node:timers/promises";
import { SELF_NAME } from "../alert/self-problem.ts";
import type { EpisodeFacts } from "../alert/episode.ts";
import type {
  ClaimedNotification,
  MessageReference,
  ReceiverChoice,
  SendOutcome,
} from "../alert/notification.ts";
import { timestampMs } from "../model/time.ts";
import type { Send } from "./notification.ts";

/** What a receiver answered to one message of a test. */
export interface TestStep {
  readonly action: "trigger" | "resolve";
  readonly outcome: SendOutcome["kind"];
  /** What it said; never a secret. */
  readonly detail: string;
  readonly durationMs: number;
}

export interface TestResult {
  /** Everything arrived. */
  readonly ok: boolean;
  /** In order. */
  readonly steps: readonly TestStep[];
}

export interface TestOptions {
  readonly send: Send;
  /** Who asks, for people. */
  readonly by: string;
  /** The present, epoch milliseconds. */
  readonly now: () => number;
  readonly newId: (atMs: number) => string;
  /** Between tries to end what was begun. */
  readonly pauseMs?: number;
}

/** What was begun is ended though the receiver fails now and then. */
const MOST_RESOLVES = 3;
/** Nobody else can send it. */
const LEASE_MS = 60_000;

/**
 * Sends a marked trigger to a receiver, and the resolve that ends it, as an alert would be: no incident stays open. Where the
 * trigger was surely not taken there is nothing to end.
 */
export async function testReceiver(choice: ReceiverChoice, options: TestOptions): Promise<TestResult> {
  const { now, newId, pauseMs = 1_000 } = options;
  const startedAt = now();
  const episodeId = newId(startedAt);
  const facts = testFacts(choice.receiver, options.by);
  const attempt = (
    action: "trigger" | "resolve",
    id: string,
    reference: MessageReference | null,
    n: number,
  ) =>
    send(options.send, {
      ...choice,
      ...FIXED,
      id,
      episodeId,
      action,
      reference,
      attempt: n,
      maybeSent: n > 1,
      facts,
      at: timestampMs(now()),
      startedAt: timestampMs(startedAt),
      firedAt: timestampMs(startedAt),
      createdAt: timestampMs(startedAt),
      resolution: action === "resolve" ? "recovered" : null,
    });
  const trigger = await attempt("trigger", newId(now()), null, 1);
  const steps = [trigger.step];
  const { outcome } = trigger;
  const isTaken = outcome.kind === "delivered" || (outcome.kind === "retry" && outcome.ambiguous);
  if (!isTaken) return { ok: false, steps };
  const reference = (outcome.kind === "delivered" ? outcome.reference : undefined) ?? null;
  const resolveId = newId(now());
  for (let tries = 1; ; tries += 1) {
    const resolve = await attempt("resolve", resolveId, reference, tries);
    if (resolve.outcome.kind === "retry" && tries < MOST_RESOLVES) {
      await pause(pauseMs);
      continue;
    }
    steps.push(resolve.step);
    return { ok: steps.every((step) => step.outcome === "delivered"), steps };
  }
}

async function send(sender: Send, notification: ClaimedNotification) {
  const startedAt = performance.now();
  const outcome = await sender(notification, () => LEASE_MS - (performance.now() - startedAt));
  const durationMs = Math.round(performance.now() - startedAt);
  const step: TestStep = {
    action: notification.action === "resolve" ? "resolve" : "trigger",
    outcome: outcome.kind,
    detail: outcome.detail,
    durationMs,
  };
  return { outcome, step };
}

const FIXED = { sloName: SELF_NAME, alertKey: "self/test", severity: "warning", bundleId: null } as const;

/** In the form of a problem of Noroshi itself: there is no SLO that it is about. */
function testFacts(receiver: string, by: string): EpisodeFacts {
  return {
    test: true,
    self: {
      summary: `TEST of the receiver ${receiver}; nothing is wrong`,
      detail: `${by} tries whether alerts arrive here. There is nothing to do; this ends by itself.`,
      path: "/",
      observer: "test",
    },
    sloName: SELF_NAME,
    sloDisplayName: "Noroshi",
    description: "",
    service: SELF_NAME,
    owner: null,
    runbookUrl: null,
    target: 0,
    sloWindowMs: 0,
    tier: "",
    burnThreshold: 0,
    longWindowMs: 0,
    shortWindowMs: null,
    longBurnRate: null,
    shortBurnRate: null,
    badEvents: 0,
    totalEvents: 0,
    budgetRemainingRatio: null,
    exhaustedInMs: null,
  };
}
