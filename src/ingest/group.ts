import type { SpanBatch } from "../model/span-batch.ts";
import type { TimestampMs } from "../model/time.ts";

/** Requests that are stored, and acknowledged, together. */
export interface Group {
  /** Unique and rising; see createGroupIds. */
  readonly groupId: bigint;
  /** Batch i came with body i. */
  readonly batches: readonly SpanBatch[];
  /** 16 bytes each: truncated SHA-256 of the decompressed body. */
  readonly bodies: readonly Uint8Array[];
  /** When its first request was submitted. */
  readonly receivedAt: TimestampMs;
}

/** Stores a group, all or nothing. Rejects when it could not be stored; the requests are then told to try again. */
export type CommitGroup = (group: Group) => Promise<void>;
