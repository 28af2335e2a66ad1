import { describe, expect, it } from "vitest";
import { OCCURRENCES } from "../slo/budgeting-method.ts";
import { loadSpecs } from "./load-specs.ts";

const SLI = `apiVersion: openslo/v1
kind: SLI
metadata: {name: search-is-fast}
spec:
  ratioMetric:
    good: {metricSource: {type: traces, spec: {query: '{ name = "search" && duration < 300ms }'}}}
    total: {metricSource: {type: traces, spec: {query: '{ name = "search" }'}}}
---
`;
const inline = (name: string): string =>
  `indicator: {metadata: {name: ${name}}, spec: {ratioMetric: {` +
  `bad: {metricSource: {type: traces, spec: {query: '{ name = "${name}" && status = error }'}}}, ` +
  `total: {metricSource: {type: traces, spec: {query: '{ name = "${name}" }'}}}}}}`;
const THRESHOLD =
  "indicator: {metadata: {name: queue}, spec: {thresholdMetric: {metricSource: {type: prometheus, spec: {query: queue_length}}}}}";
const slo = (objectives: readonly string[], method = "Occurrences", more = "", annotations = ""): string =>
  `${SLI}apiVersion: openslo/v1
kind: SLO
metadata: {name: journey, annotations: {${annotations}}}
spec:
  service: shop
  budgetingMethod: ${method}
  timeWindow: [{duration: 30d, isRolling: true}]
${more}  objectives:
${objectives.map((objective) => `    - {${objective}}\n`).join("")}`;
const load = (text: string) => loadSpecs([{ path: "a.yaml", text }]);
const partsOf = (text: string) => {
  const { slos, diagnostics } = load(text);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const [only] = slos;
  if (only?.indicator.source !== "composite") throw new Error("no composite");
  return { slo: only, parts: only.indicator.parts };
};
const errors = (text: string, resolve = true) =>
  loadSpecs([{ path: "a.yaml", text }], [], { resolve })
    .diagnostics.filter(({ severity }) => severity === "error")
    .map(({ message }) => message);

const TWO = [
  `displayName: checkout answers, target: 0.999, compositeWeight: 3, ${inline("checkout")}`,
  "target: 0.99, indicatorRef: search-is-fast",
];

describe("a composite SLO", () => {
  it("is one SLO whose parts have their own indicators, targets and weights", () => {
    const { slo: one, parts } = partsOf(slo(TWO));
    expect(load(slo(TWO)).slos).toHaveLength(1);
    expect(parts.map(({ name, target, weight, method }) => [name, target, weight, method])).toEqual([
      ["checkout answers", 0.999, 3, OCCURRENCES],
      ["search-is-fast", 0.99, 1, OCCURRENCES],
    ]);
    expect(one.target).toBeCloseTo(1 - 4 / 3_100, 12);
    expect(one.alerts.map(({ key }) => key)).toEqual(["critical", "warning"]);
  });

  it("shares the counts of its parts with SLOs that have the same queries", () => {
    const alone = slo(["target: 0.9"], "Occurrences", "  indicatorRef: search-is-fast\n");
    expect(partsOf(slo(TWO)).parts[1]!.indicator.id).toBe(load(alone).slos[0]!.indicator.id);
  });

  it("is another one when a weight or a target changes, and the same under other names", () => {
    const id = (text: string): string => partsOf(text).slo.indicator.id;
    const first = id(slo(TWO));
    expect(id(slo([TWO[0]!.replace("checkout answers", "orders"), TWO[1]!]))).toBe(first);
    expect(id(slo([TWO[0]!.replace("compositeWeight: 3", "compositeWeight: 2"), TWO[1]!]))).not.toBe(first);
    expect(id(slo([TWO[0]!, TWO[1]!.replace("0.99", "0.98")]))).not.toBe(first);
  });

  it("may have thresholds and slices, each part its own", () => {
    const threshold = partsOf(slo([TWO[1]!, `target: 0.9, op: lt, value: 100, ${THRESHOLD}`])).parts[1]!;
    expect(threshold.indicator).toMatchObject({ definition: { operator: "lt", value: 100 } });
    const sliced = partsOf(
      slo(
        TWO.map((objective, i) => `${objective}, timeSliceTarget: 0.9, timeSliceWindow: ${i + 1}m`),
        "Timeslices",
      ),
    ).parts;
    expect(sliced.map(({ method }) => method.kind !== "occurrences" && method.sliceMs)).toEqual([
      60_000, 120_000,
    ]);
  });

  it("of one objective is an SLO like any other, and parts of one name are told apart", () => {
    const [only] = load(slo([TWO[0]!])).slos;
    expect(only).toMatchObject({ target: 0.999, objectiveName: "checkout answers" });
    expect(only!.indicator.source).toBe("traces");
    const twice = partsOf(slo([TWO[1]!, TWO[1]!.replace("0.99", "0.9")])).parts;
    expect(twice.map(({ name }) => name)).toEqual(["search-is-fast", "search-is-fast (2)"]);
  });

  it("says what is wrong with a part", () => {
    expect(errors(slo([TWO[0]!, "target: 0.9"]))).toEqual(["indicator is missing"]);
    expect(errors(slo([TWO[0]!, "target: 0.9, indicatorRef: nothing"]))).toEqual([
      'there is no SLI named "nothing"',
    ]);
    expect(errors(slo([TWO[0]!.replace("Weight: 3", "Weight: 0"), TWO[1]!]))).toEqual([
      "0 is not a weight: it must be above 0",
    ]);
    expect(errors(slo([TWO[1]!, `target: 0.9, ${THRESHOLD}`]))).toEqual([
      "op is missing",
      "value is missing",
    ]);
    expect(errors(slo(TWO, "Occurrences", "  indicatorRef: search-is-fast\n"))).toEqual([
      "the objective has an indicator, and the SLO has its own SLI",
      "the objective has an indicatorRef, and the SLO has its own SLI",
    ]);
  });

  it("is no error by itself where its parts are elsewhere, and does not run in part", () => {
    const elsewhere = slo([TWO[0]!, "target: 0.9, indicatorRef: elsewhere"]);
    expect(errors(elsewhere, false)).toEqual([]);
    expect(loadSpecs([{ path: "a.yaml", text: elsewhere }], [], { resolve: false }).slos).toEqual([]);
  });
});

