/** A finite number as a ClickHouse literal of the same value. */
export function sqlNumber(value: bigint | number): string {
  if (typeof value === "bigint") {
    // -9223372036854775808 would be read as the negation of a UInt64.
    return value === -(2n ** 63n) ? "toInt64('-9223372036854775808')" : String(value);
  }
  if (!Number.isFinite(value)) throw new TypeError(`not a finite number: ${value}`);
  return `toFloat64('${value}')`;
}
