import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../model/time.ts";
import type { Slo } from "../../slo/slo.ts";
import { loadSpecs } from "../load-specs.ts";

const FILE = `version: prometheus/v1
service: shop
labels: {owner: shop-team, tier: 2}
slos:
  - name: Requests.Availability
    objective: 99.9
    description: Answers that are no errors
    labels: {tier: gold}
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="shop"}[{{ .window }}]))
    alerting:
      name: ShopErrors
      annotations: {runbook: "https://runbooks.example/shop", summary: Errors}
`;
const RESOURCE = `apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: shop, namespace: monitoring, labels: {prometheus: k8s}}
spec:
  service: shop
  slos:
    - name: availability
      objective: 99
      sli:
        events:
          errorQuery: sum(rate(errors_total[{{.window}}]))
          totalQuery: sum(rate(requests_total[{{.window}}]))
      alerting: {name: A, pageAlert: {disable: true}}
`;

function load(files: Record<string, string>): ReturnType<typeof loadSpecs> {
  return loadSpecs(Object.entries(files).map(([path, text]) => ({ path, text })));
}

function only(text: string): Slo {
  const { slos, diagnostics } = load({ "a.yaml": text });
  expect(diagnostics).toEqual([]);
  expect(slos).toHaveLength(1);
  return slos[0]!;
}

function problems(text: string): readonly string[] {
  return load({ "a.yaml": text }).diagnostics.map(
    ({ line, column, severity, path, message }) => `${line}:${column} ${severity} ${path}: ${message}`,
  );
}

function tiers(slo: Slo): readonly (readonly [string, number, number | undefined, number])[] {
  return slo.alerts.flatMap((alert) =>
    alert.tiers.map(
      (tier) => [tier.name, tier.longWindowMs, tier.shortWindowMs, tier.burnThreshold] as const,
    ),
  );
}

describe("a Sloth file", () => {
  it("loads into our model, counted from counter increments, with the Workbook's alerts over 30 days", () => {
    const slo = only(FILE);
    expect(slo).toMatchObject({
      name: "shop-requests-availability",
      displayName: "Requests.Availability",
      description: "Answers that are no errors",
      service: "shop",
      owner: "shop-team",
      runbookUrl: "https://runbooks.example/shop",
      labels: { owner: ["shop-team"], tier: ["gold"] },
      target: 0.999,
      windowMs: 30 * DAY_MS,
      location: { file: "a.yaml", line: 5, column: 5 },
    });
    expect(slo.annotations).toMatchObject({ summary: "Errors" });
    expect(slo.indicator).toMatchObject({
      source: "metrics",
      definition: {
        kind: "increments",
        outcome: "bad",
        total: { query: 'sum(rate(http_requests_total{job="shop"}[5m]))' },
      },
    });
    expect(tiers(slo).map(([name]) => name)).toEqual([
      "page-quick",
      "page-slow",
      "ticket-quick",
      "ticket-slow",
    ]);
  });

  it("counts what OpenSLO with the same queries counts: one indicator", () => {
    const openSlo = `apiVersion: openslo/v1
kind: SLO
metadata: {name: other}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: prometheus, spec: {query: 'sum(rate(http_requests_total{job="shop",code=~"5.."}[1m]))'}}}
        total: {metricSource: {type: prometheus, spec: {query: 'sum(increase(http_requests_total{job="shop"}[1m]))'}}}
  objectives: [{target: 0.99}]
`;
    const { slos } = load({ "a.yaml": openSlo, "b.yaml": FILE });
    expect(slos.map(({ name }) => name)).toEqual(["other", "shop-requests-availability"]);
    expect(slos[0]!.indicator.id).toBe(slos[1]!.indicator.id);
  });

  it("evaluates what cannot be counted, looking back as far as Sloth's shortest rule", () => {
    const text = FILE.replace(/error_query: .*/, "error_query: count_over_time(down[{{.window}}])");
    expect(only(text).indicator).toMatchObject({
      definition: { kind: "evaluated", outcome: "bad", query: "count_over_time(down[5m])" },
    });
  });

  it("takes a raw ratio as the share of errors, and counts one that is a ratio of counters", () => {
    const raw = (query: string): string =>
      FILE.replace(/ {6}events:\n.*\n.*\n/, `      raw:\n        error_ratio_query: '${query}'\n`);
    expect(only(raw("1 - avg_over_time(ok[{{.window}}])")).indicator).toMatchObject({
      definition: { kind: "raw", rawType: "failure", query: "1 - avg_over_time(ok[5m])" },
    });
    expect(only(raw("sum(rate(e[{{.window}}])) / sum(rate(t[{{.window}}]))")).indicator).toMatchObject({
      definition: { kind: "increments", outcome: "bad", total: { query: "sum(rate(t[5m]))" } },
    });
  });

  it("leaves out the tiers of a disabled alert", () => {
    const page = `${FILE}      page_alert: {disable: true}\n`;
    expect(tiers(only(page)).map(([name]) => name)).toEqual(["ticket-quick", "ticket-slow"]);
    const both = `${page}      ticket_alert: {disable: true}\n`.replace("      name: ShopErrors\n", "");
    expect(only(both).alerts).toEqual([]);
  });

  it("points at the fault, within a query behind {{.window}} too", () => {
    const broken = FILE.replace(
      'code=~"5.."}[{{.window}}]))',
      'code=~"5.."}[{{.window}}])) + nosuch(x[{{.window}}])',
    );
    expect(problems(broken)).toEqual([
      '11:92 error slos[0].sli.events.error_query: PromQL: unknown function with name "nosuch"',
    ]);
  });

  it("refuses what Sloth refuses", () => {
    const refused = (from: string | RegExp, to: string): string =>
      problems(FILE.replace(from, to)).join("\n");
    expect(refused("objective: 99.9", "objective: 101")).toContain("101 is not a target: above 0");
    expect(refused("objective: 99.9", "objective: 0")).toContain("0 is not a target: above 0");
    expect(refused("service: shop", 'service: ""')).toContain("2:10 error service: the text is empty");
    expect(refused("      name: ShopErrors\n", "")).toContain("alerting.name is missing");
    expect(refused("[{{ .window }}]", "[5m]")).toContain("the query has no {{.window}}");
    expect(refused(/ {6}events:\n.*\n.*\n/, "      {}\n")).toContain("events is missing");
  });

  it("refuses what cannot be done here, and says so: plugins, an objective of 100", () => {
    const plugin = FILE.replace(/ {6}events:\n.*\n.*\n/, "      plugin: {id: x, options: {a: b}}\n");
    expect(problems(plugin)).toEqual([
      "10:7 error slos[0].sli.plugin: an SLI of a Sloth plugin is not supported yet",
    ]);
    expect(problems(FILE.replace("99.9", "100"))).toEqual([
      "6:16 error slos[0].objective: 100 is not a target: above 0 and below 100",
    ]);
  });

  it("warns of what Sloth passes over, and of labels that would route", () => {
    const text = `${FILE}      pageAlert: {disable: true}\n      page_alert: {labels: {severity: home}}\n`;
    expect(problems(text)).toEqual([
      "14:7 warning slos[0].alerting: labels of alerts do not choose the receiver",
      '16:7 warning slos[0].alerting.pageAlert: unknown field "pageAlert": Sloth passes over it',
    ]);
  });

  it("reports names that are one once they are cut", () => {
    const name = "a".repeat(70);
    const other = FILE.replace("Requests.Availability", `${name}-2`);
    const { diagnostics, slos } = load({
      "a.yaml": FILE.replace("Requests.Availability", `${name}-1`),
      "b.yaml": other,
    });
    expect(slos).toHaveLength(1);
    expect(slos[0]!.name).toHaveLength(63);
    expect(diagnostics.map(({ severity }) => severity)).toEqual(["error", "warning", "error", "warning"]);
    expect(diagnostics[2]!.message).toContain("is already defined in a.yaml:5");
  });
});