describe("noroshi.dev/no-data", () => {
  const sliced = ["target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 1m"];
  const own = "  indicatorRef: search-is-fast\n";
  const annotated = (policy: string, method: string, objectives: readonly string[]) =>
    slo(objectives, method, own, `noroshi.dev/no-data: ${policy}`);

  it("lets slices without events count", () => {
    const policyOf = (policy: string) => load(annotated(policy, "Timeslices", sliced)).slos[0]!.noData;
    expect([policyOf("bad"), policyOf("good"), policyOf("ignore")]).toEqual(["bad", "good", undefined]);
  });

  it("adds an alert, unless a policy tells of missing data already", () => {
    const alerts = load(annotated("alert", "Occurrences", ["target: 0.99"])).slos[0]!.alerts;
    expect(alerts.map(({ key, severity }) => [key, severity])).toEqual([
      ["critical", "critical"],
      ["warning", "warning"],
      ["no-data", "warning"],
    ]);
    expect(alerts[2]!.tiers).toMatchObject([{ kind: "no-data", longWindowMs: 900_000 }]);
    const policies = `  alertPolicies:
    - metadata: {name: p}
      kind: AlertPolicy
      spec:
        alertWhenNoData: true
        conditions:
          - kind: AlertCondition
            metadata: {name: c}
            spec: {severity: page, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}}
        notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: t}, spec: {target: pagerduty}}]
`;
    const told = load(slo(["target: 0.99"], "Occurrences", own + policies, "noroshi.dev/no-data: alert"));
    expect(told.slos[0]!.alerts.map(({ key }) => key)).toEqual(["policy/p"]);
  });

  it("is refused where nothing can be weighed, and where it is misspelt", () => {
    expect(errors(annotated("bad", "Occurrences", ["target: 0.99"]))[0]).toContain("needs slices of time");
    expect(errors(annotated("Bad", "Timeslices", sliced))[0]).toBe('"Bad" is not what no data can count as');
  });
});

describe("an alert condition with a floor", () => {
  const condition = (
    op: string,
    threshold: number,
  ): string => `${slo(["target: 0.99"], "Occurrences", "  indicatorRef: search-is-fast\n")}  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: p}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: c}
            spec: {severity: page, condition: {kind: burnrate, op: ${op}, threshold: ${threshold}, lookbackWindow: 1h}}
        notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: t}, spec: {target: pagerduty}}]
`;
  it("loads with a question, and one that always holds is told", () => {
    const { slos, diagnostics } = load(condition("lt", 0.5));
    expect(slos[0]!.alerts[0]!.tiers[0]).toMatchObject({ operator: "lt", burnThreshold: 0.5 });
    expect(diagnostics.map(({ severity, message }) => [severity, message])).toEqual([
      ["warning", "op: lt alerts while the budget burns slowly, and not while it burns fast"],
    ]);
    const always = load(condition("lte", 100)).diagnostics.map(({ message }) => message);
    expect(always.join()).toContain("with a threshold of 100 alerts all the time");
    expect(errors(condition("lte", 0))).toEqual([]);
    expect(errors(condition("lt", 0))).toEqual(["a burn rate below 0 cannot be"]);
  });
});
