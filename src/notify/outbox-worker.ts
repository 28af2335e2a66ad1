import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "../self/log.ts";
import { createLeaseKeeper } from "./lease-keeper.ts";
import { RECEIVER_TYPES } from "../alert/notification.ts";
import type { ClaimedNotification, ReceiverType } from "../alert/notification.ts";
import type { BundleSenders, Senders } from "./notification.ts";
import type { Budgets, OutboxStore } from "./outbox-ports.ts";
import { createDelivery } from "./deliver.ts";
import type { Attempt, Delivery } from "./deliver.ts";

export interface OutboxWorkerOptions {
  readonly store: OutboxStore;
  /** What no sender is given for waits for a worker that has one. */
  readonly send: Senders;
  /** What a group is told goes to these in one message; groups of other types are sent one by one. */
  readonly sendBundle?: BundleSenders;
  /** How many messages each address takes; no bound where a type has none. */
  readonly budgets?: Budgets;
  /** Unique among all workers that ever run on this store, as a UUID. */
  readonly owner: string;
  readonly publicUrl: string;
  readonly log: Log;
  /** False while others take this process for dead: what it claimed they would take over at once, and send again. */
  readonly mayClaim?: () => boolean;
  /** Told of every attempt, for metrics. */
  readonly observe?: (attempt: Attempt) => void;
  /**
   * Sends at the same time to each type of receiver; a slow one takes no place from the others. One address has at most a
   * quarter of them.
   */
  readonly concurrency?: number;
  /** How long a notification stays with a worker that says nothing more. */
  readonly leaseMs?: number;
  /** Longest time until it looks for work that nobody announced. */
  readonly pollMs?: number;
  /** How long stop() waits for sends under way; what is left then is taken up when its lease has run out. */
  readonly stopTimeoutMs?: number;
  readonly random?: () => number;
}

export interface OutboxWorker {
  start(): void;
  /** There may be something to send: look now. */
  kick(): void;
  /** Seconds since the outbox could be read (or since it began), by a steady clock. */
  lagSeconds(): number;
  /** Takes no more, and ends when the sends under way have ended and are recorded, or have taken too long. */
  stop(): Promise<void>;
}

/**
 * Sends what is in the outbox: each episode's notifications to one receiver in order, one at a time; those of a group in one
 * message; many side by side, critical ones first. A notification is tried until its receiver takes it or refuses it for good.
 */
export function createOutboxWorker(options: OutboxWorkerOptions): OutboxWorker {
  const { log, pollMs = 1_000, stopTimeoutMs = 8_000 } = options;
  const bell = createBell();
  // A send that ends leaves a place free, and its successor in the lane may be due.
  const sends = createSends(options, bell.ring);
  let stopping = false;
  let failures = 0;
  let readAt = performance.now();
  let loop: Promise<void> | undefined;

  const lookSafely = async (): Promise<number> => {
    try {
      const restMs = await look(options, sends, pollMs);
      if (failures > 0) {
        log.info("the outbox can be read again", { failures });
      }
      failures = 0;
      readAt = performance.now();
      return restMs;
    } catch (error) {
      failures += 1;
      // Said once and then each minute: an outage of the store must not fill the log.
      if (failures === 1 || failures % 60 === 0) {
        log.error("the outbox cannot be read; notifications wait", { failures, error });
      }
      return 1_000;
    }
  };

  const run = async (): Promise<void> => {
    for (;;) {
      const startedAt = performance.now();
      const restMs = await lookSafely();
      // Announcements in quick succession share a look: in vain it takes half of the time at most.
      if (restMs > 0 && !stopping) await pause(Math.min(pollMs, performance.now() - startedAt));
      await bell.wait(stopping ? 0 : restMs);
      if (stopping) {
        return;
      }
    }
  };

  return {
    start: () => {
      sends.start();
      loop ??= run();
    },
    kick: bell.ring,
    lagSeconds: () => (performance.now() - readAt) / 1_000,
    stop: async () => {
      stopping = true;
      bell.ring();
      await loop;
      await sends.stop(stopTimeoutMs);
    },
  };
}

