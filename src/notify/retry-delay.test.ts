import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryDelayMs } from "./retry-delay.ts";

const retry = { kind: "retry", detail: "", ambiguous: false } as const;

describe("retry delay", () => {
  it("doubles from 1 s up to 1 min for pages and 5 min for the rest", () => {
    const delays = (severity: "critical" | "warning") =>
      [1, 2, 3, 7, 10, 1000].map((attempt) => retryDelayMs(retry, attempt, severity, 1));
    expect(delays("critical")).toEqual([1_000, 2_000, 4_000, 60_000, 60_000, 60_000]);
    expect(delays("warning")).toEqual([1_000, 2_000, 4_000, 64_000, 300_000, 300_000]);
  });

  it("is at least half of that, and never less than the receiver asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined }),
        (attempt, random, afterMs) => {
          const outcome = afterMs === undefined ? retry : { ...retry, afterMs };
          const delay = retryDelayMs(outcome, attempt, "warning", random);
          expect(delay).toBeGreaterThanOrEqual(Math.max(500, afterMs ?? 0));
          expect(delay).toBeLessThanOrEqual(Math.max(300_000, (afterMs ?? 0) * 1.1 + 1));
        },
      ),
    );
  });

  it("waits some seconds at a rate limit that names no time", () => {
    expect(retryDelayMs({ ...retry, holdAddress: true }, 1, "critical", 0)).toBe(5_000);
  });
});
