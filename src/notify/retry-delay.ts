import type { Severity } from "../slo/slo.ts";
import type { SendOutcome } from "../alert/notification.ts";

const FIRST_MS = 1_000;
/** A page that waits for its receiver to come back should arrive soon after it does. */
const LONGEST_MS: Readonly<Record<Severity, number>> = { critical: 60_000, warning: 300_000 };
/** Where a rate limit says no time. */
const RATE_LIMIT_MS = 5_000;

/**
 * How long to wait after attempt number `attempt` (from 1): doubling from 1 s up to 1 min for critical ones and 5 min for
 * the rest, the second half of it random, so that what failed together does not return together. Never less than the
 * receiver asked for.
 * @param random 0 <= random < 1
 */
export function retryDelayMs(
  outcome: Extract<SendOutcome, { kind: "retry" }>,
  attempt: number,
  severity: Severity,
  random: number,
): number {
  const doubled = Math.min(LONGEST_MS[severity], FIRST_MS * 2 ** Math.min(attempt - 1, 30));
  const backOff = doubled * (0.5 + random / 2);
  const asked = outcome.afterMs ?? (outcome.holdAddress === true ? RATE_LIMIT_MS : 0);
  return Math.round(Math.max(backOff, asked * (1 + random / 10)));
}
