import type { Expr } from "../ast.ts";

/** Functions whose value follows the time of evaluation even when their argument does not. */
const FOLLOW_THE_TIME = new Set([
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "days_in_month",
  "hour",
  "minute",
  "month",
  "predict_linear",
  "time",
  "timestamp",
  "year",
]);

/** True when an expression has the same value at every step of a query, as those under an `@` have. */
export function isStepInvariant(expr: Expr): boolean {
  switch (expr.type) {
    case "number":
    case "string":
      return true;
    case "selector":
      return expr.at !== undefined;
    case "matrix":
      return expr.selector.at !== undefined;
    case "subquery":
      return expr.at !== undefined;
    case "unary":
    case "paren":
      return isStepInvariant(expr.operand);
    case "binary":
      return isStepInvariant(expr.left) && isStepInvariant(expr.right);
    case "aggregate":
      return (
        isStepInvariant(expr.operand) && (expr.parameter === undefined || isStepInvariant(expr.parameter))
      );
    case "call":
      return !FOLLOW_THE_TIME.has(expr.name) && expr.args.every(isStepInvariant);
  }
}
