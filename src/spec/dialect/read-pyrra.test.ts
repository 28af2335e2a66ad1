import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../model/time.ts";
import type { Slo } from "../../slo/slo.ts";
import { loadSpecs } from "../load-specs.ts";

const RATIO = `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: shop-errors
  namespace: monitoring
  labels: {prometheus: k8s, pyrra.dev/team: shop-team, pyrra.dev/service: shop}
  annotations: {pyrra.dev/runbook_url: "https://runbooks.example/shop", noroshi.dev/min-events: "10"}
spec:
  target: "99.5"
  window: 4w
  description: Answers that are no errors
  indicator:
    ratio:
      errors: {metric: 'http_requests_total{job="shop",code=~"5.."}'}
      total: {metric: 'http_requests_total{job="shop"}'}
`;

function withIndicator(text: string): string {
  return RATIO.replace(/ {4}ratio:\n[\s\S]*$/, text);
}

const LATENCY = withIndicator(`    latency:
      success: {metric: 'duration_seconds_bucket{job="shop",le="0.3"}'}
      total: {metric: 'duration_seconds_count{job="shop"}'}
`);
const NATIVE = withIndicator(`    latencyNative:
      latency: 200ms
      total: {metric: 'duration_seconds{job="shop"}'}
`);
const GAUGE = withIndicator(`    bool_gauge:
      metric: probe_success{job="shop"}
`);

function only(text: string): Slo {
  const { slos, diagnostics } = loadSpecs([{ path: "a.yaml", text }]);
  expect(diagnostics).toEqual([]);
  return slos[0]!;
}

function problems(text: string): readonly string[] {
  return loadSpecs([{ path: "a.yaml", text }]).diagnostics.map(
    ({ line, column, severity, path, message }) => `${line}:${column} ${severity} ${path}: ${message}`,
  );
}

function tiers(slo: Slo): readonly (readonly [string, number, number | undefined, number, number])[] {
  return slo.alerts.flatMap((alert) =>
    alert.tiers.map(
      (tier) =>
        [
          alert.severity,
          tier.longWindowMs,
          tier.shortWindowMs,
          tier.burnThreshold,
          tier.alertAfterMs,
        ] as const,
    ),
  );
}

