import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { fakeSlo } from "../record/fake-slos.ts";
import type { Slo } from "../slo/slo.ts";
import { buildReport, type PeriodCounts } from "./build-report.ts";
import { parsePeriod } from "./report-period.ts";
import type { Report } from "./report.ts";

const NOW_MS = Date.UTC(2026, 10, 3, 9);

/** A report for tests: October 2026 in Berlin, with an SLO of each kind of trouble. */
export function sampleReport(): Report {
  const parsed = parsePeriod("2026-10", NOW_MS, "Europe/Berlin");
  if (!parsed.ok) throw new Error(parsed.problem);
  const { period, previous } = parsed;
  const fired = (sloName: string, id: string, severity: "critical" | "warning", day: number, ms: number) => ({
    id,
    sloName,
    alertKey: severity,
    severity,
    tier: severity === "critical" ? "page-quick" : "ticket-slow",
    firedMs: period.startMs + day * DAY_MS,
    resolvedMs: period.startMs + day * DAY_MS + ms,
  });
  return buildReport({
    nowMs: NOW_MS,
    period,
    previous,
    slos: SLOS,
    counted: new Map([
      ["payment-availability", counts(2_592_000, 1_901)],
      ["payment-latency", counts(2_592_000, 14_100, { total: 2_680_000, bad: 61_000 })],
      ["search-freshness", counts(8_928, 12, undefined, 29)],
      ["cart-availability", counts(120_000, 160, undefined, 12)],
      ["export", counts(0, 0, undefined, 0)],
    ]),
    countedBefore: new Map([
      ["payment-availability", counts(2_411_000, 2_700)],
      ["payment-latency", counts(2_411_000, 9_020)],
    ]),
    coveredFromMs: ({ name }) => (name === "cart-availability" ? period.endMs - 12 * DAY_MS : 0),
    episodes: [
      fired("payment-availability", "e1", "critical", 2.5, 2 * HOUR_MS + 10 * MINUTE_MS),
      fired("payment-availability", "e2", "warning", 2.5, 9 * HOUR_MS),
      fired("search-freshness", "e3", "warning", 20, 40 * MINUTE_MS),
    ],
    episodesKeptFromMs: 0,
    redefined: new Set(["payment-latency"]),
  });
}

const SLOS: readonly Slo[] = [
  fakeSlo({ name: "payment-availability", displayName: "Payments work", owner: "payments" }),
  fakeSlo({ name: "payment-latency", displayName: "Payments are quick", owner: "payments", target: 0.99 }),
  fakeSlo({ name: "search-freshness", displayName: "search-freshness", service: "search", target: 0.995 }),
  fakeSlo({ name: "cart-availability", displayName: "Cart | <b>works</b>", service: "cart", owner: "shop" }),
  fakeSlo({ name: "export", displayName: "=HYPERLINK(1)", service: "cart", owner: "shop" }),
];

function counts(
  total: number,
  bad: number,
  raw: { readonly total: number; readonly bad: number } = { total, bad },
  eventDays = 31,
): PeriodCounts {
  const of = (all: number, failed: number, target: number) => ({
    counts: { good: all - failed, total: all },
    remainingRatio: all === 0 ? undefined : 1 - failed / all / (1 - target),
  });
  const target = total === 8_928 ? 0.995 : bad > 5_000 ? 0.99 : 0.999;
  return { ...of(total, bad, target), raw: of(raw.total, raw.bad, target), eventDays };
}
