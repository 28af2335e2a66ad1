const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** A time of a case as it is written in expectations, exactly: `12m`, `1d2h`, `-30m`, `0`. */
export function offsetText(ms: number): string {
  let rest = Math.abs(ms);
  let text = "";
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text === "" ? "0" : `${ms < 0 ? "-" : ""}${text}`;
}
