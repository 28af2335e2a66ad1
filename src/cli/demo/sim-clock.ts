import { timestampMs } from "../../model/time.ts";
import type { Now, TimestampMs } from "../../model/time.ts";

/**
 * A clock that begins in the past and runs `speed` times as fast as the real one. Once it has caught up with the
 * present it goes on at the real pace: it never shows a future time. Plain data, so that two processes can share it.
 */
export interface SimClock {
  readonly realStartMs: number;
  readonly simStartMs: number;
  /** Simulated milliseconds per real one, >= 1. */
  readonly speed: number;
}

/** A clock that catches up with the present `durationMs` real milliseconds after `realStartMs`; at speed 1 it is the real one. */
export function createSimClock(realStartMs: number, speed: number, durationMs: number): SimClock {
  if (!(speed >= 1)) throw new RangeError(`the speed of a simulated clock is at least 1, not ${speed}`);
  return { realStartMs, simStartMs: Math.round(realStartMs - (speed - 1) * durationMs), speed };
}

/** Simulated time at a real time, in milliseconds; whole, and never after `realMs`. */
export function simTimeAt(clock: SimClock, realMs: number): TimestampMs {
  const elapsed = Math.max(0, realMs - clock.realStartMs);
  return timestampMs(Math.min(Math.floor(clock.simStartMs + elapsed * clock.speed), Math.floor(realMs)));
}

/** The simulated present. */
export function simNow(clock: SimClock, realNow: () => number): Now {
  return () => simTimeAt(clock, realNow());
}

/** One line of text for the environment of a child process. */
export function formatSimClock(clock: SimClock): string {
  return `${clock.realStartMs},${clock.simStartMs},${clock.speed}`;
}

/** The clock in `formatSimClock`'s text; undefined when it is not one. */
export function parseSimClock(text: string): SimClock | undefined {
  const [realStartMs, simStartMs, speed, ...rest] = text.split(",").map(Number);
  if (rest.length > 0 || speed === undefined || simStartMs === undefined || realStartMs === undefined)
    return undefined;
  if (![realStartMs, simStartMs, speed].every(Number.isFinite) || speed < 1) return undefined;
  return { realStartMs, simStartMs, speed };
}
