import { HOUR_MS, MINUTE_MS } from "../../model/time.ts";
import { createSimClock } from "./sim-clock.ts";
import type { SimClock } from "./sim-clock.ts";

/**
 * The arithmetic of the demo, for the Workbook's tiers.
 *
 * A page calms when the 30 min window of page-slow holds no more errors, and half as long again: 45 min after the
 * fault. A ticket waits for the 6 h window of ticket-slow, and half as long again: 9 h. At 600 times the real pace
 * that is 4.5 s and 54 s. The other limit is page-slow's short window: 30 min are 3 s, and spans take up to a second
 * from a service through batching and group commit to an evaluation. Much faster, and the window is empty before its
 * spans arrive.
 */
export const DEFAULT_SPEED = 600;
export const MAX_SPEED = 1_200;

const PAGE_CALMS_AFTER_MS = 45 * MINUTE_MS;
const TICKET_CALMS_AFTER_MS = 9 * HOUR_MS;

/** Lengths in real milliseconds. */
export interface Timeline {
  /** Traffic without trouble, so that the windows hold something to compare with. */
  readonly healthyMs: number;
  /** The fault lasts at least so long, and until both receivers have heard of it. */
  readonly faultMs: number;
  /** If they have not heard of it by then, something is wrong. */
  readonly faultLimitMs: number;
  /** When PagerDuty should hear that it is over, after the fault. */
  readonly pageResolvesMs: number;
  /** When Slack should. */
  readonly ticketResolvesMs: number;
  /** If they have not heard by then, something is wrong. */
  readonly recoveryLimitMs: number;
}

/** The timeline at `speed` simulated milliseconds per real one. */
export function timelineAt(speed: number): Timeline {
  const ticketResolvesMs = TICKET_CALMS_AFTER_MS / speed;
  return {
    healthyMs: 8_000,
    faultMs: 5_000,
    faultLimitMs: 25_000,
    pageResolvesMs: PAGE_CALMS_AFTER_MS / speed,
    ticketResolvesMs,
    recoveryLimitMs: ticketResolvesMs * 1.25 + 20_000,
  };
}

/** Starting the service may take so long before the first span. */
const START_UP_LIMIT_MS = 60_000;

/** A clock that begins far enough in the past to be still behind the present when the story ends. */
export function clockFor(speed: number, realNowMs: number): SimClock {
  const { healthyMs, faultLimitMs, recoveryLimitMs } = timelineAt(speed);
  return createSimClock(realNowMs, speed, START_UP_LIMIT_MS + healthyMs + faultLimitMs + recoveryLimitMs);
}
