const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS_MS: readonly number[] = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1_000, 1];
/** As far as Go's int64 nanoseconds reach: some 292 years. */
const MAX_MS = 9_223_372_036_854;

/** `5m`, `1h30m`, `1d`, `500ms`, each unit once and the largest first, as Prometheus reads them; undefined when it is none. Milliseconds. */
export function parseDurationText(text: string): number | undefined {
  if (text === "0") return 0;
  const found = DURATION.exec(text);
  if (found === null || text === "") return undefined;
  let totalMs = 0;
  for (const [i, unitMs] of UNITS_MS.entries()) totalMs += Number(found[i + 1] ?? 0) * unitMs;
  return totalMs <= MAX_MS ? totalMs : undefined;
}

/** Seconds as a duration in whole milliseconds; undefined when it is not one (NaN, beyond some 292 years). */
export function durationOfSeconds(seconds: number): number | undefined {
  const ms = Math.trunc(Math.round(seconds * 1e9) / 1e6);
  return Math.abs(ms) <= MAX_MS ? ms : undefined;
}

const PRINTED_UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["y", 31_536_000_000],
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/** The text that parseDurationText reads back: `1h30m`; years, weeks and days only where they come out even. Not negative. */
export function printDuration(ms: number): string {
  if (ms === 0) return "0s";
  let rest = ms;
  let text = "";
  for (const [unit, unitMs] of PRINTED_UNITS) {
    const exactOnly = unitMs > 3_600_000;
    if (rest < unitMs || (exactOnly && rest % unitMs !== 0)) continue;
    text += `${Math.floor(rest / unitMs)}${unit}`;
    rest %= unitMs;
  }
  return text;
}
