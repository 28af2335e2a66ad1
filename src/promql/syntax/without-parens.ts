import type { Expr } from "../ast.ts";

/** The expression within any parentheses around it. */
export function withoutParens(expr: Expr): Exclude<Expr, { type: "paren" }> {
  let inner = expr;
  while (inner.type === "paren") inner = inner.operand;
  return inner;
}
