/**
 * What was found beside the facts when people were first told of an episode's trigger or update: looked up just before
 * it was sent, and kept with it, so that every retry says the same. Plain JSON. Empty lists: nothing was found, or it was
 * too late to look.
 */
export interface NotificationContext {
  /** What changed shortly before the trouble began, the latest first. */
  readonly changes: readonly ServiceChange[];
  /** Where most of the bad events are; of each kind the worst first. */
  readonly contributors: readonly Contributor[];
}

/** A version of a service that was not there before. */
export interface ServiceChange {
  readonly service: string;
  readonly version: string;
  /** When the first of its spans ended, epoch milliseconds. */
  readonly firstSeenMs: number;
}

/** One value of an attribute, and how much of the trouble it has. */
export interface Contributor {
  readonly kind: "endpoint" | "version";
  readonly value: string;
  readonly badEvents: number;
  /** Of all bad events, 0..1. */
  readonly badShare: number;
  /** Of all events, good and bad, 0..1: a large share of the bad ones says little where this is as large. */
  readonly eventShare: number;
}

/** Nothing is known beside the facts. */
export const NO_CONTEXT: NotificationContext = { changes: [], contributors: [] };
