import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BlameReason } from "../trace/blame-trace.ts";
import { sampleTrace } from "../trace/sample-trace.ts";
import { buildTree } from "../trace/trace-tree.ts";
import { sumOfBlame, type BlamedEvent } from "./sum-of-blame.ts";
import { usualTimes } from "./usual-times.ts";

const event = (
  name: string,
  reason: BlameReason,
  { isService = true, endMs = 0, traceId = "1" } = {},
): BlamedEvent => ({
  traceId,
  spanId: "s",
  service: "shop",
  name: "POST /checkout",
  endMs,
  blame: { name, isService, reason },
});

describe("the sum of blame", () => {
  it("counts every event once, whatever is blamed for what", () => {
    const events = fc.array(
      fc
        .tuple(
          fc.constantFrom("shop", "ledger", "db", ""),
          fc.constantFrom<BlameReason>("own-error", "no-answer", "own-time"),
          fc.boolean(),
        )
        .map(([name, reason, isService]) => event(name, reason, { isService })),
    );
    fc.assert(
      fc.property(events, (blamed) => {
        const sums = sumOfBlame(blamed);
        const counted = sums.flatMap(({ reasons }) => reasons).reduce((sum, { events }) => sum + events, 0);
        expect(counted).toBe(blamed.length);
        expect(sums.reduce((sum, { events }) => sum + events, 0)).toBe(blamed.length);
        expect(new Set(sums.map(({ name }) => name)).size).toBe(sums.length);
      }),
    );
  });

  it("is one for a service, also where its callers alone have spans of the call", () => {
    const sums = sumOfBlame([
      event("ledger", "own-error"),
      event("ledger", "no-answer", { isService: false }),
      event("ledger", "own-error"),
      event("shop", "own-error"),
    ]);
    expect(sums.map(({ name, isService, isSelf, words }) => [name, isService, isSelf, words])).toEqual([
      [
        "ledger",
        true,
        false,
        "75 % of bad events are ledger's: it failed by itself (2), failed without spans of its own (1)",
      ],
      ["shop", true, true, "25 % of bad events are shop's: it failed by itself"],
    ]);
  });

  it("shows the three latest traces, each once", () => {
    const [sum] = sumOfBlame(
      [1, 5, 5, 3, 4].map((n) => event("db", "no-answer", { endMs: n, traceId: `t${n}` })),
    );
    expect(sum?.traceIds).toEqual(["t5", "t4", "t3"]);
  });
});

describe("what is usual", () => {
  const trace = (dbMs: number) =>
    buildTree(
      sampleTrace([
        { id: "a", service: "shop", name: "GET /", kind: "server", at: [0, 100] },
        { id: "b", parent: "a", service: "shop", name: "SELECT", kind: "client", at: [10, 10 + dbMs] },
        { id: "c", parent: "a", service: "shop", name: "beside", at: [11, 12] },
      ]),
    );

  it("is the median time on the critical path, of each operation; what nobody waited for took none", () => {
    const good = [20, 30, 80].map((ms) => trace(ms).roots[0]!);
    const usual = usualTimes(good);
    const [a, b, c] = trace(50).nodes;
    expect([a, b, c].map((node) => usual(node!) / 1e6)).toEqual([70, 30, 0]);
    expect(usualTimes([])(a!)).toBe(0);
  });
});
