import { sampleCount } from "../model/sample-batch.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import type { GroupTiming, Submission, SubmitResult } from "./group-commit-options.ts";

interface WaitingRequest {
  readonly submission: Submission;
  /** The body's hash as a string; undefined when it has none. */
  readonly key: string | undefined;
  readonly settle: (result: SubmitResult) => void;
}

/** A sample has a tenth of the bytes of a span. */
const SAMPLES_PER_SPAN = 8;

/** What a request adds to a group, in spans. */
export function submissionWeight({ spans, samples }: Submission): number {
  return (spans?.count ?? 0) + (samples === undefined ? 0 : sampleCount(samples) / SAMPLES_PER_SPAN);
}

export interface WaitingGroup {
  readonly receivedAt: TimestampMs;
  /** On the monotonic clock: waits must not depend on the wall clock being set. */
  readonly firstMs: number;
  readonly requests: WaitingRequest[];
  weight: number;
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
      if (group === undefined || group.weight >= timing.maxWeight) {
        group = { receivedAt: now(), firstMs: performance.now(), requests: [], weight: 0 };
        groups.push(group);
      }
      group.requests.push(request);
      group.weight += submissionWeight(request.submission);
    },
    take: () => groups.shift(),
    dueInMs(lastStartMs) {
      const group = groups[0];
      if (group === undefined) return undefined;
      if (groups.length > 1) return 0;
      const companyMs = group.firstMs + timing.idleWaitMs;
      const isSmall = group.weight < timing.eagerWeight;
      const dueMs = isSmall ? Math.max(companyMs, lastStartMs + timing.maxWaitMs) : companyMs;
      return dueMs - performance.now();
    },
    length: () => groups.length,
  };
}
