import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";

const V2 = `apiVersion: openslo.com/v2alpha
kind: DataSource
metadata: {name: prom}
spec: {type: Prometheus}
---
apiVersion: openslo.com/v2alpha
kind: SLI
metadata: {name: fast}
spec:
  ratioMetric:
    counter: true
    good: {dataSourceRef: prom, spec: {query: 'sum(rate(requests_total{le="0.3"}[{{.window}}]))'}}
    total: {dataSourceRef: prom, spec: {query: 'sum(rate(requests_total[{{.window}}]))'}}
---
apiVersion: openslo.com/v2alpha
kind: SLO
metadata: {name: shop}
spec:
  serviceRef: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  sliRef: fast
  objectives: [{displayName: Fine, labels: {a: b}, target: 0.999}]
`;
const V1 = V2.replaceAll("openslo.com/v2alpha", "openslo/v1")
  .replace("serviceRef:", "service:")
  .replace("sliRef:", "indicatorRef:")
  .replace("labels: {a: b}, ", "")
  .replaceAll("{{.window}}", "5m")
  .replaceAll(
    /\{dataSourceRef: prom, (spec: \{query: '.*'\})\}/g,
    "{metricSource: {metricSourceRef: prom, $1}}",
  );
const load = (text: string) => loadSpecs([{ path: "a.yaml", text }]);

describe("OpenSLO v2alpha", () => {
  it("loads as the same in v1", () => {
    expect(load(V2).diagnostics).toEqual([]);
    expect(load(V2).slos).toEqual(load(V1).slos);
    expect(load(V2).slos).toHaveLength(1);
  });

  it("may have its SLI and data source inside, and parts of a composite", () => {
    const inside = `apiVersion: openslo.com/v2alpha
kind: SLO
metadata: {name: shop}
spec:
  serviceRef: shop
  budgetingMethod: Occurrences
  objectives:
    - target: 0.99
      compositeWeight: 2
      sli:
        metadata: {name: slow}
        spec:
          ratioMetric:
            bad: {dataSourceSpec: {type: traces}, spec: {query: '{ duration > 1s }'}}
            total: {dataSourceSpec: {type: traces}, spec: {query: '{ kind = server }'}}
    - target: 0.9
      op: lt
      value: 100
      sli:
        metadata: {name: queue}
        spec: {thresholdMetric: {dataSourceSpec: {type: prometheus}, spec: {query: queue_length}}}
`;
    const { slos, diagnostics } = load(inside);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const { indicator } = slos[0]!;
    expect(
      indicator.source === "composite" && indicator.parts.map(({ name, weight }) => [name, weight]),
    ).toEqual([
      ["slow", 2],
      ["queue", 1],
    ]);
  });

  it("is told of faults where they are written", () => {
    const wrong = load(V2.replace("sliRef: fast", "sliRef: quick").replace("target: 0.999", "target: 99.9"));
    expect(wrong.diagnostics.map(({ line, column, message }) => [line, column, message])).toEqual([
      [22, 11, 'there is no SLI named "quick"'],
      [23, 60, "99.9 is not a target: at least 0 and below 1"],
    ]);
    const typo = load(V2.replace("dataSourceRef: prom, spec", "dataSourceReff: prom, spec")).diagnostics;
    expect(typo.map(({ line, message }) => `${line}: ${message}`)).toContain(
      '12: unknown field "dataSourceReff"',
    );
  });
});
