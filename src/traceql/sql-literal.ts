const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  "\0": "\\0",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/**
 * A ClickHouse string literal, quotes included; safe for any text without lone surrogates. Literals and not parameters,
 * because the conditions of hundreds of indicators are put together into one statement.
 */
export function sqlString(value: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL and \b are among the characters that must be escaped
  return `'${value.replace(/[\\'\0\b\f\n\r\t]/g, (character) => ESCAPES[character] ?? character)}'`;
}

/** A finite number as a ClickHouse literal of the same value. */
export function sqlNumber(value: bigint | number): string {
  if (typeof value === "bigint") {
    // -9223372036854775808 would be read as the negation of a UInt64.
    return value === -(2n ** 63n) ? "toInt64('-9223372036854775808')" : String(value);
  }
  if (!Number.isFinite(value)) throw new TypeError(`not a finite number: ${value}`);
  return `toFloat64('${value}')`;
}
