import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../self/log.ts";
import { traced } from "../self/tracing.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { episodeFields } from "./log-receiver.ts";
import type { AttemptResult, Bundle, ClaimedNotification, SendOutcome } from "../alert/notification.ts";
import type { BundleSenders, Send, Senders } from "./notification.ts";
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
  readonly store: Pick<OutboxStore, "record" | "recordBundle" | "readBundle">;
  readonly send: Senders;
  readonly sendBundle?: BundleSenders;
  readonly owner: string;
  readonly publicUrl: string;
  readonly log: Log;
  readonly observe?: (attempt: Attempt) => void;
  readonly random?: () => number;
}

/** What is sent in one message; never empty. More than one only where they have the same `bundleId`. */
export type Delivery = readonly ClaimedNotification[];

/** A notification that waits for longer than this is an error in the log, not a warning. */
const LATE_MS = 300_000;
/** Tries to record an answer; past them the lease runs out, and the next holder knows that it may have been sent. */
const MOST_RECORD_TRIES = 8;
/** A sender that throws could not even make what it wanted to send; perhaps it was something else, but not that often. */
const MOST_FAILURES = 5;

const noSender: Send = () =>
  Promise.resolve({ kind: "retry", detail: "this process has no sender for it", ambiguous: false });

/** Makes one attempt to send what was claimed as one message, and records it; never rejects. */
export function createDelivery(
  options: DeliveryOptions,
  leases: Pick<LeaseKeeper, "remainingMs">,
): (delivery: Delivery) => Promise<void> {
  const { log, store, random = Math.random } = options;
  return async (delivery) => {
    const first = delivery[0]!;
    const startedAt = performance.now();
    const remainingMs = (): number => Math.min(...delivery.map((one) => leases.remainingMs(one)));
    const bundle = first.bundleId === null ? undefined : await readBundle(options, delivery);
    if (bundle === "unreadable") return;
    const outcome = await sendTraced(delivery, () =>
      bundle === undefined
        ? (options.send[first.receiverType] ?? noSender)(first, remainingMs)
        : (options.sendBundle?.[first.receiverType]?.(bundle, remainingMs) ?? noSender(first, remainingMs)),
    );
    const durationMs = performance.now() - startedAt;
    const retryInMs = outcome.kind === "retry" ? delayOf(outcome, delivery, random()) : 0;
    const result = { outcome, durationMs, retryInMs };
    const recorded = await record(log, first, () =>
      bundle === undefined
        ? store.record(first, options.owner, result)
        : store.recordBundle(bundle, options.owner, result),
    );
    options.observe?.({
      receiver: first.receiver,
      outcome: recorded === "recorded" ? outcome.kind : "lost",
      durationMs,
    });
    if (recorded === "lost") {
      log.warn("the lease of a notification went to another worker during its attempt", fieldsOf(first));
      return;
    }
    for (const notification of delivery) tell(options, notification, result, bundle);
  };
}

function delayOf(
  outcome: Extract<SendOutcome, { kind: "retry" }>,
  delivery: Delivery,
  random: number,
): number {
  const attempt = Math.min(...delivery.map((one) => one.attempt));
  const severity = delivery.some((one) => one.severity === "critical") ? "critical" : "warning";
  return retryDelayMs(outcome, attempt, severity, random);
}

/** Where the store is away the leases run out, and it is tried again. */
async function readBundle(
  { store, log }: DeliveryOptions,
  delivery: Delivery,
): Promise<Bundle | "unreadable"> {
  try {
    return await store.readBundle(delivery);
  } catch (error) {
    log.warn("the group of a notification could not be read; it is tried again", {
      ...fieldsOf(delivery[0]!),
      error,
    });
    return "unreadable";
  }
}

async function sendTraced(delivery: Delivery, send: () => Promise<SendOutcome>): Promise<SendOutcome> {
  const first = delivery[0]!;
  try {
    const attributes = {
      "noroshi.receiver": first.receiver,
      "noroshi.action": first.action,
      "noroshi.slo": first.sloName,
      "noroshi.attempt": first.attempt,
      "noroshi.notifications": delivery.length,
    };
    return await traced("notify", attributes, send);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const detail = redact(`the sender failed: ${message}`, [first.address]);
    return delivery.some((one) => one.attempt >= MOST_FAILURES)
      ? { kind: "rejected", detail: `${detail} (${first.attempt} times: it is not tried again)` }
      : { kind: "retry", detail, ambiguous: true };
  }
}

/** The answer is worth waiting for: without it the notification would be sent again. */
async function record(
  log: Log,
  notification: ClaimedNotification,
  write: () => Promise<"recorded" | "lost">,
): Promise<"recorded" | "lost"> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
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

function tell(
  options: DeliveryOptions,
  notification: ClaimedNotification,
  result: AttemptResult,
  bundle: Bundle | undefined,
): void {
  const { log } = options;
  const { outcome } = result;
  const fields = {
    ...fieldsOf(notification),
    ...(bundle === undefined ? {} : { together: bundle.notifications.length }),
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
      if (outcome.refusesAll !== true && (bundle?.notifications.length ?? 1) > 1) {
        log.warn("a message of several notifications was refused; each is told by itself", fields);
        return;
      }
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
