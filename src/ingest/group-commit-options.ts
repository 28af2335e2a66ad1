import type { SampleBatch } from "../model/sample-batch.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { CommitGroup } from "./group.ts";
import type { GroupIds } from "./group-id.ts";
import type { RecentBodies } from "./recent-bodies.ts";

export interface Submission {
  /**
   * 16 bytes: truncated SHA-256 of the decompressed body, by which a repetition is recognised. Left out where storing
   * the same again changes nothing, as with samples that have their own time.
   */
  readonly bodyHash?: Uint8Array;
  readonly spans?: SpanBatch;
  readonly samples?: SampleBatch;
}

export type SubmitResult =
  | { readonly kind: "committed" }
  /** The same body was stored before, or together with this one. */
  | { readonly kind: "duplicate" }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs: number }
  | { readonly kind: "stopping" };

export interface GroupCommitObserver {
  groupEnded(group: {
    readonly outcome: "committed" | "failed";
    readonly requests: number;
    readonly spans: number;
    readonly samples: number;
    /** From the first request of the group to the start of its commit. */
    readonly waitMs: number;
    readonly commitMs: number;
  }): void;
  duplicateBody(): void;
}

export interface GroupTiming {
  /** How long the first request of an idle service waits for company. */
  readonly idleWaitMs: number;
  /** The least time between the starts of two small groups, and so the longest that a request waits for a free store. At most 250. */
  readonly maxWaitMs: number;
  /** A group of this weight (see submissionWeight) is not small: it starts as soon as the one before it has ended. */
  readonly eagerWeight: number;
  /** A group takes no more requests at this weight; the next one does. */
  readonly maxWeight: number;
}

export const DEFAULT_GROUP_TIMING: GroupTiming = {
  idleWaitMs: 2,
  maxWaitMs: 100,
  eagerWeight: 500,
  maxWeight: 50_000,
};

export interface GroupCommitOptions {
  readonly commit: CommitGroup;
  /** Undoes what a failed group left behind; rejects while it cannot. Boundaries wait for it. */
  readonly settle: () => Promise<void>;
  readonly groupIds: GroupIds;
  readonly recentBodies: RecentBodies;
  readonly now: Now;
  readonly log: Log;
  readonly observer?: GroupCommitObserver;
  readonly timing?: Partial<GroupTiming>;
}
