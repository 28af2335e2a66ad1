import type { Expr, Matcher } from "../ast.ts";

/** The matchers of every selector in an expression, in the order of the text. */
export function selectorsOf(expr: Expr): readonly (readonly Matcher[])[] {
  switch (expr.type) {
    case "number":
    case "string":
      return [];
    case "selector":
      return [expr.matchers];
    case "matrix":
      return [expr.selector.matchers];
    case "paren":
    case "unary":
    case "subquery":
      return selectorsOf(expr.operand);
    case "binary":
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)];
    case "aggregate":
      return [
        ...(expr.parameter === undefined ? [] : selectorsOf(expr.parameter)),
        ...selectorsOf(expr.operand),
      ];
    case "call":
      return expr.args.flatMap(selectorsOf);
  }
}
