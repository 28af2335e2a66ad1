import type { Now, TimestampMs } from "../model/time.ts";
import type { GroupTiming, Submission, SubmitResult } from "./group-commit-options.ts";

interface WaitingRequest {
  readonly submission: Submission;
  /** The body's hash as a string. */
  readonly key: string;
  readonly settle: (result: SubmitResult) => void;
}

export interface WaitingGroup {
  readonly receivedAt: TimestampMs;
  /** On the monotonic clock: waits must not depend on the wall clock being set. */
  readonly firstMs: number;
  readonly requests: WaitingRequest[];
  spans: number;
}

/** Groups that wait for their turn, oldest first; the last one is being filled. */
export interface GroupQueue {
  add(request: WaitingRequest): void;
  take(): WaitingGroup | undefined;
  /** Milliseconds until the first group is due, 0 or less when it is; undefined when there is none. */
  dueInMs(lastStartMs: number): number | undefined;
  length(): number;
}

export function createGroupQueue(timing: GroupTiming, now: Now): GroupQueue {
  const groups: WaitingGroup[] = [];
  return {
    add(request) {
      let group = groups.at(-1);
      if (group === undefined || group.spans >= timing.maxSpans) {
        group = { receivedAt: now(), firstMs: performance.now(), requests: [], spans: 0 };
        groups.push(group);
      }
      group.requests.push(request);
      group.spans += request.submission.batch.count;
    },
    take: () => groups.shift(),
    dueInMs(lastStartMs) {
      const group = groups[0];
      if (group === undefined) return undefined;
      if (groups.length > 1) return 0;
      const companyMs = group.firstMs + timing.idleWaitMs;
      const isSmall = group.spans < timing.eagerSpans;
      const dueMs = isSmall ? Math.max(companyMs, lastStartMs + timing.maxWaitMs) : companyMs;
      return dueMs - performance.now();
    },
    length: () => groups.length,
  };
}
