import { describe, expect, it } from "vitest";
import { defineMetricsIndicator } from "./define-indicator.ts";
import type { CounterTerm, MetricsDefinition } from "./indicator.ts";

const term = (metric: string, value: string, sign: 1 | -1 = 1): CounterTerm => ({
  sign,
  metric,
  matchers: value === "" ? [] : [{ label: "code", operator: "=", value }],
});

const increments = (
  total: readonly CounterTerm[],
  select: readonly CounterTerm[],
  query = "q",
): MetricsDefinition => ({
  kind: "increments",
  total: { query, terms: total },
  outcome: "good",
  select: { query, terms: select },
});

const idOf = (definition: MetricsDefinition) => defineMetricsIndicator(definition).id;

describe("the id of an indicator over metrics", () => {
  it("is the same for queries that count the same increases", () => {
    const a = idOf(increments([term("a", ""), term("b", "")], [term("a", "200")], "sum(rate(a[5m]))"));
    const b = idOf(increments([term("b", ""), term("a", "")], [term("a", "200")], "sum(increase(a[1h]))"));
    expect(a).toBe(b);
    expect(a).toMatch(/^[0-9a-f]{16}$/);
  });

  it("differs with every part of the definition", () => {
    const definitions: MetricsDefinition[] = [
      increments([term("a", "")], [term("a", "200")]),
      increments([term("a", "")], [term("a", "201")]),
      increments([term("a", "")], [term("a", "200", -1)]),
      { ...(increments([term("a", "")], [term("a", "200")]) as object), outcome: "bad" } as MetricsDefinition,
      { kind: "evaluated", total: "a", outcome: "good", query: "b", reason: "" },
      { kind: "evaluated", total: "a", outcome: "bad", query: "b", reason: "" },
      { kind: "raw", rawType: "success", query: "a" },
      { kind: "raw", rawType: "failure", query: "a" },
      { kind: "threshold", query: "a", operator: "lt", value: 1 },
      { kind: "threshold", query: "a", operator: "lte", value: 1 },
      { kind: "threshold", query: "a", operator: "lt", value: 2 },
    ];
    expect(new Set(definitions.map(idOf)).size).toBe(definitions.length);
  });

  it("does not depend on why a query is evaluated", () => {
    const evaluated = { kind: "evaluated", total: "a", outcome: "good", query: "b" } as const;
    expect(idOf({ ...evaluated, reason: "x" })).toBe(idOf({ ...evaluated, reason: "y" }));
  });
});
