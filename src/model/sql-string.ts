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

/** Text with what ClickHouse's escaped formats reserve written as escapes, single quotes included. */
export function escapeSqlText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- NUL and \b are among the characters that must be escaped
  return text.replace(/[\\'\0\b\f\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}

/** A ClickHouse string literal, quotes included; safe for any text without lone surrogates. */
export function sqlString(text: string): string {
  return `'${escapeSqlText(text)}'`;
}
