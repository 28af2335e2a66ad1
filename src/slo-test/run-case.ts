import { replaySlo, type Replay } from "../replay/replay-slo.ts";
import type { CountTimeline } from "../replay/count-timeline.ts";
import { sumTimelines } from "../replay/sum-timelines.ts";
import { checkExpectation, type CheckResult } from "./check-expectation.ts";
import { partTraffic } from "./part-traffic.ts";
import type { TestCase, WrittenExpectation } from "./test-case.ts";

export interface CheckedExpectation extends WrittenExpectation {
  readonly result: CheckResult;
}

export interface CaseReport {
  readonly testCase: TestCase;
  readonly passed: boolean;
  readonly checks: readonly CheckedExpectation[];
  readonly replay: Replay;
  readonly counts: CountTimeline;
  readonly simulatedMs: number;
}

/** Plays the traffic of a case through the service's evaluation and alerts, in simulated time, and checks it. */
export function runCase(testCase: TestCase): CaseReport {
  const parts = partTraffic(testCase);
  const counts = sumTimelines(parts);
  const replay = replaySlo(testCase.slo, parts, { startMs: counts.startMs, endMs: counts.endMs });
  const checks = testCase.expectations.map((written) => ({
    ...written,
    result: checkExpectation(written.expectation, testCase, replay),
  }));
  const passed = checks.every(({ result }) => result.passed);
  return { testCase, passed, checks, replay, counts, simulatedMs: counts.endMs - counts.startMs };
}
