import type { SpanBatch } from "../model/span-batch.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { CommitGroup } from "./group.ts";
import type { GroupIds } from "./group-id.ts";
import type { RecentBodies } from "./recent-bodies.ts";

export interface Submission {
  /** 16 bytes: truncated SHA-256 of the decompressed body. */
  readonly bodyHash: Uint8Array;
  /** At least one span. */
  readonly batch: SpanBatch;
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
  /** A group of this many spans is not small: it starts as soon as the one before it has ended. */
  readonly eagerSpans: number;
  /** A group takes no more requests at this many spans; the next one does. */
  readonly maxSpans: number;
}

export const DEFAULT_GROUP_TIMING: GroupTiming = {
  idleWaitMs: 2,
  maxWaitMs: 100,
  eagerSpans: 500,
  maxSpans: 50_000,
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
