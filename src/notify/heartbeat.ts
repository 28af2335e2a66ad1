import type { Log } from "../self/log.ts";
import { redact } from "./redact.ts";

export type HeartbeatOutcome = "sent" | "failed" | "withheld";

export interface HeartbeatOptions {
  /** May hold a token: it is never logged or shown. */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly intervalMs: number;
  /** Why alerts cannot be relied on now; undefined when they can. Where it rejects, they cannot. */
  readonly obstacle: () => Promise<string | undefined>;
  readonly log: Log;
  /** Told of each beat, for metrics. */
  readonly observe: (outcome: HeartbeatOutcome) => void;
  /** Until the first beat. */
  readonly firstAfterMs?: number;
  readonly timeoutMs?: number;
}

/** What is known of the last beats; for the API. */
export interface HeartbeatStatus {
  /** When the receiver last took one, epoch milliseconds; null before. */
  readonly sentAtMs: number | null;
  readonly outcome: HeartbeatOutcome | null;
  /** Why the last one was withheld or failed; empty otherwise. */
  readonly reason: string;
}

export interface Heartbeat {
  start(): void;
  /** Beats once. */
  beat(): Promise<HeartbeatOutcome>;
  status(): HeartbeatStatus;
  stop(): Promise<void>;
}

/**
 * The dead man's switch: pings an address for as long as alerts can be relied on. Whoever listens there (another
 * monitoring service) raises the alarm when the pings stop: whatever is broken here, that is noticed.
 */
export function createHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { log, observe, intervalMs } = options;
  let status: HeartbeatStatus = { sentAtMs: null, outcome: null, reason: "" };
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> = Promise.resolve();
  const stopped = new AbortController();

  const beat = async (): Promise<HeartbeatOutcome> => {
    const { outcome, reason } = await beatOnce(options, stopped.signal);
    // What the stop itself cut off is no failure.
    if (stopped.signal.aborted) return outcome;
    const before = status.outcome;
    status = { sentAtMs: outcome === "sent" ? Date.now() : status.sentAtMs, outcome, reason };
    observe(outcome);
    if (outcome === "sent" && before !== "sent") log.info("the heartbeat is sent");
    // Said when it begins, not at each beat; the reason may change meanwhile.
    if (outcome === "withheld" && before !== "withheld") {
      log.error("the heartbeat is withheld: alerts cannot be relied on", { reason });
    }
    if (outcome === "failed" && before !== "failed") {
      log.error("the heartbeat cannot be sent; it is tried again", { reason });
    }
    return outcome;
  };

  return {
    beat,
    status: () => status,
    start: () => {
      const next = (afterMs: number): void => {
        timer = setTimeout(() => {
          const startedMs = performance.now();
          running = beat().finally(() => {
            if (!stopped.signal.aborted) next(Math.max(0, intervalMs - (performance.now() - startedMs)));
          });
        }, afterMs);
      };
      if (timer === undefined) next(options.firstAfterMs ?? Math.min(intervalMs, 5_000));
    },
    stop: async () => {
      stopped.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

async function beatOnce(
  options: HeartbeatOptions,
  stopped: AbortSignal,
): Promise<{ readonly outcome: HeartbeatOutcome; readonly reason: string }> {
  let obstacle: string | undefined;
  try {
    obstacle = await options.obstacle();
  } catch (error) {
    obstacle = `it cannot be told whether alerts are delivered: ${secretless(messageOf(error), options.url)}`;
  }
  if (obstacle !== undefined) return { outcome: "withheld", reason: obstacle };
  try {
    const response = await fetch(options.url, {
      method: options.method,
      signal: AbortSignal.any([stopped, AbortSignal.timeout(options.timeoutMs ?? 10_000)]),
      headers: { "user-agent": "noroshi" },
    });
    await response.body?.cancel();
    return response.ok
      ? { outcome: "sent", reason: "" }
      : { outcome: "failed", reason: `the receiver answered ${response.status}` };
  } catch (error) {
    return { outcome: "failed", reason: secretless(messageOf(error), options.url) };
  }
}

/** fetch says "fetch failed"; what happened is its cause. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function secretless(text: string, url: string): string {
  const { href, pathname, search, password } = new URL(url);
  return redact(text, [url, href, pathname.length > 1 ? pathname : undefined, search, password]);
}
