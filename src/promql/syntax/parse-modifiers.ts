import type { AtModifier, Expr, MatrixSelector, Subquery, VectorSelector } from "../ast.ts";
import {
  isNumberNext,
  parsePositiveDuration,
  parseSignedDuration,
  parseSignedNumber,
} from "./number-literal.ts";
import { ParseFailure } from "./parse-failure.ts";
import type { TokenCursor } from "./token-cursor.ts";
import { TYPE_NAMES, typeOf } from "./type-of.ts";

/** Milliseconds beyond which a time cannot be told: as far as int64 seconds reach in Prometheus, times fit a number here. */
const MAX_TIME_MS = 2 ** 63;

/** Reads what may follow an expression and binds tightest: `[5m]`, `[1h:1m]`, `offset 5m`, `@ 1609746000`. */
export function parseModifiers(cursor: TokenCursor, operand: Expr): Expr {
  let expr = operand;
  let offsetSeen = false;
  for (;;) {
    const token = cursor.peek();
    if (token.type === "symbol" && token.text === "[") {
      expr = parseRange(cursor, expr, offsetSeen);
      offsetSeen = false;
    } else if (token.keyword === "offset") {
      cursor.next();
      expr = withOffset(expr, offsetSeen, cursor);
      offsetSeen = true;
    } else if (token.type === "symbol" && token.text === "@") {
      cursor.next();
      expr = withAt(expr, cursor);
    } else {
      return expr;
    }
  }
}

function parseRange(cursor: TokenCursor, operand: Expr, offsetSeen: boolean): MatrixSelector | Subquery {
  const open = cursor.next();
  const windowMs = parsePositiveDuration(cursor, "subquery or range selector");
  const { start } = operand.range;
  if (cursor.accept(":") !== undefined) {
    const stepMs = isNumberNext(cursor) ? parsePositiveDuration(cursor, "subquery selector") : undefined;
    const expected = stepMs === undefined ? 'number, duration, or "]"' : '"]"';
    const close = cursor.accept("]");
    if (close === undefined) throw cursor.unexpected("subquery selector", expected);
    const range = { start, end: close.end };
    const type = typeOf(operand);
    if (type !== "vector") {
      const message = `subquery is only allowed on instant vector, got ${TYPE_NAMES[type]} instead`;
      throw new ParseFailure(message, range);
    }
    return { type: "subquery", operand, windowMs, stepMs, offsetMs: 0, at: undefined, range };
  }
  const close = cursor.accept("]");
  if (close === undefined) throw cursor.unexpected("subquery or range", '":" or "]"');
  const brackets = { start: open.start, end: close.end };
  if (operand.type !== "selector") {
    throw new ParseFailure("ranges only allowed for vector selectors", brackets);
  }
  if (offsetSeen) throw new ParseFailure("no offset modifiers allowed before range", brackets);
  if (operand.at !== undefined) throw new ParseFailure("no @ modifiers allowed before range", brackets);
  return { type: "matrix", selector: operand, windowMs, range: { start, end: close.end } };
}

function withOffset(expr: Expr, offsetSeen: boolean, cursor: TokenCursor): Expr {
  const offsetMs = parseSignedDuration(cursor, "offset");
  const set = selectorOf(expr, "offset");
  if (offsetSeen) throw new ParseFailure("offset may not be set multiple times", expr.range);
  return extend(expr, { ...set, offsetMs }, cursor);
}

function withAt(expr: Expr, cursor: TokenCursor): Expr {
  const set = selectorOf(expr, "@");
  const at = parseAt(cursor);
  if (set.at !== undefined) throw new ParseFailure("@ <timestamp> may not be set multiple times", expr.range);
  return extend(expr, { ...set, at }, cursor);
}

function parseAt(cursor: TokenCursor): AtModifier {
  const token = cursor.peek();
  const kind = token.type === "word" ? token.text.toLowerCase() : "";
  if (kind === "start" || kind === "end") {
    cursor.next();
    cursor.expect("(", "@");
    cursor.expect(")", "@");
    return { kind };
  }
  const seconds = parseSignedNumber(cursor, "@", "timestamp");
  const timeMs = roundHalfAway(seconds * 1_000);
  if (!(Math.abs(timeMs) < MAX_TIME_MS)) {
    throw new ParseFailure(`timestamp out of bounds for @ modifier: ${seconds}`, token);
  }
  return { kind: "time", timeMs };
}

function roundHalfAway(value: number): number {
  // `+ 0` turns -0 into 0.
  return Math.sign(value) * Math.round(Math.abs(value)) + 0;
}

/** The node whose offset and @ a modifier sets. */
function selectorOf(expr: Expr, modifier: "offset" | "@"): VectorSelector | Subquery {
  if (expr.type === "selector" || expr.type === "subquery") return expr;
  if (expr.type === "matrix") return expr.selector;
  const what =
    "modifier must be preceded by an instant vector selector or range vector selector or a subquery";
  throw new ParseFailure(`${modifier} ${what}`, expr.range);
}

function extend(expr: Expr, set: VectorSelector | Subquery, cursor: TokenCursor): Expr {
  const range = { start: expr.range.start, end: cursor.lastEnd() };
  if (expr.type === "matrix" && set.type === "selector") return { ...expr, selector: set, range };
  return { ...set, range };
}