describe("a Sloth resource", () => {
  it("loads as the file does, in its own spelling", () => {
    const slo = only(RESOURCE);
    expect(slo).toMatchObject({ name: "shop-availability", target: 0.99, service: "shop" });
    expect(tiers(slo).map(([name]) => name)).toEqual(["ticket-quick", "ticket-slow"]);
  });

  it("is refused in another version, or of another kind", () => {
    expect(problems(RESOURCE.replace("/v1\n", "/v2\n"))[0]).toContain("is not a version of Sloth");
    expect(problems(RESOURCE.replace("PrometheusServiceLevel", "PrometheusServiceLevels"))[0]).toContain(
      "is not a kind of Sloth",
    );
  });
});

const WINDOWS = `apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 36h}
`;

describe("AlertWindows", () => {
  it("give the SLOs of their folder and below their period and tiers", () => {
    const { slos, diagnostics } = load({
      "specs/windows.yaml": WINDOWS,
      "specs/shop/a.yaml": FILE,
      "b.yaml": RESOURCE,
    });
    expect(diagnostics).toEqual([]);
    const [other, slo] = slos;
    expect(slo!.windowMs).toBe(7 * DAY_MS);
    expect(tiers(slo!)).toEqual([
      ["page-quick", HOUR_MS, 5 * MINUTE_MS, 13.44],
      ["page-slow", 6 * HOUR_MS, 30 * MINUTE_MS, 3.5],
      ["ticket-quick", DAY_MS, 2 * HOUR_MS, 1.4],
      ["ticket-slow", 36 * HOUR_MS, 6 * HOUR_MS, 1.96],
    ]);
    expect(other!.windowMs).toBe(30 * DAY_MS);
  });

  it("leave out the tiers of disabled alerts", () => {
    const { slos } = load({ "w.yaml": WINDOWS, "a.yaml": RESOURCE });
    expect(tiers(slos[0]!).map(([name]) => name)).toEqual(["ticket-quick", "ticket-slow"]);
  });

  it("of 30 days count beside others in one folder, and two of one period are an error", () => {
    const month = WINDOWS.replace("7d", "30d");
    const { slos, diagnostics } = load({ "v.yaml": WINDOWS, "w.yaml": month, "a.yaml": FILE });
    expect(diagnostics).toEqual([]);
    expect(slos[0]!.windowMs).toBe(30 * DAY_MS);
    expect(load({ "v.yaml": WINDOWS, "w.yaml": WINDOWS }).diagnostics[0]!.message).toContain(
      "has AlertWindows already, in v.yaml:1",
    );
  });

  it("are checked", () => {
    expect(problems(WINDOWS.replace("shortWindow: 5m", "shortWindow: 2h"))).toEqual([
      "6:12 error spec.page.quick: shortWindow is not shorter than longWindow",
    ]);
    expect(problems(WINDOWS.replace("sloPeriod: 7d", "sloPeriod: soon"))[0]).toContain("is not a duration");
    expect(problems(WINDOWS.replace("42", "142"))[0]).toContain("142 is not a share of the budget");
    expect(problems(WINDOWS.replace("page:", "pages:"))[0]).toContain('unknown field "pages"');
  });
});
