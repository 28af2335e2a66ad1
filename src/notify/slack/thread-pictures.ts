import type { Bundle, ClaimedNotification, MessageReference, SendOutcome } from "../../alert/notification.ts";
import type { Log } from "../../self/log.ts";
import type { Send, SendBundle } from "../notification.ts";
import type { PictureUpload } from "./upload-picture.ts";

export interface ThreadPicturesOptions {
  /** Whether this receiver wants pictures. */
  readonly isWanted: (receiver: string) => boolean;
  /** Undefined where there is nothing to draw. May reject. */
  readonly draw: (notification: ClaimedNotification) => Promise<Uint8Array | undefined>;
  /** Gives what went wrong. */
  readonly upload: (upload: PictureUpload) => Promise<string | undefined>;
  readonly log: Log;
}

export interface ThreadPictures {
  readonly after: (send: Send) => Send;
  readonly afterBundle: (send: SendBundle) => SendBundle;
  /** Begins no further one, and waits for the one under way. */
  stop(): Promise<void>;
}

/** More would be old news by the time they are drawn. */
const MOST_WAITING = 20;
const MOST_OF_BUNDLE = 3;

/**
 * Shows how the budget burns in the thread of a message that begins an episode, once that is posted: the notification is
 * delivered by then, and waits for nothing here. One picture at a time; what fails is logged, and that is all.
 */
export function createThreadPictures(options: ThreadPicturesOptions): ThreadPictures {
  const { isWanted, log } = options;
  let waiting = 0;
  let isStopping = false;
  let last: Promise<void> = Promise.resolve();
  const show = (notification: ClaimedNotification, reference: MessageReference): void => {
    if (waiting >= MOST_WAITING) return;
    waiting += 1;
    last = last
      .then(() => (isStopping ? undefined : showOne(options, notification, reference)))
      .catch((error: unknown) => log.warn("no picture of a burn", { slo: notification.sloName, error }))
      .finally(() => {
        waiting -= 1;
      });
  };
  const told = (notifications: readonly ClaimedNotification[], outcome: SendOutcome): void => {
    if (outcome.kind !== "delivered" || outcome.reference === undefined) return;
    const begun = notifications.filter((one) => hasPicture(one) && isWanted(one.receiver));
    for (const one of begun.slice(0, MOST_OF_BUNDLE)) show(one, outcome.reference);
  };
  return {
    after: (send) => async (notification, remainingMs) => {
      const outcome = await send(notification, remainingMs);
      told([notification], outcome);
      return outcome;
    },
    afterBundle: (send) => async (bundle: Bundle, remainingMs) => {
      const outcome = await send(bundle, remainingMs);
      told(bundle.notifications, outcome);
      return outcome;
    },
    stop: async () => {
      isStopping = true;
      await last;
    },
  };
}

/** At the beginning of an episode alone, and only where something burns. */
function hasPicture({ action, facts }: ClaimedNotification): boolean {
  return action === "trigger" && facts.self === undefined && facts.noData !== true && facts.test !== true;
}

async function showOne(
  { draw, upload, log }: ThreadPicturesOptions,
  notification: ClaimedNotification,
  { channel, ts }: MessageReference,
): Promise<void> {
  const { sloName } = notification;
  const png = await draw(notification);
  if (png === undefined) return;
  const title = `How ${sloName} burns`.slice(0, 200);
  const altText = `The burn of the error budget of ${sloName} over time, with the alert's threshold`;
  const problem = await upload({ channel, threadTs: ts, png, title, altText: altText.slice(0, 900) });
  if (problem !== undefined)
    log.warn("Slack did not take the picture of a burn", { slo: sloName, reason: problem });
}
