import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { workbookAlerts } from "../slo/workbook-tiers.ts";
import { parseAlertTiers, printAlertTiers, type WrittenTier } from "./alert-tiers.ts";
import { loadSpecs } from "./load-specs.ts";

const MONTH = durationMs(30 * DAY_MS);

describe("alert tiers", () => {
  it("by the names of the Workbook's are those of the default", () => {
    const text = "page-quick, page-slow, ticket-quick, ticket-slow";
    expect(parseAlertTiers(text, MONTH, 0.999)).toEqual({ ok: true, alerts: workbookAlerts(MONTH, 0.999) });
    expect(parseAlertTiers("none", MONTH, 0.999)).toEqual({ ok: true, alerts: [] });
  });

  it("that are written are read back as they were", () => {
    const tier: fc.Arbitrary<WrittenTier> = fc.record({
      name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/),
      severity: fc.constantFrom("critical", "warning"),
      longWindowMs: fc.integer({ min: 61, max: 40_000 }).map((minutes) => minutes * MINUTE_MS),
      shortWindowMs: fc.option(
        fc.integer({ min: 1, max: 3_600 }).map((seconds) => seconds * 1_000),
        { nil: undefined },
      ),
      burnThreshold: fc.integer({ min: 1, max: 1_000_000 }).map((value) => value / 1_000),
      alertAfterMs: fc.constantFrom(0, MINUTE_MS, HOUR_MS, 90_000),
    });
    const tiers = fc.uniqueArray(tier, { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(tiers, (written) => {
        const parsed = parseAlertTiers(printAlertTiers(written), MONTH, 0.999);
        expect(parsed.ok).toBe(true);
        const read = parsed.ok ? parsed.alerts : [];
        for (const severity of ["critical", "warning"] as const) {
          const expected = written.filter((row) => row.severity === severity);
          const alert = read.find((candidate) => candidate.severity === severity);
          expect(
            (alert?.tiers ?? []).map((row) => ({
              name: row.name,
              severity,
              longWindowMs: row.longWindowMs,
              shortWindowMs: row.shortWindowMs,
              burnThreshold: row.burnThreshold,
              alertAfterMs: row.alertAfterMs,
            })),
          ).toEqual(expected);
        }
      }),
    );
  });

  it("say what is wrong with them", () => {
    for (const text of [
      "",
      "page",
      "a critical 1h/5m",
      "a urgent 1h/5m x2",
      "a critical 5m/1h x2",
      "a critical 1h/5m x0",
    ])
      expect(parseAlertTiers(text, MONTH, 0.999), text).toMatchObject({ ok: false });
    expect(parseAlertTiers("page-quick, page-quick", MONTH, 0.999)).toMatchObject({
      message: '"page-quick" is there twice',
    });
  });

  it("replace the default of an OpenSLO document, and are reported in their place", () => {
    const document = (tiers: string): string => `apiVersion: openslo/v1
kind: SLO
metadata:
  name: a
  annotations:
    noroshi.dev/alert-tiers: ${tiers}
spec:
  service: a
  budgetingMethod: Occurrences
  timeWindow: [{duration: 7d, isRolling: true}]
  indicator:
    metadata: {name: i}
    spec:
      ratioMetric:
        good: {metricSource: {type: traces, spec: {query: '{ status = ok }'}}}
        total: {metricSource: {type: traces, spec: {query: '{ kind = server }'}}}
  objectives: [{target: 0.9}]
`;
    const load = (tiers: string): ReturnType<typeof loadSpecs> =>
      loadSpecs([{ path: "a.yaml", text: document(tiers) }]);
    const { slos, diagnostics } = load("ticket-slow, fast critical 30m/2m x5");
    expect(diagnostics).toEqual([]);
    expect(slos[0]!.alerts.map(({ key, tiers }) => [key, tiers.map(({ name }) => name)])).toEqual([
      ["critical", ["fast"]],
      ["warning", ["ticket-slow"]],
    ]);
    expect(load("page-fast")).toMatchObject({ slos: [], diagnostics: [{ line: 6, severity: "error" }] });
    expect(load("fast critical 30m/2m x20").diagnostics[0]!.message).toContain("can never fire: fast (20)");
    expect(load("fast critical 30d x2").diagnostics[0]!.message).toContain("looks back further");
  });
});
