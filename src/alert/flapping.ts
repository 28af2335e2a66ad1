import type { DurationMs, TimestampMs } from "../model/time.ts";

/** When an alert flaps: it fired so often within so long. */
export interface FlapRule {
  /** The new episode included, >= 2. */
  readonly episodes: number;
  readonly withinMs: number;
  /** How long a recovery of an alert that flaps must last before its episode closes. */
  readonly holdMs: number;
}

/** What an episode says of it: fixed when it fires, and the same after a restart. */
export interface Flapping {
  /** How often the alert fired within `withinMs`, this time included. */
  readonly times: number;
  readonly withinMs: number;
  readonly holdMs: number;
}

/** Looks for flapping in the times at which earlier episodes of the alert fired. */
export interface FlapWatch {
  readonly rule: FlapRule;
  readonly firedAt: readonly number[];
}

/** What is to be said of an alert that fires at `at`; undefined: it does not flap. */
export function flappingAt(
  { rule: { episodes, withinMs, holdMs }, firedAt }: FlapWatch,
  at: TimestampMs,
): Flapping | undefined {
  const times = 1 + firedAt.filter((firedMs) => firedMs > at - withinMs).length;
  return times < episodes ? undefined : { times, withinMs, holdMs };
}

/** How long a tier must be calm before the episode may close. */
export function calmNeededMs(resolveAfterMs: DurationMs, flapping: Flapping | undefined): number {
  return Math.max(resolveAfterMs, flapping?.holdMs ?? 0);
}
