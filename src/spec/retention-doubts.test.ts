import { describe, expect, it } from "vitest";
import { DAY_MS } from "../model/time.ts";
import { loadSpecs } from "./load-specs.ts";
import { retentionDoubts } from "./retention-doubts.ts";

const openslo = (window: string, more = "", target = 0.9): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: a${more}}
spec:
  service: s
  budgetingMethod: Occurrences
  timeWindow: [${window}]
  indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: true,
    good: {metricSource: {type: traces, spec: {query: '{ status != error }'}}},
    total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}}}}
  objectives: [{target: ${target}}]
`;
const SLOTH = `version: prometheus/v1
service: shop
slos:
  - name: a
    objective: 90
    sli: {events: {error_query: 'sum(rate(e[{{.window}}]))', total_query: 'sum(rate(t[{{.window}}]))'}}
    alerting: {name: A}
`;
const PYRRA = `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: a}
spec: {target: '90', window: 4w, indicator: {ratio: {errors: {metric: 'e{code="5"}'}, total: {metric: e}}}}
`;
const YEAR =
  "{duration: 1Y, isRolling: false, calendar: {startTime: '2024-01-01 00:00:00', timeZone: Europe/Warsaw}}";

const ROLLING = "{duration: 30d, isRolling: true}";

function load(text: string) {
  const { slos, diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
  expect(slos).toHaveLength(1);
  return { slos, messages: diagnostics.map(({ message }) => message) };
}

describe("windows longer than counts are kept", () => {
  it.each([
    ["OpenSLO, rolling", openslo(ROLLING), 30],
    ["OpenSLO, calendar", openslo(YEAR), 369],
    ["Sloth", SLOTH, 30],
    ["Pyrra", PYRRA, 28],
  ])("are told of in %s", (_dialect, text, days) => {
    const { slos } = load(text);
    expect(retentionDoubts(slos, days * DAY_MS)).toEqual([]);
    const [doubt] = retentionDoubts(slos, (days - 1) * DAY_MS);
    expect(doubt).toMatchObject({ severity: "warning", file: "a.yaml" });
    expect(doubt?.message).toContain(`${days}d, is longer than its counts are kept, ${days - 1}d`);
  });

  it("are told of where they are an alert's", () => {
    const condition =
      "{metadata: {name: slow}, spec: {severity: ticket, condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 20d}}}";
    const policy = `{metadata: {name: p}, spec: {conditions: [${condition}], notificationTargets: [{metadata: {name: t}, spec: {target: slack}}]}}`;
    const { slos } = load(
      `${openslo("{duration: 7d, isRolling: true}", "", 0.99)}  alertPolicies: [${policy}]\n`,
    );
    expect(retentionDoubts(slos, 10 * DAY_MS).map(({ message }) => message)).toEqual([
      'the window of alert "slow" of SLO "a", 20d, is longer than its counts are kept, 10d',
    ]);
  });
});

describe("alerts that can never fire", () => {
  it.each([
    ["OpenSLO", openslo(ROLLING), "these default alerts can never fire: page-quick (14.4)"],
    ["OpenSLO, calendar", openslo(YEAR), "these default alerts can never fire: page-quick"],
    [
      "OpenSLO, annotation",
      openslo(ROLLING, `, annotations: {noroshi.dev/alert-tiers: "fast critical 1h/5m x14.4"}`),
      "can never fire: fast (14.4)",
    ],
    ["Sloth", SLOTH, "these alerts can never fire: page-quick (14.4)"],
    ["Pyrra", PYRRA, "these alerts can never fire: page-quick (14)"],
  ])("are told of in %s", (_dialect, text, expected) => {
    expect(load(text).messages.join("\n")).toContain(expected);
  });
});
