import { describe, expect, it } from "vitest";
import { describeCounting } from "../slo/describe-counting.ts";
import { loadSpecs } from "./load-specs.ts";

const head = `apiVersion: openslo/v1
kind: SLO
metadata: {name: shop}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: shop-sli}
    spec:
`;
const prometheus = (query: string) => `{metricSource: {type: Prometheus, spec: {query: '${query}'}}}`;
const ratio = (fields: Record<string, string>, objective = "target: 0.99") =>
  `${head}      ratioMetric:
${Object.entries(fields)
  .map(([name, value]) => `        ${name}: ${value}\n`)
  .join("")}  objectives: [{${objective}}]
`;
const threshold = (query: string, objective: string) =>
  `${head}      thresholdMetric: ${prometheus(query)}
  objectives: [{${objective}}]
`;
const load = (text: string) => loadSpecs([{ path: "a.yaml", text }]);
const messages = (text: string) =>
  load(text).diagnostics.map(
    ({ line, column, severity, message }) => `${line}:${column} ${severity} ${message}`,
  );
const definition = (text: string) => {
  const { slos, diagnostics } = load(text);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const { indicator } = slos[0]!;
  if (indicator.source !== "metrics") throw new Error("not over metrics");
  return indicator.definition;
};

const GOOD = 'sum(rate(requests_total{code!~"5.."}[5m]))';
const TOTAL = "sum(rate(requests_total[5m]))";

describe("SLIs on metrics", () => {
  it("are counted from counters where the queries come down to that", () => {
    const text = ratio({ good: prometheus(GOOD), total: prometheus(TOTAL) });
    expect(messages(text)).toEqual([]);
    expect(definition(text)).toEqual({
      kind: "increments",
      outcome: "good",
      total: { query: TOTAL, terms: [{ sign: 1, metric: "requests_total", matchers: [] }] },
      select: {
        query: GOOD,
        terms: [
          { sign: 1, metric: "requests_total", matchers: [{ label: "code", operator: "!~", value: "5.." }] },
        ],
      },
    });
  });

  it("take a counter without rate() when the ratio says that it is one", () => {
    const bare = { good: prometheus('requests_total{code="200"}'), total: prometheus("requests_total") };
    expect(definition(ratio({ counter: "true", ...bare })).kind).toBe("increments");
    expect(definition(ratio(bare))).toMatchObject({
      kind: "evaluated",
      reason:
        "total has a selector without rate() or increase(), good has a selector without rate() or increase()",
    });
  });

  it("take raw ratios, thresholds and both spellings of the field", () => {
    expect(definition(ratio({ rawType: "failure", raw: prometheus("errors:ratio") }))).toEqual({
      kind: "raw",
      rawType: "failure",
      query: "errors:ratio",
    });
    expect(definition(threshold("queue_length", "op: lt, value: 100, target: 0.9"))).toEqual({
      kind: "threshold",
      query: "queue_length",
      operator: "lt",
      value: 100,
    });
    const promql = ratio({ bad: prometheus(GOOD), total: prometheus(TOTAL) }).replaceAll("query:", "promql:");
    expect(definition(promql)).toMatchObject({ kind: "increments", outcome: "bad" });
  });

  it("take the histogram latency SLIs, classic and native", () => {
    const classic = {
      good: prometheus('sum(rate(took_bucket{le="0.3"}[5m]))'),
      total: prometheus("sum(rate(took_count[5m]))"),
    };
    expect(messages(ratio(classic))).toEqual([]);
    expect(definition(ratio(classic)).kind).toBe("increments");
    const native = ratio({
      rawType: "success",
      raw: prometheus("histogram_fraction(0, 0.3, sum(rate(took[5m])))"),
    });
    expect(describeCounting(load(native).slos[0]!.indicator)).toBe("evaluated every 30 s: a raw ratio");
  });

  it("refer to a DataSource, whose connection is not used", () => {
    const source =
      "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: prom}\nspec: {type: Prometheus, connectionDetails: {url: x}}\n---\n";
    const slo = ratio({ good: prometheus(GOOD), total: prometheus(TOTAL) });
    const text = source + slo.replaceAll("type: Prometheus, spec", "metricSourceRef: prom, spec");
    expect(definition(text).kind).toBe("increments");
    expect(messages(text)).toEqual([
      "4:26 warning connectionDetails has no effect: queries read the metrics that Noroshi stores",
    ]);
  });

  it.each([
    [
      ratio({ good: prometheus("sum(rate(requests_total[5m])"), total: prometheus(TOTAL) }),
      /^12:\d+ error PromQL: /,
    ],
    [
      ratio({ good: prometheus("sum(nothing_known(a))"), total: prometheus(TOTAL) }),
      /^12:68 error PromQL: unknown function/,
    ],
    [
      ratio({ good: prometheus("requests_total[5m]"), total: prometheus(TOTAL) }),
      /^12:64 error PromQL: the query gives a range of samples, not a value$/,
    ],
    [
      ratio({
        good: "{metricSource: {type: traces, spec: {query: '{ kind = server }'}}}",
        total: prometheus(TOTAL),
      }),
      /error good is of type traces, total of type prometheus$/,
    ],
    [ratio({ raw: prometheus("a") }), /error rawType is missing$/],
    [
      ratio({ rawType: "success", raw: prometheus("a"), total: prometheus("a") }),
      /error total stands beside raw$/,
    ],
    [threshold("a", "target: 0.9"), /error op is missing$/],
    [threshold("a", "op: lt, target: 0.9"), /error value is missing$/],
    [threshold("a", "op: below, value: 1, target: 0.9"), /error "below" is not one of lte, gte, lt, gt$/],
  ])("say what is wrong and where (case %#)", (text, line) => {
    expect(messages(text).filter((message) => line.test(message))).toHaveLength(1);
    expect(load(text).slos).toEqual([]);
  });

  it.each([
    [
      ratio({
        good: prometheus("sum(rate(requests_total[5m]))"),
        total: prometheus('sum(rate(requests_total{job="a"}[5m]))'),
      }),
      'good counts series of requests_total that total does not: total asks for job="a"',
    ],
    [
      ratio({
        good: prometheus('sum(rate(took_bucket{le="1"}[5m]))'),
        total: prometheus('sum(rate(took_count{path="/"}[5m]))'),
      }),
      'good counts series of took_bucket that total does not: total asks for path="/"',
    ],
    [
      ratio({ good: prometheus(TOTAL), total: prometheus(TOTAL) }),
      "every event of total is good, so no budget is ever spent",
    ],
  ])("warn of what cannot be meant (case %#)", (text, message) => {
    expect(load(text).diagnostics).toMatchObject([{ severity: "warning", message }]);
    expect(load(text).slos).toHaveLength(1);
  });

  it.each([
    ['sum(rate(a{code="200"}[5m]))', 'sum(rate(a{code!="500"}[5m]))'],
    ['sum(rate(a{code="200", job="x"}[5m]))', 'sum(rate(a{job=~"x|y"}[5m]))'],
    ['sum(rate(a_bucket{le="0.3"}[5m]))', 'sum(rate(a_bucket{le="+Inf"}[5m]))'],
    ["sum(rate(good_total[5m]))", 'sum(rate(all_total{job="x"}[5m]))'],
  ])("do not warn of %s among %s", (good, total) => {
    expect(messages(ratio({ good: prometheus(good), total: prometheus(total) }))).toEqual([]);
  });
});
