import { DAY_MS, HOUR_MS, MINUTE_MS, type DurationMs } from "../../model/time.ts";
import type { WrittenTier } from "../alert-tiers.ts";

const BASE_MS = 28 * DAY_MS;

/**
 * Pyrra's four alerts for an SLO window of 28 days. For other windows all times shrink and grow with it, rounded to
 * whole minutes; the burn rates stay.
 * @see https://github.com/pyrra-dev/pyrra#multi-burn-rate-alerts
 */
const BASE_TIERS: readonly WrittenTier[] = [
  {
    name: "page-quick",
    severity: "critical",
    longWindowMs: HOUR_MS,
    shortWindowMs: 5 * MINUTE_MS,
    burnThreshold: 14,
    alertAfterMs: 2 * MINUTE_MS,
  },
  {
    name: "page-slow",
    severity: "critical",
    longWindowMs: 6 * HOUR_MS,
    shortWindowMs: 30 * MINUTE_MS,
    burnThreshold: 7,
    alertAfterMs: 15 * MINUTE_MS,
  },
  {
    name: "ticket-quick",
    severity: "warning",
    longWindowMs: DAY_MS,
    shortWindowMs: 2 * HOUR_MS,
    burnThreshold: 2,
    alertAfterMs: HOUR_MS,
  },
  {
    name: "ticket-slow",
    severity: "warning",
    longWindowMs: 4 * DAY_MS,
    shortWindowMs: 6 * HOUR_MS,
    burnThreshold: 1,
    alertAfterMs: 3 * HOUR_MS,
  },
];

/** Pyrra's tiers for an SLO window. One whose windows would come to nothing is left out. */
export function pyrraTiers(windowMs: DurationMs): readonly WrittenTier[] {
  const scaled = (ms: number): number => Math.round((ms * windowMs) / BASE_MS / MINUTE_MS) * MINUTE_MS;
  return BASE_TIERS.map((tier) => ({
    ...tier,
    longWindowMs: scaled(tier.longWindowMs),
    shortWindowMs: scaled(tier.shortWindowMs!),
    alertAfterMs: scaled(tier.alertAfterMs),
  })).filter(({ longWindowMs, shortWindowMs }) => shortWindowMs > 0 && longWindowMs > shortWindowMs);
}
