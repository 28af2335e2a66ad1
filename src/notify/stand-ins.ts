import type { Episode, StandInFacts } from "../alert/episode.ts";
import type { ReceiverChoice, ReceiverType } from "../alert/notification.ts";
import type { TimestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import { formatDuration } from "../slo/format-duration.ts";

/** An episode that fires and that one of its receivers has not been told of. */
interface Failing {
  readonly episodeId: string;
  readonly receiver: string;
  readonly receiverType: ReceiverType;
  readonly isRefused: boolean;
  readonly failingMs: number;
  readonly detail: string;
}

export interface StandInOptions {
  /** Who refused for good, or has failed for so long. */
  readonly readFailing: () => Promise<readonly Failing[]>;
  /** Gives the name of who is told now; undefined: nobody. */
  readonly add: (
    failing: Failing,
    chain: (episode: Episode) => readonly ReceiverChoice[],
    why: (episode: Episode) => StandInFacts,
    at: TimestampMs,
  ) => Promise<string | undefined>;
  /** Who is told instead, in order. */
  readonly chain: (failing: Failing, episode: Episode) => readonly ReceiverChoice[];
  /** The present for episodes. */
  readonly now: () => TimestampMs;
  /** There is something to send. */
  readonly onAdded: () => void;
  readonly log: Log;
  readonly everyMs?: number;
}

export interface StandIns {
  start(): void;
  /** A receiver refused something: look now. */
  kick(): void;
  stop(): Promise<void>;
}

/**
 * Tells others where a receiver fails: at once when it refuses for good, after a while when it does not answer. It is still
 * tried itself, and hears of the episode when it works again.
 */
export function createStandIns(options: StandInOptions): StandIns {
  const { log, everyMs = 2_000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let isFailing = false;

  const look = async (): Promise<void> => {
    try {
      for (const failing of await options.readFailing()) await standIn(options, failing);
      isFailing = false;
    } catch (error) {
      // Said once: an outage of the store must not fill the log.
      if (!isFailing) log.error("receivers that fail cannot be looked for; it is tried again", { error });
      isFailing = true;
    }
  };
  const run = (): void => {
    if (running !== undefined) {
      again = true;
      return;
    }
    running = look().finally(() => {
      running = undefined;
      if (again && timer !== undefined) {
        again = false;
        run();
      }
    });
  };
  return {
    start: () => {
      timer ??= setInterval(run, everyMs);
    },
    kick: () => {
      if (timer !== undefined) run();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}

async function standIn(options: StandInOptions, failing: Failing): Promise<void> {
  const { receiver, isRefused, failingMs, detail } = failing;
  const name = await options.add(
    failing,
    (episode) => options.chain(failing, episode),
    (episode) => ({ receiver, reason: reasonOf(failing, episode) }),
    options.now(),
  );
  if (name === undefined) return;
  options.log.error("a receiver is not told of an alert; another one is told instead", {
    receiver,
    standIn: name,
    episode: failing.episodeId,
    refused: isRefused,
    failingSeconds: Math.round(failingMs / 1_000),
    detail,
  });
  options.onAdded();
}

/** `payments-oncall has not taken this page for 5 min: 503: no explanation`. */
function reasonOf({ receiver, isRefused, failingMs, detail }: Failing, { severity }: Episode): string {
  const what = severity === "critical" ? "page" : "alert";
  const said = detail === "" ? "" : `: ${detail}`;
  if (isRefused) return `${receiver} refused this ${what}${said}`;
  const since = failingMs < 60_000 ? "" : ` for ${formatDuration(failingMs)}`;
  return `${receiver} has not taken this ${what}${since}${said}`;
}
