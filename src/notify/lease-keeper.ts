import type { Log } from "../self/log.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import type { OutboxStore } from "./outbox-ports.ts";

export interface LeaseKeeper {
  /** @param claimedAt `performance.now()` before the claim: the lease cannot end sooner than `leaseMs` after it. */
  hold(notification: ClaimedNotification, claimedAt: number): void;
  drop(notification: ClaimedNotification): void;
  /** Milliseconds that this worker surely still holds it; 0 or less when it may have gone to another one. */
  remainingMs(notification: ClaimedNotification): number;
  start(): void;
  stop(): void;
}

export interface LeaseKeeperOptions {
  readonly store: Pick<OutboxStore, "extend">;
  readonly owner: string;
  readonly leaseMs: number;
  readonly log: Log;
}

/**
 * Prolongs the leases of what is being sent. Remaining time is measured by this process's steady clock from before each
 * request, so it is never longer than the database's view of it.
 */
export function createLeaseKeeper({ store, owner, leaseMs, log }: LeaseKeeperOptions): LeaseKeeper {
  const endsAt = new Map<ClaimedNotification, number>();
  let timer: NodeJS.Timeout | undefined;
  let extending = false;

  const extend = async (): Promise<void> => {
    if (extending || endsAt.size === 0) {
      return;
    }
    extending = true;
    const askedAt = performance.now();
    try {
      const kept = await store.extend([...endsAt.keys()], owner, leaseMs);
      for (const notification of endsAt.keys()) {
        if (kept.has(notification.id)) {
          endsAt.set(notification, askedAt + leaseMs);
        }
      }
    } catch (error) {
      log.warn("leases of notifications could not be prolonged", { notifications: endsAt.size, error });
    } finally {
      extending = false;
    }
  };

  return {
    hold: (notification, claimedAt) => {
      endsAt.set(notification, claimedAt + leaseMs);
    },
    drop: (notification) => {
      endsAt.delete(notification);
    },
    remainingMs: (notification) => (endsAt.get(notification) ?? 0) - performance.now(),
    start: () => {
      timer ??= setInterval(() => void extend(), leaseMs / 6);
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
