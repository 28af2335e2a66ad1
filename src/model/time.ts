/** Milliseconds since the Unix epoch, UTC. */
export type TimestampMs = number & { readonly __unit: "TimestampMs" };

/** A length of time in milliseconds; never negative. */
export type DurationMs = number & { readonly __unit: "DurationMs" };

export const timestampMs = (value: number): TimestampMs => value as TimestampMs;
export const durationMs = (value: number): DurationMs => value as DurationMs;

export const MINUTE_MS = durationMs(60_000);
export const HOUR_MS = durationMs(3_600_000);
export const DAY_MS = durationMs(86_400_000);

/** Gives the present; the one way a clock enters. Tests and the demo pass their own. */
export type Now = () => TimestampMs;
