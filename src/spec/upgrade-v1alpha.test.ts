import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "../model/time.ts";
import { loadSpecs } from "./load-specs.ts";

const ALPHA = `apiVersion: openslo/v1alpha
kind: SLO
metadata: {name: shop, displayName: Shop}
spec:
  service: shop
  description: answers
  budgetingMethod: Occurrences
  timeWindows:
    - count: 30
      unit: Day
  objectives:
    - displayName: Fine
      target: 0.999
      ratioMetrics:
        incremental: true
        good: {source: prometheus, queryType: promql, query: 'sum(rate(requests_total{code!~"5.."}[{{.window}}]))'}
        total: {source: prometheus, queryType: promql, query: 'sum(rate(requests_total[{{.window}}]))'}
`;
const SAME = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop, displayName: Shop}
spec:
  service: shop
  description: answers
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: shop}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: prometheus, spec: {query: 'sum(rate(requests_total{code!~"5.."}[5m]))'}}}
        total: {metricSource: {type: prometheus, spec: {query: 'sum(rate(requests_total[5m]))'}}}
  objectives: [{displayName: Fine, target: 0.999}]
`;
const load = (text: string) => loadSpecs([{ path: "a.yaml", text }]);
const change = (from: string, to: string) => {
  if (!ALPHA.includes(from)) throw new Error(from);
  return load(ALPHA.replace(from, to));
};

describe("an SLO of OpenSLO v1alpha", () => {
  it("is the same as one of v1", () => {
    const { slos, diagnostics } = load(ALPHA);
    expect(diagnostics).toEqual([]);
    expect(slos).toEqual(load(SAME).slos);
  });

  it("may have a calendar, and slices of a minute", () => {
    const calendar =
      "      calendar: {startTime: 2022-01-01 12:00:00, timeZone: America/New_York}\n      isRolling: false\n";
    const [slo] = change("      unit: Day\n", `      unit: Month\n${calendar}`).slos;
    expect(slo!.window).toMatchObject({ kind: "calendar", unit: "month", count: 30 });
    const sliced = load(
      ALPHA.replace("Occurrences", "Timeslices").replace(
        "target: 0.999",
        "target: 0.999\n      timeSliceTarget: 0.95",
      ),
    );
    expect(sliced.slos[0]!.method).toEqual({ kind: "timeslices", sliceMs: MINUTE_MS, sliceTarget: 0.95 });
    expect(sliced.slos[0]!.window).toEqual({ kind: "rolling", ms: 30 * DAY_MS });
  });

  it("with a threshold has its query in the indicator", () => {
    const text = ALPHA.slice(0, ALPHA.indexOf("  objectives:")).concat(`  indicator:
    thresholdMetric: {source: prometheus, queryType: promql, query: queue_length}
  objectives: [{target: 0.9, op: lt, value: 100}]
`);
    const { slos, diagnostics } = load(text);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(slos[0]!.indicator).toMatchObject({
      definition: { kind: "threshold", query: "queue_length", operator: "lt", value: 100 },
    });
  });

  it("becomes several where its objectives count different things", () => {
    const objective = ALPHA.slice(ALPHA.indexOf("    - displayName"));
    const other = objective.replace("Fine", "Not bad").replace('!~"5.."', '!~"4.."').replace("0.999", "0.9");
    const { slos, diagnostics } = load(`${ALPHA}${other}`);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(slos.map(({ name, target }) => [name, target])).toEqual([
      ["shop", 0.999],
      ["shop-not-bad", 0.9],
    ]);
    expect(slos[0]!.indicator.id).not.toBe(slos[1]!.indicator.id);
    expect(load(`${ALPHA}${objective.replace("Fine", "Good")}`).slos.map(({ name }) => name)).toEqual([
      "shop",
      "shop-good",
    ]);
  });

  it("never makes loading throw, however it is mutated", () => {
    const fragment = fc.constantFrom(
      "\n",
      "  ",
      "- ",
      ": ",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "<<: *a",
      "null",
      "? ",
      "'",
    );
    const edit = fc.record({ at: fc.nat(ALPHA.length), remove: fc.nat(40), insert: fragment });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let text = ALPHA;
        for (const { at, remove, insert } of edits)
          text = text.slice(0, at) + insert + text.slice(at + remove);
        for (const { line, column } of load(text).diagnostics) expect(line >= 1 && column >= 1).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["unit: Day", "unit: Fortnight", '10:13 "30 Fortnight" is not a duration'],
    ["count: 30", "count: 0", "10:13 the duration is zero"],
    ["source: prometheus", "source: datadog", "16:24 a metric source of type datadog is not supported yet"],
    ["sum(rate(requests_total[{{.window}}]))", "sum(", "17:"],
    ["  service: shop\n", "", "5:3 service is missing"],
    ["      target: 0.999", "      target: 2", "13:15 2 is not a target: at least 0 and below 1"],
  ])("has its faults reported where they are written: %s", (from, to, line) => {
    const { slos, diagnostics } = change(from, to);
    expect(slos).toEqual([]);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((d) => `${d.line}:${d.column} ${d.message}`).join("\n")).toContain(line);
  });
});
