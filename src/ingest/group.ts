import type { SampleBatch } from "../model/sample-batch.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import type { TimestampMs } from "../model/time.ts";

/** Requests that are stored, and acknowledged, together. */
export interface Group {
  /** Unique and rising; see createGroupIds. */
  readonly groupId: bigint;
  readonly spans: readonly SpanBatch[];
  readonly samples: readonly SampleBatch[];
  /** 16 bytes each: truncated SHA-256 of the decompressed body. Not every request has one. */
  readonly bodies: readonly Uint8Array[];
  /** When its first request was submitted. */
  readonly receivedAt: TimestampMs;
}

/** Stores a group, all or nothing. Rejects when it could not be stored; the requests are then told to try again. */
export type CommitGroup = (group: Group) => Promise<void>;
