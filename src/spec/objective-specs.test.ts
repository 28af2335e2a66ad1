import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "../model/time.ts";
import { loadSpecs } from "./load-specs.ts";

const spec = (method: string, objectives: string, more = ""): string => `apiVersion: openslo/v1
kind: SLO
metadata: {name: payment-availability, displayName: Payment}
spec:
  service: payment
  budgetingMethod: ${method}
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: payment-non-5xx}
    spec:
      ratioMetric:
        good: {metricSource: {type: traces, spec: {query: '{ span.http.response.status_code < 500 }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: ${objectives}
${more}`;
const load = (...from: Parameters<typeof spec>) => loadSpecs([{ path: "a.yaml", text: spec(...from) }]);
const told = (...from: Parameters<typeof spec>): readonly string[] =>
  load(...from).diagnostics.map((d) => `${d.severity} ${d.path}: ${d.message} -> ${d.hint}`);

describe("slices of time", () => {
  it.each([
    ["1m", MINUTE_MS],
    ["5", 5 * MINUTE_MS],
    ["1d", DAY_MS],
  ])("may last %s", (written, sliceMs) => {
    const { slos, diagnostics } = load(
      "Timeslices",
      `[{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: ${written}}]`,
    );
    expect(diagnostics).toEqual([]);
    expect(slos[0]!.method).toEqual({ kind: "timeslices", sliceMs, sliceTarget: 0.95 });
  });

  it("count in part with RatioTimeslices", () => {
    const { slos, diagnostics } = load("RatioTimeslices", "[{target: 0.99, timeSliceWindow: 1m}]");
    expect(diagnostics).toEqual([]);
    expect(slos[0]!.method).toEqual({ kind: "ratio-timeslices", sliceMs: MINUTE_MS });
  });

  it.each([
    [
      "Timeslices",
      "[{target: 0.99}]",
      "error spec.objectives[0].timeSliceTarget: timeSliceTarget is missing -> write timeSliceTarget: 0.95, the share of good events that makes a slice good",
    ],
    [
      "RatioTimeslices",
      "[{target: 0.99}]",
      "error spec.objectives[0].timeSliceWindow: timeSliceWindow is missing -> write timeSliceWindow: 1m",
    ],
    [
      "Timeslices",
      "[{target: 0.99, timeSliceTarget: 95, timeSliceWindow: 1m}]",
      "error spec.objectives[0].timeSliceTarget: 95 is not a share of good events: above 0 and at most 1 -> write timeSliceTarget: 0.95",
    ],
    [
      "Timeslices",
      "[{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 0.5}]",
      "error spec.objectives[0].timeSliceWindow: 0.5 is not a number of minutes -> write timeSliceWindow: 1m",
    ],
    [
      "Timeslices",
      "[{target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5w}]",
      "error spec.objectives[0].timeSliceWindow: a slice of 35d is longer than the time window -> write a timeSliceWindow that fits into timeWindow many times, e.g. 1m",
    ],
    [
      "Occurrences",
      "[{target: 0.99, timeSliceWindow: 1m}]",
      "warning spec.objectives[0].timeSliceWindow: timeSliceWindow has no effect with budgetingMethod: Occurrences -> leave it out",
    ],
    [
      "RatioTimeslices",
      "[{target: 0.99, timeSliceWindow: 1m, timeSliceTarget: 0.9}]",
      "warning spec.objectives[0].timeSliceTarget: timeSliceTarget has no effect with budgetingMethod: RatioTimeslices -> leave it out",
    ],
  ])("of %s are told what is wrong: %s", (method, objectives, line) => {
    expect(told(method, objectives)).toContain(line);
    expect(load(method, objectives).slos).toHaveLength(line.startsWith("error") ? 0 : 1);
  });
});

describe("several objectives", () => {
  const TWO = "[{displayName: Internal objective, target: 0.999}, {displayName: 'SLA!', target: 0.99}]";

  it("are SLOs of their own, which share what they count; the first keeps the document's name", () => {
    const { slos, diagnostics, files } = load("Occurrences", TWO);
    expect(diagnostics).toEqual([]);
    expect(
      slos.map(({ name, displayName, objectiveName, target }) => [name, displayName, objectiveName, target]),
    ).toEqual([
      ["payment-availability", "Payment", "Internal objective", 0.999],
      ["payment-availability-sla", "Payment: SLA!", "SLA!", 0.99],
    ]);
    expect(new Set(slos.map(({ indicator }) => indicator.id)).size).toBe(1);
    expect(files[0]!.slos).toEqual(["payment-availability", "payment-availability-sla"]);
  });

  it("go by their number where they have no name", () => {
    const { slos } = load("Occurrences", "[{target: 0.9}, {target: 0.8}, {displayName: 火, target: 0.7}]");
    expect(slos.map(({ name }) => name)).toEqual([
      "payment-availability",
      "payment-availability-objective-2",
      "payment-availability-objective-3",
    ]);
  });

  it("stand or fall together", () => {
    expect(load("Occurrences", "[{target: 0.9}, {target: 2}]").slos).toEqual([]);
  });

  it("must not be named as another SLO, or as each other", () => {
    const other = `---\n${spec("Occurrences", "[{target: 0.99}]").replace("payment-availability", "payment-availability-sla")}`;
    expect(told("Occurrences", TWO, other)).toEqual([
      'error spec.objectives[1].target: the name of its SLO, "payment-availability-sla", is taken -> give the objective another displayName, or make it an SLO of its own',
    ]);
    const twice = "[{target: 0.99}, {displayName: a, target: 0.99}, {displayName: A, target: 0.98}]";
    expect(told("Occurrences", twice)).toHaveLength(1);
    const long = `[{target: 0.99}, {displayName: ${"x".repeat(50)}, target: 0.9}]`;
    expect(told("Occurrences", long)[0]).toContain("is longer than 63 characters");
  });
});

