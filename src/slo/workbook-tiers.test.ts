import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs } from "../model/time.ts";
import { WORKBOOK_TIERS, tiersFor, workbookAlerts } from "./workbook-tiers.ts";

const days = (count: number) => durationMs(count * DAY_MS);

describe("tiersFor", () => {
  it("gives the Workbook's burn rates at 30 d", () => {
    expect(tiersFor(days(30), 0.999).map(({ tier }) => [tier.name, tier.burnThreshold])).toEqual([
      ["page-quick", 14.4],
      ["page-slow", 6],
      ["ticket-quick", 3],
      ["ticket-slow", 1],
    ]);
  });

  it("scales the burn with the window: fraction x window / long window, never below 1", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (count) => {
        for (const { tier } of tiersFor(days(count), 0.99)) {
          const row = WORKBOOK_TIERS.find((candidate) => candidate.name === tier.name)!;
          const burn = ((row.budgetPercent / 100) * days(count)) / row.longWindowMs;
          expect(tier.burnThreshold).toBeCloseTo(Math.max(1, burn), 9);
          expect(tier.longWindowMs).toBeLessThanOrEqual(days(count));
        }
      }),
    );
  });

  it("leaves out tiers that look back further than the SLO does", () => {
    expect(tiersFor(days(1), 0.99).map(({ tier }) => tier.name)).toEqual([
      "page-quick",
      "page-slow",
      "ticket-quick",
    ]);
    expect(tiersFor(durationMs(30 * MINUTE_MS), 0.99)).toEqual([]);
  });

  it("keeps a tier that cannot be reached and says so", () => {
    expect(tiersFor(days(30), 0.9).map(({ reachable }) => reachable)).toEqual([false, true, true, true]);
    expect(tiersFor(days(30), 0).map(({ reachable }) => reachable)).toEqual([false, false, false, false]);
    expect(tiersFor(days(30), 0.9999).every(({ reachable }) => reachable)).toBe(true);
  });
});

describe("workbookAlerts", () => {
  it("makes one definition of each severity, worst tier first", () => {
    const alerts = workbookAlerts(days(30), 0.9999);
    expect(alerts.map(({ key, tiers }) => [key, tiers.map((tier) => tier.name)])).toEqual([
      ["critical", ["page-quick", "page-slow"]],
      ["warning", ["ticket-quick", "ticket-slow"]],
    ]);
    expect(alerts[0]!.tiers[0]!.resolveAfterMs).toBe(2.5 * MINUTE_MS);
  });

  it("makes no empty definition", () => {
    expect(workbookAlerts(durationMs(6 * HOUR_MS), 0.99).map(({ key }) => key)).toEqual(["critical"]);
    expect(workbookAlerts(durationMs(10 * MINUTE_MS), 0.99)).toEqual([]);
  });
});