interface Sends {
  /** Ids of what is being sent. */
  held(): readonly string[];
  free(type: ReceiverType): number;
  /** Claims as many as there are places and begins to send them; gives their number. */
  take(type: ReceiverType): Promise<number>;
  start(): void;
  stop(timeoutMs: number): Promise<void>;
}

/** What is being sent at this moment. */
function createSends(options: OutboxWorkerOptions, onEnd: () => void): Sends {
  const { store, owner, log, budgets, sendBundle, concurrency = 16, leaseMs = 30_000 } = options;
  const leases = createLeaseKeeper({ store, owner, leaseMs, log });
  const deliver = createDelivery(options, leases);
  const underWay = new Map<Delivery, Promise<void>>();
  const launch = (delivery: Delivery, claimedAt: number): void => {
    for (const notification of delivery) leases.hold(notification, claimedAt);
    const sending = deliver(delivery).finally(() => {
      for (const notification of delivery) leases.drop(notification);
      underWay.delete(delivery);
      onEnd();
    });
    underWay.set(delivery, sending);
  };
  const free = (type: ReceiverType): number =>
    concurrency - [...underWay.keys()].filter(([first]) => first?.receiverType === type).length;
  const held = (): string[] => [...underWay.keys()].flat().map(({ id }) => id);
  return {
    free,
    held,
    take: async (type) => {
      const claimedAt = performance.now();
      const budget = budgets?.[type];
      const claimed = await store.claim({
        receiverType: type,
        limit: free(type),
        owner,
        leaseMs,
        perAddress: Math.ceil(concurrency / 4),
        bundles: sendBundle?.[type] !== undefined,
        held: held(),
        ...(budget === undefined ? {} : { budget }),
      });
      for (const delivery of deliveriesOf(claimed)) launch(delivery, claimedAt);
      return claimed.length;
    },
    start: () => leases.start(),
    stop: async (timeoutMs) => {
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
      await Promise.race([Promise.all(underWay.values()), tooLong]);
      clearTimeout(timer);
      leases.stop();
      for (const { id, receiver } of [...underWay.keys()].flat()) {
        log.warn("a notification is still being sent; it is taken up again after the restart", {
          notification: id,
          receiver,
        });
      }
    },
  };
}

function deliveriesOf(claimed: readonly ClaimedNotification[]): readonly Delivery[] {
  const byId = new Map<string, ClaimedNotification[]>();
  for (const notification of claimed) {
    const key = notification.bundleId ?? notification.id;
    const delivery = byId.get(key) ?? [];
    delivery.push(notification);
    byId.set(key, delivery);
  }
  return [...byId.values()];
}

/** Takes what is due; gives the milliseconds until the next look. */
async function look(
  { store, send, owner, sendBundle = {}, budgets = {}, mayClaim = () => true }: OutboxWorkerOptions,
  sends: Sends,
  pollMs: number,
): Promise<number> {
  if (!mayClaim()) return Math.min(pollMs, 200);
  const open = RECEIVER_TYPES.filter((type) => send[type] !== undefined && sends.free(type) > 0);
  if (open.length === 0) return pollMs;
  const bundled = open.filter((type) => sendBundle[type] !== undefined);
  const asker = { owner, held: sends.held() };
  const due = await store.dueInMs(open, { bundled, budgets, asker });
  const ready = open.filter((type) => due.get(type) === 0);
  if (ready.length === 0) return Math.min(pollMs, ...due.values());
  let taken = 0;
  for (const type of ready) taken += await sends.take(type);
  // Due, yet not to be had: its address has enough in hand, or another worker was faster.
  return taken > 0 ? 0 : 50;
}

/** Wakes the one who waits, or who will wait next. */
function createBell(): { ring: () => void; wait: (ms: number) => Promise<void> } {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      rung = true;
      wake?.();
    },
    wait: async (ms) => {
      if (!rung && ms > 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = undefined;
      }
      rung = false;
    },
  };
}
