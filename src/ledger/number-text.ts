/** With commas between thousands; at most `digits` significant ones after the point is reached: `1,234,567.89`. */
export function plainNumber(value: number, digits = 12): string {
  const rounded = Number(value.toPrecision(digits));
  if (rounded === 0) return "0";
  const [whole = "0", fraction] = decimals(rounded).replace("-", "").split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return `${rounded < 0 ? "−" : ""}${grouped}${fraction === undefined ? "" : `.${fraction}`}`;
}

/** Events of metrics and composites may be fractions: as many digits of them as people read. */
export function hundredths(value: number): number {
  return Math.abs(value) < 0.01 ? value : Number(value.toFixed(2));
}

/** As many digits as a pocket calculator shows, `≈` before what is rounded. */
export function resultNumber(value: number, digits = 8): string {
  const isRounded = Math.abs(Number(value.toPrecision(digits)) - value) > Math.abs(value) * 1e-12;
  return `${isRounded ? "≈ " : ""}${plainNumber(value, digits)}`;
}

/** Without an exponent. */
function decimals(value: number): string {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : text;
}

/** RFC 3339 to the second, for people: `2026-10-03 12:00:00 UTC`. */
export function utcText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
