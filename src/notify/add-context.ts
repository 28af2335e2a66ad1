import { NO_CONTEXT, type NotificationContext } from "../alert/notification-context.ts";
import type { ClaimedNotification } from "../alert/notification.ts";
import type { Log } from "../self/log.ts";
import type { Prepare } from "./prepare.ts";

/** What is looked up for a notification; each may reject, and stops when it is told to. */
export interface ContextPorts {
  /** What changed in the services of the episode's SLO shortly before it began. */
  whatChanged(
    notification: ClaimedNotification,
    signal: AbortSignal,
  ): Promise<NotificationContext["changes"]>;
  /** Where most of the bad events are. */
  topContributors(
    notification: ClaimedNotification,
    signal: AbortSignal,
  ): Promise<NotificationContext["contributors"]>;
  /** Keeps it with the notification; gives what is kept, which may be older. */
  keep(notificationId: string, context: NotificationContext): Promise<NotificationContext | undefined>;
}

export interface ContextOptions {
  readonly ports: ContextPorts;
  readonly log: Log;
  /** A page waits for at most so long, look-up and keeping together. */
  readonly pageLimitMs?: number;
  /** Anything else. */
  readonly limitMs?: number;
  /** After one that was late or failed nobody waits for so long. */
  readonly pauseMs?: number;
}

/**
 * Adds what changed and where the trouble is, where that can be found in time. It is looked up once for each trigger and
 * update, and never costs more than its time limit: a notification goes out without it rather than late.
 */
export function createAddContext(options: ContextOptions): Prepare {
  const find = createFinder(options);
  return async (notification) => {
    if (!isLookedUp(notification)) return notification;
    const context = await find(notification);
    return context === undefined ? notification : { ...notification, context };
  };
}

type Find = (notification: ClaimedNotification) => Promise<NotificationContext | undefined>;

/** Once for each that says something new; of Noroshi itself there is nothing to find. */
function isLookedUp({ action, facts, context, isContextEarlier, attempt }: ClaimedNotification): boolean {
  if (facts.self !== undefined || attempt > 1) return false;
  if (action === "trigger") return context === undefined;
  return action === "update" && (context === undefined || isContextEarlier === true);
}

function createFinder({
  ports,
  log,
  pageLimitMs = 1_000,
  limitMs = 2_000,
  pauseMs = 30_000,
}: ContextOptions): Find {
  let pausedUntil = Number.NEGATIVE_INFINITY;
  return async (notification) => {
    // A store that is slow for one is slow for all: in a storm nobody waits twice.
    if (performance.now() < pausedUntil) return undefined;
    const mostMs = notification.severity === "critical" ? pageLimitMs : limitMs;
    const stop = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), mostMs);
    });
    const found = await Promise.race([lookUp(ports, notification, stop.signal), late]);
    clearTimeout(timer);
    stop.abort();
    if (found === "late" || found.failures.length > 0) {
      pausedUntil = performance.now() + pauseMs;
      log.warn("an alert goes out without all that could be found about it", {
        slo: notification.sloName,
        reason: found === "late" ? `not found within ${mostMs} ms` : found.failures.join("; "),
      });
    }
    return found === "late" ? undefined : found.context;
  };
}

interface Found {
  readonly context: NotificationContext;
  readonly failures: readonly string[];
}

async function lookUp(
  ports: ContextPorts,
  notification: ClaimedNotification,
  signal: AbortSignal,
): Promise<Found> {
  const failures: string[] = [];
  const orNothing = async <T>(what: string, looking: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await looking();
    } catch (error) {
      failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  };
  const [changes, contributors] = await Promise.all([
    orNothing("what changed", () => ports.whatChanged(notification, signal)),
    orNothing("where it fails", () => ports.topContributors(notification, signal)),
  ]);
  const context = { ...NO_CONTEXT, changes, contributors };
  try {
    return { context: (await ports.keep(notification.id, context)) ?? context, failures };
  } catch (error) {
    failures.push(`keeping it: ${error instanceof Error ? error.message : String(error)}`);
    return { context, failures };
  }
}