describe("a Pyrra ServiceLevelObjective", () => {
  it("loads into our model, with pyrra.dev/ labels and annotations", () => {
    const slo = only(RATIO);
    expect(slo).toMatchObject({
      name: "shop-errors",
      service: "shop",
      owner: "shop-team",
      runbookUrl: "https://runbooks.example/shop",
      labels: { team: ["shop-team"], service: ["shop"] },
      minEvents: 10,
      target: 0.995,
      windowMs: 28 * DAY_MS,
      description: "Answers that are no errors",
    });
    expect(Object.keys(slo.labels)).toEqual(["team", "service"]);
    expect(slo.indicator).toMatchObject({
      definition: {
        kind: "increments",
        outcome: "bad",
        total: { query: 'sum(rate(http_requests_total{job="shop"}[5m]))' },
        select: { query: 'sum(rate(http_requests_total{job="shop", code=~"5.."}[5m]))' },
      },
    });
  });

  it("has Pyrra's own four alerts, which grow and shrink with the window", () => {
    expect(tiers(only(RATIO))).toEqual([
      ["critical", HOUR_MS, 5 * MINUTE_MS, 14, 2 * MINUTE_MS],
      ["critical", 6 * HOUR_MS, 30 * MINUTE_MS, 7, 15 * MINUTE_MS],
      ["warning", DAY_MS, 2 * HOUR_MS, 2, HOUR_MS],
      ["warning", 4 * DAY_MS, 6 * HOUR_MS, 1, 3 * HOUR_MS],
    ]);
    expect(tiers(only(RATIO.replace("4w", "7d")))).toEqual([
      ["critical", 15 * MINUTE_MS, MINUTE_MS, 14, MINUTE_MS],
      ["critical", 90 * MINUTE_MS, 8 * MINUTE_MS, 7, 4 * MINUTE_MS],
      ["warning", 6 * HOUR_MS, 30 * MINUTE_MS, 2, 15 * MINUTE_MS],
      ["warning", DAY_MS, 90 * MINUTE_MS, 1, 45 * MINUTE_MS],
    ]);
    // Windows that would come to nothing are left out.
    expect(tiers(only(RATIO.replace("4w", "1d"))).map(([, long]) => long)).toEqual([
      13 * MINUTE_MS,
      51 * MINUTE_MS,
      206 * MINUTE_MS,
    ]);
  });

  it("has no alerts where they are disabled, or burn rates are off", () => {
    expect(only(`${RATIO}  alerting: {disabled: true}\n`).alerts).toEqual([]);
    expect(only(`${RATIO}  alerting: {burnrates: false, name: X}\n`).alerts).toEqual([]);
    expect(problems(`${RATIO}  alerting: {absent: true}\n`)).toEqual([
      "16:14 warning spec.alerting.absent: nothing alerts when the metric is absent",
    ]);
  });

  it("takes all four indicators", () => {
    expect(only(LATENCY).indicator).toMatchObject({
      definition: {
        kind: "increments",
        outcome: "good",
        select: { query: 'sum(rate(duration_seconds_bucket{job="shop", le="0.3"}[5m]))' },
      },
    });
    const rate = 'sum(rate(duration_seconds{job="shop"}[5m]))';
    expect(only(NATIVE).indicator).toMatchObject({
      definition: {
        kind: "evaluated",
        outcome: "good",
        total: `histogram_count(${rate})`,
        query: `histogram_fraction(0, 0.2, ${rate}) * histogram_count(${rate})`,
      },
    });
    expect(only(GAUGE).indicator).toMatchObject({
      definition: {
        kind: "evaluated",
        outcome: "good",
        total: 'count(probe_success{job="shop"})',
        query: 'sum(probe_success{job="shop"})',
      },
    });
  });

  it("has a budget for each group, which alerts by itself", () => {
    for (const [text, kind] of [
      [RATIO, "increments"],
      [LATENCY, "increments"],
      [NATIVE, "evaluated"],
      [GAUGE, "evaluated"],
    ] as const) {
      const slo = only(`${text}      grouping: [handler, "k8s.pod"]\n`);
      expect(slo.groupBy).toEqual({ keys: ["handler", "k8s.pod"], limit: 50, alerts: "each" });
      expect(slo.indicator).toMatchObject({ definition: { kind } });
    }
    expect(only(`${RATIO}      grouping: []\n`).groupBy).toBeUndefined();
  });

  it("is told where it groups by what is no group", () => {
    expect(problems(`${RATIO}      grouping: [le]\n`)).toEqual([
      "16:17 error spec.indicator.ratio.grouping: le is no label to group by",
    ]);
    expect(problems(`${RATIO}      grouping: handler\n`)).toEqual([
      '16:17 error spec.indicator.ratio.grouping: expected a list, found the text "handler"',
    ]);
  });

  it("is refused where Pyrra refuses it", () => {
    const refused = (text: string): string => problems(text).join("\n");
    expect(refused(RATIO.replace('"99.5"', '"101"'))).toContain("101 is not a target");
    expect(refused(RATIO.replace('"99.5"', '"most"'))).toContain('"most" is not a percentage');
    expect(refused(RATIO.replace('"99.5"', "99.5"))).toContain("expected a text, found the number 99.5");
    expect(refused(RATIO.replace("window: 4w", "window: 4 weeks"))).toContain("is not a duration");
    expect(refused(RATIO.replace("ratio:", "ratios:"))).toContain('unknown field "ratios"');
    expect(refused(LATENCY.replace(',le="0.3"', ""))).toContain("success does not say which bucket");
    expect(refused(RATIO.replace("'http_requests_total{job=\"shop\"}'", "sum(x)"))).toContain(
      "the metric is not a selector",
    );
    expect(refused(NATIVE.replace("200ms", "fast"))).toContain('"fast" is not a duration');
  });
});
