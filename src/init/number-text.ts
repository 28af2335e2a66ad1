/** `1,234,567`. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A length as specs write it, to three digits: `0.8ms`, `300ms`, `1.5s`, `26h`. */
export function lengthText(ms: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
  ] as const;
  const whole = units.find(([, size]) => ms >= size && ms % size === 0);
  if (whole !== undefined) return `${ms / whole[1]}${whole[0]}`;
  return ms < 1_000 ? `${rounded(ms)}ms` : `${rounded(ms / 1_000)}s`;
}

/** To three digits, or to the unit where there are more. */
function rounded(value: number): number {
  return value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
