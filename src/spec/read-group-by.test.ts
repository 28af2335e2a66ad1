import { describe, expect, it } from "vitest";
import { loadSpecs } from "./load-specs.ts";

const load = (annotations: Readonly<Record<string, string>>, type: "traces" | "prometheus" = "traces") => {
  const query = type === "traces" ? "{ kind = server }" : "sum(rate(x_total[5m]))";
  const good = type === "traces" ? "{ status != error }" : 'sum(rate(x_total{code!~"5.."}[5m]))';
  const lines = Object.entries(annotations).map(
    ([key, value]) => `    noroshi.dev/${key}: ${JSON.stringify(value)}\n`,
  );
  const text = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: payment
  annotations:
${lines.join("")}spec:
  service: payment
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec: {ratioMetric: {counter: true, good: {metricSource: {type: ${type}, spec: {query: '${good}'}}}, total: {metricSource: {type: ${type}, spec: {query: '${query}'}}}}}
  objectives: [{target: 0.99}, {displayName: sla, target: 0.95}]
`;
  return loadSpecs([{ path: "a.yaml", text }]);
};

const problems = (...given: Parameters<typeof load>) =>
  load(...given).diagnostics.map(
    ({ line, column, severity, message, hint }) => `${line}:${column} ${severity} ${message} | ${hint}`,
  );

describe("noroshi.dev/group-by", () => {
  it("names fields of spans in canonical spelling, for every objective", () => {
    const { slos, diagnostics } = load({
      "group-by": ' span.http.route,resource."cloud region" , .version, span:name',
    });
    expect(diagnostics).toEqual([]);
    expect(slos.map(({ groupBy }) => groupBy)).toEqual(
      [1, 2].map(() => ({
        keys: ["span.http.route", 'resource."cloud region"', ".version", "name"],
        limit: 50,
        alerts: "rolled-up",
      })),
    );
  });

  it("names labels of metrics", () => {
    const { slos } = load(
      { "group-by": 'route, "k8s.pod, or so"', "group-limit": "1000", "group-alerts": "each" },
      "prometheus",
    );
    expect(slos[0]!.groupBy).toEqual({ keys: ["route", "k8s.pod, or so"], limit: 1_000, alerts: "each" });
  });

  it.each([
    [
      { "group-by": "http.route" },
      "traces",
      '"http.route" is not a field of spans | write span.http.route, resource.http.route, or .http.route for whichever has it',
    ],
    [{ "group-by": "duration" }, "traces", "every span has a duration of its own"],
    [{ "group-by": 'span.a = "x" || span.b' }, "traces", "is not a field of spans"],
    [{ "group-by": "span.a }" }, "traces", "is not a field of spans"],
    [{ "group-by": " , " }, "traces", "nothing to group by"],
    [{ "group-by": "name, kind, status, .a, .b" }, "traces", "5 keys; 4 is the most"],
    [{ "group-by": "name, span:name" }, "traces", "name is there twice"],
    [
      { "group-by": "span.http.route" },
      "prometheus",
      '"span.http.route" is not the name of a label | metrics have labels: write http_route',
    ],
    [{ "group-by": "le" }, "prometheus", "le is no label to group by"],
    [{ "group-by": "name", "group-limit": "1001" }, "traces", '1001 groups; 1000 is the most | write "1000"'],
    [{ "group-by": "name", "group-limit": "many" }, "traces", '"many" is not a number of groups'],
    [
      { "group-by": "name", "group-alerts": "eech" },
      "traces",
      '"eech" does not say what alerts | write each',
    ],
  ] as const)("refuses %j over %s", (annotations, type, message) => {
    const found = problems(annotations, type);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^\d+:\d+ error /);
    expect(found[0]).toContain(message);
    expect(load(annotations, type).slos).toEqual([]);
  });

  it.each([
    "span.user.id",
    "span.trace_id",
    ".session.id",
    "resource.k8s.pod.uid",
    "span.url.full",
    "span.client.address",
    "span.order_id",
  ])("warns of %s, which has a value for each request or user", (key) => {
    const found = problems({ "group-by": key });
    if (key.endsWith("uid")) expect(found).toEqual([]);
    else
      expect(found.join()).toContain(
        `warning ${key} looks like something with a value for each request or user`,
      );
    expect(load({ "group-by": key }).slos).toHaveLength(2);
  });

  it("says what has no effect without it", () => {
    expect(problems({ "group-limit": "5" })).toEqual([
      "6:5 warning noroshi.dev/group-limit has no effect without noroshi.dev/group-by | write noroshi.dev/group-by too",
    ]);
  });
});
