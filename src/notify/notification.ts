import type { Bundle, ClaimedNotification, ReceiverType, SendOutcome } from "../alert/notification.ts";

/**
 * Sends one notification; never throws. A call to the receiver may begin only while `remainingMs()` is above the call's own
 * time limit: what runs on after the lease could cross what its next holder sends.
 */
export type Send = (notification: ClaimedNotification, remainingMs: () => number) => Promise<SendOutcome>;

/** A sender for each type of receiver that this process can reach. */
export type Senders = Readonly<Partial<Record<ReceiverType, Send>>>;

/** Sends several as one message: all of them arrive, or none. Never throws; the same limit of time holds. */
export type SendBundle = (bundle: Bundle, remainingMs: () => number) => Promise<SendOutcome>;

/** For receivers that can take several at once; without one they are sent one by one. */
export type BundleSenders = Readonly<Partial<Record<ReceiverType, SendBundle>>>;

/** How an episode is known at PagerDuty: one incident for each. */
export function dedupKey(episodeId: string): string {
  return `noroshi:${episodeId}`;
}

/** The episode that is known so; undefined: it is none of Noroshi's. */
export function episodeOfDedupKey(key: string): string | undefined {
  return /^noroshi:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(key)?.[1];
}
