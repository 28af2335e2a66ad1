import { DAY_MS, HOUR_MS, timestampMs, type TimestampMs } from "../model/time.ts";
import { instantOf, wallTimeAt } from "../slo/zoned-time.ts";
import type { TellingPolicy } from "./notification.ts";

/**
 * When what happens at `at` is told: the next of the digest's hours on the clocks of its zone, `at` itself included. An hour
 * that clocks skip comes as much after the change as it would have been; of one that they show twice it is the first.
 */
export function nextDigest(
  { hours, timeZone }: NonNullable<TellingPolicy["digest"]>,
  at: TimestampMs,
): TimestampMs {
  const midnight = Math.floor(wallTimeAt(at, timeZone) / DAY_MS) * DAY_MS;
  // Two days ahead: tomorrow may lack the hour, or clocks may go back past midnight.
  const instants = [-1, 0, 1, 2].flatMap((day) =>
    hours.map((hour) => instantOf(midnight + day * DAY_MS + hour * HOUR_MS, timeZone)),
  );
  return timestampMs(Math.min(...instants.filter((instant) => instant >= at)));
}
