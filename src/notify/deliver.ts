import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../self/log.ts";
import { traced } from "../self/tracing.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { episodeFields } from "./log-receiver.ts";
import type { ClaimedNotification, SendOutcome } from "../alert/notification.ts";
import type { Send, Senders } from "./notification.ts";
import type { AttemptResult } from "../alert/notification.ts";
import type { OutboxStore } from "./outbox-ports.ts";
import { redact } from "./redact.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** One attempt, as metrics see it. */
export interface Attempt {
  readonly receiver: string;
  readonly outcome: SendOutcome["kind"] | "lost";
  readonly durationMs: number;
}

export interface DeliveryOptions {
  readonly store: Pick<OutboxStore, "record">;
  readonly send: Senders;
  readonly owner: string;
  readonly publicUrl: string;
  readonly log: Log;
  readonly observe?: (attempt: Attempt) => void;
  readonly random?: () => number;
}

/** A notification that waits for longer than this is an error in the log, not a warning. */
const LATE_MS = 300_000;
/** Tries to record an answer; past them the lease runs out, and the next holder knows that it may have been sent. */
const MOST_RECORD_TRIES = 8;

const noSender: Send = () =>
  Promise.resolve({ kind: "retry", detail: "this process has no sender for it", ambiguous: false });

/** Makes one attempt to send a notification and records it; never rejects. */
export function createDelivery(
  options: DeliveryOptions,
  leases: Pick<LeaseKeeper, "remainingMs">,
): (notification: ClaimedNotification) => Promise<void> {
  const { log, random = Math.random } = options;
  return async (notification) => {
    const startedAt = performance.now();
    const outcome = await sendTraced(options.send[notification.receiverType] ?? noSender, notification, () =>
      leases.remainingMs(notification),
    );
    const durationMs = performance.now() - startedAt;
    const retryInMs =
      outcome.kind === "retry"
        ? retryDelayMs(outcome, notification.attempt, notification.severity, random())
        : 0;
    const recorded = await record(options, notification, { outcome, durationMs, retryInMs });
    options.observe?.({
      receiver: notification.receiver,
      outcome: recorded === "recorded" ? outcome.kind : "lost",
      durationMs,
    });
    if (recorded === "lost") {
      log.warn(
        "the lease of a notification went to another worker during its attempt",
        fieldsOf(notification),
      );
      return;
    }
    tell(options, notification, { outcome, durationMs, retryInMs });
  };
}

async function sendTraced(
  send: Send,
  notification: ClaimedNotification,
  remainingMs: () => number,
): Promise<SendOutcome> {
  try {
    const attributes = {
      "noroshi.receiver": notification.receiver,
      "noroshi.action": notification.action,
      "noroshi.slo": notification.sloName,
      "noroshi.attempt": notification.attempt,
    };
    return await traced("notify", attributes, () => send(notification, remainingMs));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      kind: "retry",
      detail: redact(`the sender failed: ${message}`, [notification.address]),
      ambiguous: true,
    };
  }
}

/** The answer is worth waiting for: without it the notification would be sent again. */
async function record(
  { store, owner, log }: DeliveryOptions,
  notification: ClaimedNotification,
  result: AttemptResult,
): Promise<"recorded" | "lost"> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await store.record(notification, owner, result);
    } catch (error) {
      log.warn("the outcome of a notification could not be recorded", {
        ...fieldsOf(notification),
        tries,
        error,
      });
      if (tries >= MOST_RECORD_TRIES) {
        return "lost";
      }
      await pause(Math.min(5_000, 100 * 2 ** tries));
    }
  }
}

function tell(options: DeliveryOptions, notification: ClaimedNotification, result: AttemptResult): void {
  const { log } = options;
  const { outcome } = result;
  const fields = {
    ...fieldsOf(notification),
    detail: outcome.detail,
    durationMs: Math.round(result.durationMs),
  };
  switch (outcome.kind) {
    case "delivered":
      log.info("notification delivered", fields);
      return;
    case "retry": {
      const waitedMs = Date.now() - notification.createdAt;
      log[waitedMs > LATE_MS ? "error" : "warn"]("notification not delivered yet", {
        ...fields,
        waitedMs,
        retryInMs: result.retryInMs,
      });
      return;
    }
    case "rejected":
      // Nobody else may hear of it: the log gets all of it.
      log.error("notification rejected by its receiver; people were not told", {
        ...fields,
        ...episodeFields(notification, options.publicUrl),
      });
      return;
    default:
      outcome satisfies never;
  }
}

function fieldsOf(notification: ClaimedNotification): Readonly<Record<string, unknown>> {
  const { id, receiver, action, attempt, sloName, episodeId } = notification;
  return { notification: id, receiver, action, attempt, slo: sloName, episode: episodeId };
}
