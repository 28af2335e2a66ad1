import { describe, expect, it } from "vitest";
import type { CounterTerm } from "../slo/indicator.ts";
import { countQueries } from "./read-prometheus-history.ts";

const term = (sign: 1 | -1, metric: string, code?: string): CounterTerm => ({
  sign,
  metric,
  matchers: code === undefined ? [] : [{ label: "code", operator: "!~", value: code }],
});

describe("countQueries", () => {
  it("asks for the increases of counters, a missing one adding nothing to the others", () => {
    const queries = countQueries(
      {
        kind: "increments",
        total: { query: "", terms: [term(1, "a"), term(1, "b"), term(-1, "c")] },
        outcome: "bad",
        select: { query: "", terms: [term(1, "a", '5.."\\')] },
      },
      120_000,
    );
    expect(queries).toEqual({
      total:
        '(sum(increase({__name__="a"}[120s])) or vector(0)) + (sum(increase({__name__="b"}[120s])) or vector(0))' +
        ' - (sum(increase({__name__="c"}[120s])) or vector(0))',
      outcome: "bad",
      query: 'sum(increase({__name__="a", code!~"5..\\"\\\\"}[120s]))',
      stepMs: 120_000,
    });
  });

  it("asks what Noroshi evaluates every 30 s, each series an event where the query tells no number of them", () => {
    expect(countQueries({ kind: "threshold", query: "q", operator: "lt", value: 5 }, 60_000)).toEqual({
      total: "count(q)",
      outcome: "good",
      query: "count((q) < 5)",
      stepMs: 30_000,
    });
    expect(countQueries({ kind: "raw", rawType: "failure", query: "r" }, 60_000)).toEqual({
      total: "count(r)",
      outcome: "bad",
      query: "sum(clamp(r, 0, 1))",
      stepMs: 30_000,
    });
    const definition = { kind: "evaluated", total: "t", outcome: "good", query: "g", reason: "" } as const;
    expect(countQueries(definition, 60_000)).toMatchObject({
      total: "sum(t)",
      query: "sum(g)",
      stepMs: 30_000,
    });
  });
});
