/** Longer than that is a mistake, or somebody who wants alerts to be silent. */
const LONGEST_MS = 3_600_000;

/** How long a `Retry-After` asks to wait, at most an hour; undefined where it says nothing that can be read. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LONGEST_MS);
}
