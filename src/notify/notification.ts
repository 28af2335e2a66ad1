import type { ClaimedNotification, ReceiverType, SendOutcome } from "../alert/notification.ts";

/**
 * Sends one notification; never throws. A call to the receiver may begin only while `remainingMs()` is above the call's own
 * time limit: what runs on after the lease could cross what its next holder sends.
 */
export type Send = (notification: ClaimedNotification, remainingMs: () => number) => Promise<SendOutcome>;

/** A sender for each type of receiver that this process can reach. */
export type Senders = Readonly<Partial<Record<ReceiverType, Send>>>;

/** How an episode is known at PagerDuty: one incident for each. */
export function dedupKey(episodeId: string): string {
  return `noroshi:${episodeId}`;
}
