import type { Log } from "../self/log.ts";
import { createLeaseKeeper } from "./lease-keeper.ts";
import { RECEIVER_TYPES } from "../alert/notification.ts";
import type { ClaimedNotification, ReceiverType } from "../alert/notification.ts";
import type { Senders } from "./notification.ts";
import type { OutboxStore } from "./outbox-ports.ts";
import { createDelivery } from "./deliver.ts";
import type { Attempt } from "./deliver.ts";

export interface OutboxWorkerOptions {
  readonly store: OutboxStore;
  /** What no sender is given for waits for a worker that has one. */
  readonly send: Senders;
  /** Unique among all workers that ever run on this store, as a UUID. */
  readonly owner: string;
  readonly publicUrl: string;
  readonly log: Log;
  /** Told of every attempt, for metrics. */
  readonly observe?: (attempt: Attempt) => void;
  /** Sends at the same time to each type of receiver; a slow one takes no place from the others. */
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
 * Sends what is in the outbox: each episode's notifications to one receiver in order, one at a time; many episodes side by
 * side, critical ones first. A notification is tried until its receiver takes it or refuses it for good.
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

  const lookSafely = async (announced: boolean): Promise<number> => {
    try {
      const restMs = await look(options, sends, announced, pollMs);
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
    for (let announced = true; ;) {
      const restMs = await lookSafely(announced);
      announced = await bell.wait(stopping ? 0 : restMs);
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
  free(type: ReceiverType): number;
  /** Claims as many as there are places and begins to send them; gives their number. */
  take(type: ReceiverType): Promise<number>;
  start(): void;
  stop(timeoutMs: number): Promise<void>;
}

/** What is being sent at this moment. */
function createSends(options: OutboxWorkerOptions, onEnd: () => void): Sends {
  const { store, owner, log, concurrency = 4, leaseMs = 30_000 } = options;
  const leases = createLeaseKeeper({ store, owner, leaseMs, log });
  const deliver = createDelivery(options, leases);
  const underWay = new Map<ClaimedNotification, Promise<void>>();
  const launch = (notification: ClaimedNotification, claimedAt: number): void => {
    leases.hold(notification, claimedAt);
    const sending = deliver(notification).finally(() => {
      leases.drop(notification);
      underWay.delete(notification);
      onEnd();
    });
    underWay.set(notification, sending);
  };
  const free = (type: ReceiverType): number =>
    concurrency - [...underWay.keys()].filter((notification) => notification.receiverType === type).length;
  return {
    free,
    take: async (type) => {
      const claimedAt = performance.now();
      const claimed = await store.claim({ receiverType: type, limit: free(type), owner, leaseMs });
      for (const notification of claimed) {
        launch(notification, claimedAt);
      }
      return claimed.length;
    },
    start: () => leases.start(),
    stop: async (timeoutMs) => {
      let timer: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
      await Promise.race([Promise.all(underWay.values()), tooLong]);
      clearTimeout(timer);
      leases.stop();
      for (const { id, receiver } of underWay.keys()) {
        log.warn("a notification is still being sent; it is taken up again after the restart", {
          notification: id,
          receiver,
        });
      }
    },
  };
}

/** Takes what is due; gives the milliseconds until the next look. */
async function look(
  { store, send }: Pick<OutboxWorkerOptions, "store" | "send">,
  sends: Sends,
  announced: boolean,
  pollMs: number,
): Promise<number> {
  const open = RECEIVER_TYPES.filter((type) => send[type] !== undefined && sends.free(type) > 0);
  if (open.length === 0) {
    return pollMs;
  }
  if (!announced) {
    const dueInMs = (await store.nextDueInMs(open)) ?? pollMs;
    if (dueInMs > 0) {
      return Math.min(dueInMs, pollMs);
    }
  }
  let taken = 0;
  for (const type of open) {
    taken += await sends.take(type);
  }
  if (taken > 0) {
    return 0;
  }
  // Announced, yet nothing was there: ask when something will be. Due, yet not to be had: another worker is at it.
  return announced ? 0 : 2;
}

/** Wakes the one who waits, or who will wait next. */
function createBell(): { ring: () => void; wait: (ms: number) => Promise<boolean> } {
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
      const was = rung;
      rung = false;
      return was;
    },
  };
}
