import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";
import { nameDoubts } from "./name-doubts.ts";

interface Written {
  readonly name: string;
  readonly service?: string;
  readonly labels?: string;
  readonly annotations?: string;
  readonly description?: string;
  readonly more?: string;
}

function slo({ name, service = "shop", labels, annotations, description = "", more = "" }: Written): string {
  return `apiVersion: openslo/v1
kind: SLO
metadata:
  name: ${name}
${labels === undefined ? "" : `  labels: ${labels}\n`}${annotations === undefined ? "" : `  annotations: ${annotations}\n`}spec:
  service: ${service}
  description: ${JSON.stringify(description)}
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: traces, spec: {query: '{ status != error }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{target: 0.99}]
${more}`;
}

function doubts(...slos: readonly Written[]): readonly string[] {
  const text = slos.map(slo).join("---\n");
  const loaded = loadSpecs([{ path: "a.yaml", text }]);
  expect(loaded.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return nameDoubts(loaded.slos).map(({ line, message }) => `${line}: ${message}`);
}

const condition = (kind: string) =>
  `{kind: AlertCondition, metadata: {name: burns}, spec: {severity: ${kind}, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h}}}`;
const policy = (name: string, kind: string) =>
  `{kind: AlertPolicy, metadata: {name: ${name}}, spec: {alertWhenBreaching: true, conditions: [${condition(kind)}], notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: t}, spec: {target: slack}}]}}`;

describe("doubts about names", () => {
  it("are none where names are plain", () => {
    expect(doubts({ name: "checkout-availability" }, { name: "checkout-latency" })).toEqual([]);
  });

  it("tell of names that differ in dashes alone", () => {
    const [doubt] = doubts({ name: "check-out" }, { name: "checkout" });
    expect(doubt).toContain('the names "checkout" and "check-out" (a.yaml:1) differ in dashes alone');
  });

  it("tell of SLOs that are one to dashboards made for Sloth", () => {
    const [doubt] = doubts({ name: "web-errors", service: "shop" }, { name: "errors", service: "shop-web" });
    expect(doubt).toContain('the same sloth_id, "shop-web-errors"');
  });

  it("tell of alerts that Prometheus sees as one, but not of those that differ in severity", () => {
    const same = `  alertPolicies: [${policy("one", "page")}, ${policy("two", "page")}]\n`;
    expect(doubts({ name: "errors", more: same })[0]).toContain(
      'the alerts policy/one and policy/two of SLO "errors" both have a condition "burns"',
    );
    const other = `  alertPolicies: [${policy("one", "page")}, ${policy("two", "ticket")}]\n`;
    expect(doubts({ name: "errors", more: other })).toEqual([]);
  });

  it("tell what is cut: names of groups, descriptions, labels", () => {
    const annotations = "{noroshi.dev/group-by: span.http.route}";
    const long = "a".repeat(45);
    expect(doubts({ name: long, annotations })[0]).toContain("leaves little for its groups");
    expect(doubts({ name: "a".repeat(39), annotations })).toEqual([]);
    expect(doubts({ name: "x", description: "d".repeat(1_001) })[0]).toContain("Slack shows the first 1,000");
    expect(doubts({ name: "x", labels: `{team: ${"é".repeat(2_100)}}` })[0]).toContain(
      "longer than 4096 bytes",
    );
  });
});
