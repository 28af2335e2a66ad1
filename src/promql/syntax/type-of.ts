import type { Expr, ValueType } from "../ast.ts";
import { FUNCTION_SIGNATURES } from "./function-signatures.ts";

/** As people know them. */
export const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  scalar: "scalar",
  vector: "instant vector",
  matrix: "range vector",
  string: "string",
};

/** What an expression gives; its parts are taken to fit. */
export function typeOf(expr: Expr): ValueType {
  switch (expr.type) {
    case "number":
      return "scalar";
    case "string":
      return "string";
    case "selector":
    case "aggregate":
      return "vector";
    case "matrix":
    case "subquery":
      return "matrix";
    case "binary":
      // Both sides have been found to be scalars or vectors.
      return expr.matching !== undefined || typeOf(expr.left) === "vector" ? "vector" : typeOf(expr.right);
    case "unary":
    case "paren":
      return typeOf(expr.operand);
    case "call":
      return FUNCTION_SIGNATURES.get(expr.name)?.result ?? "vector";
  }
}
