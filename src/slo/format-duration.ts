const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/**
 * A length of time for people: the largest unit and the one below it, rounded down, so that a time left is never
 * promised longer than it is: `2 h 10 min`, `30 d`, `45 s`, `350 ms`. Nothing and less is `0 s`.
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms <= 0) return "0 s";
  if (ms < 1_000) return ms < 1 ? "under 1 ms" : `${Math.floor(ms)} ms`;
  const first = UNITS.findIndex(([, unitMs]) => ms >= unitMs);
  const [unit, unitMs] = UNITS[first]!;
  const whole = `${Math.floor(ms / unitMs)} ${unit}`;
  const below = UNITS[first + 1];
  const rest = below === undefined ? 0 : Math.floor((ms % unitMs) / below[1]);
  return below === undefined || rest === 0 ? whole : `${whole} ${rest} ${below[0]}`;
}

/** The shorthand of specs and of window names: `5m`, `6h`, `3d`, `90s`; the largest unit that divides the length. */
export function windowName(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ["ms", 1];
  return `${ms / unitMs}${unit === "min" ? "m" : unit}`;
}