describe("alert policies", () => {
  const policy = (flags: string, severity = "ticket"): string => `  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: fast}
      spec:
        ${flags}
        conditions:
          - kind: AlertCondition
            metadata: {name: burns}
            spec:
              severity: ${severity}
              condition: {kind: burnrate, op: gt, threshold: 10, lookbackWindow: 1h, alertAfter: 5m}
        notificationTargets: [{kind: AlertNotificationTarget, metadata: {name: team}, spec: {target: slack}}]
`;
  const alertOf = (flags: string) =>
    load("Occurrences", "[{target: 0.99}]", policy(flags)).slos[0]!.alerts[0]!;

  it("alert when the budget burns and tell of the end, unless they say otherwise", () => {
    const { tiers, tellsResolved, notificationTargets } = alertOf("description: x");
    expect(tiers.map(({ name, kind }) => [name, kind])).toEqual([["burns", undefined]]);
    expect(tellsResolved).toBeUndefined();
    expect(notificationTargets).toEqual(["team"]);
    expect(alertOf("alertWhenResolved: false").tellsResolved).toBe(false);
  });

  it("alert when there is no data, alone or too", () => {
    expect(alertOf("alertWhenNoData: true").tiers.map(({ name }) => name)).toEqual([
      "burns",
      "burns-no-data",
    ]);
    expect(alertOf("alertWhenNoData: true\n        alertWhenBreaching: false").tiers).toEqual([
      {
        kind: "no-data",
        name: "burns-no-data",
        longWindowMs: 60 * MINUTE_MS,
        shortWindowMs: undefined,
        burnThreshold: 0,
        operator: "gt",
        alertAfterMs: 5 * MINUTE_MS,
        resolveAfterMs: 0,
      },
    ]);
  });

  it("are told what their flags come to", () => {
    const first = (flags: string, severity?: string): string | undefined =>
      load("Occurrences", "[{target: 0.99}]", policy(flags, severity)).diagnostics[0]?.message;
    expect(first("alertWhenBreaching: false")).toBe(
      "the policy never alerts: neither when the budget burns nor when there is no data",
    );
    expect(first("alertWhenNoData: 1")).toBe("expected true or false, found the number 1");
    expect(first("alertWhenResolved: false")).toBeUndefined();
    expect(
      load("Occurrences", "[{target: 0.99}]", policy("alertWhenResolved: false", "page")).diagnostics.map(
        ({ message }) => message,
      ),
    ).toContain(
      "with alertWhenResolved: false an incident in PagerDuty stays open until somebody resolves it",
    );
  });
});

describe("the gate for low traffic", () => {
  const withConfidence = (text: string) =>
    loadSpecs([
      {
        path: "a.yaml",
        text: spec("Occurrences", "[{target: 0.99}]").replace(
          "displayName: Payment}",
          `displayName: Payment, annotations: {noroshi.dev/low-traffic-confidence: "${text}"}}`,
        ),
      },
    ]);

  it.each([
    ["0.95", { confidence: 0.95, badEventsBelow: Number.POSITIVE_INFINITY }],
    [".5", { confidence: 0.5, badEventsBelow: Number.POSITIVE_INFINITY }],
    ["off", null],
  ])("is set by %s", (text, gate) => {
    const { slos, diagnostics } = withConfidence(text);
    expect(diagnostics).toEqual([]);
    expect(slos[0]!.lowTrafficGate).toEqual(gate);
  });

  it.each([
    ["95", "0.95"],
    ["99.9 %", "0.999"],
    ["1", "0.95"],
    ["0.1", "0.95"],
    ["yes", "0.95"],
  ])("is not set by %s, but by %s", (text, meant) => {
    const { slos, diagnostics } = withConfidence(text);
    expect(diagnostics.map(({ message, hint }) => [message, hint])).toEqual([
      [`"${text}" is not a confidence: at least 0.5 and below 1`, `write "${meant}", or "off"`],
    ]);
    expect(slos).toEqual([]);
  });
});
