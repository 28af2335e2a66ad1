import { setTimeout as pause } from "node:timers/promises";
import type { SocketModeClient } from "@slack/socket-mode";
import { LogLevel } from "@slack/web-api";
import type { Log } from "../../self/log.ts";
import { redact } from "../redact.ts";

export interface SocketModeOptions {
  /** `xapp-…`, with the scope connections:write. */
  readonly appToken: string;
  /** Slack's own when left out. */
  readonly apiUrl?: string | undefined;
  /** Begins to do what was pressed; the work goes on after the answer to Slack. */
  readonly taken: (interaction: unknown) => void;
  readonly log: Log;
  /** Before the first new try; doubled up to half a minute. */
  readonly firstWaitMs?: number;
}

export interface SocketMode {
  /** Connects, and again whenever the connection ends. */
  start(): void;
  isConnected(): boolean;
  stop(): Promise<void>;
}

const LONGEST_WAIT_MS = 30_000;
/** A connection that lasted for so long was a good one: the next follows at once. */
const GOOD_AFTER_MS = 10_000;
const HELLO_TIMEOUT_MS = 20_000;
const GOODBYE_TIMEOUT_MS = 2_000;

/**
 * Slack's Socket Mode: presses of buttons come through a connection that is opened from here, so nothing has to be reachable
 * from outside. The library's own reconnecting is off: where Slack cannot be reached it ends the process with an unhandled
 * rejection.
 */
export function createSocketMode(options: SocketModeOptions): SocketMode {
  const { log, firstWaitMs = 1_000 } = options;
  const stopping = new AbortController();
  let client: SocketModeClient | undefined;
  let connected = false;
  let loop: Promise<void> | undefined;

  /** Until the connection ends; rejects where there was none. */
  const connectOnce = async (): Promise<void> => {
    client = await createClient(options);
    const ended = new Promise<void>((resolve) => client?.on("disconnected", () => resolve()));
    await withTimeout(client.start(), HELLO_TIMEOUT_MS);
    connected = true;
    log.info("connected to Slack in Socket Mode");
    await ended;
    connected = false;
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        await connectOnce();
      } catch (error) {
        failures += 1;
        // Said once and then now and again: an outage must not fill the log.
        if (failures === 1 || failures % 20 === 0)
          log.warn("no connection to Slack in Socket Mode; it is tried again, and buttons wait", {
            failures,
            reason: redact(reasonOf(error), [options.appToken]),
          });
      }
      connected = false;
      await goodbye(client);
      if (performance.now() - startedAt > GOOD_AFTER_MS) failures = 0;
      const waitMs = Math.min(LONGEST_WAIT_MS, firstWaitMs * 2 ** Math.max(0, failures - 1));
      await pause(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };

  return {
    start: () => {
      loop ??= run();
    },
    isConnected: () => connected,
    stop: async () => {
      stopping.abort();
      await goodbye(client);
      await loop;
    },
  };
}

async function createClient({ appToken, apiUrl, taken, log }: SocketModeOptions): Promise<SocketModeClient> {
  const { SocketModeClient } = await import("@slack/socket-mode");
  const client = new SocketModeClient({
    appToken,
    autoReconnectEnabled: false,
    logger: SILENT,
    clientOptions: {
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: 10_000,
      ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    },
  });
  client.on("interactive", ({ ack, body }: { ack: () => Promise<void>; body: unknown }) => {
    // Whatever was not acknowledged Slack sends again, and it counts once.
    ack().catch(() => log.debug("an interaction could not be acknowledged to Slack"));
    taken(body);
  });
  return client;
}

/** Never waits for long for a peer that does not answer. */
async function goodbye(client: SocketModeClient | undefined): Promise<void> {
  if (client?.websocket === undefined) return;
  await Promise.race([client.disconnect(), pause(GOODBYE_TIMEOUT_MS)]);
}

async function withTimeout(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const timer = new AbortController();
  const late = pause(timeoutMs, undefined, { signal: timer.signal }).then(
    () => {
      throw new Error(`no hello within ${timeoutMs / 1_000} s`);
    },
    () => undefined,
  );
  try {
    await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "the connection ended before it began";
}

/** The library's log holds what people wrote, and at its debug level tokens. */
const SILENT = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
