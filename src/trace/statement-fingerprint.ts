/** A longer statement is cut: its beginning tells it apart. */
const LONGEST = 2_000;

/**
 * A database statement without what varies: `SELECT * FROM t WHERE id = 7 AND x IN (1, 2)` is `SELECT * FROM t WHERE id = ? AND x IN
 * (?)`. Literals, numbers, parameters and comments are taken out, lists of values become one, and white space one space.
 */
export function statementFingerprint(statement: string): string {
  return statement
    .slice(0, LONGEST)
    .replaceAll(/\/\*.*?(\*\/|$)/gs, " ")
    .replaceAll(/--[^\n]*/g, " ")
    .replaceAll(/'(?:[^'\\]|''|\\.)*('|$)/gs, "?")
    .replaceAll(/\$\d+|(?<![\w:]):\w+|%s|@p\d+/g, "?")
    .replaceAll(/\b0x[\da-f]+\b|(?<![\w."`])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/gi, "?")
    .replaceAll(/\(\s*\?(?:\s*,\s*\?)*\s*\)(?:\s*,\s*\(\s*\?(?:\s*,\s*\?)*\s*\))*/g, "(?)")
    .replaceAll(/\s+/g, " ")
    .trim();
}
