/** More decimals than a double can tell apart at 100. */
const MOST_DECIMALS = 13;

/**
 * A ratio (1 = 100 %) for people. Two significant digits of what matters: of the number itself when it is small, of
 * what is missing to 100 % when it is near that. So 0.9999 is `99.99 %`, never `100 %`; 0.000123 is `0.012 %`, never
 * `0 %`; 0.612 is `61 %`. Undefined is `no data`.
 */
export function formatPercent(ratio: number | undefined): string {
  if (ratio === undefined || !Number.isFinite(ratio)) return "no data";
  const percent = ratio * 100;
  const distances = [Math.abs(percent), Math.abs(percent - 100)].filter((distance) => distance > 1e-12);
  const decimals = Math.max(0, ...distances.map(decimalsForTwoDigits));
  const shown = Number(percent.toFixed(Math.min(decimals, MOST_DECIMALS)));
  return `${plainNumber(shown)} %`;
}

function decimalsForTwoDigits(distance: number): number {
  return 1 - Math.floor(Math.log10(distance));
}

/** Without an exponent and without a minus before nothing. */
function plainNumber(value: number): string {
  if (value === 0) return "0";
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : text;
}
