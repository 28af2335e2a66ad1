import { describe, expect, it } from "vitest";
import { defineMetricsIndicator, defineTracesIndicator } from "../slo/define-indicator.ts";
import type { MetricsDefinition } from "../slo/indicator.ts";
import { indicatorBody, indicatorSchema } from "./indicator-body.ts";

const sum = (query: string) => ({ query, terms: [{ sign: 1 as const, metric: query, matchers: [] }] });
const none = { total: null, operator: null, value: null };

describe("indicatorBody", () => {
  it("shows an indicator over spans as ever", () => {
    const body = indicatorBody(defineTracesIndicator({ total: "{ a }", outcome: "bad", query: "{ b }" }));
    expect(body).toMatchObject({ source: "traces", total: "{ a }", outcome: "bad", query: "{ b }" });
    expect(indicatorSchema.parse(body)).toEqual(body);
  });

  it.each<[MetricsDefinition, object]>([
    [
      { kind: "increments", total: sum("all"), outcome: "good", select: sum("fine") },
      { ...none, kind: "increments", total: "all", outcome: "good", query: "fine" },
    ],
    [
      { kind: "evaluated", total: "all", outcome: "bad", query: "errors", reason: "offset" },
      { ...none, kind: "evaluated", total: "all", outcome: "bad", query: "errors" },
    ],
    [
      { kind: "raw", rawType: "failure", query: "ratio" },
      { ...none, kind: "raw", outcome: "bad", query: "ratio" },
    ],
    [
      { kind: "threshold", query: "queue", operator: "lt", value: 9 },
      { kind: "threshold", total: null, outcome: "good", query: "queue", operator: "lt", value: 9 },
    ],
  ])("shows one over metrics (case %#)", (definition, expected) => {
    const indicator = defineMetricsIndicator(definition);
    const body = indicatorBody(indicator);
    expect(body).toEqual({ id: indicator.id, source: "metrics", ...expected });
    expect(indicatorSchema.parse(body)).toEqual(body);
  });
});
