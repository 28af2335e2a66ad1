import type { Expr, Matcher, VectorSelector } from "./ast.ts";

/** The query with these matchers added to every selector: what it would say if no other series were stored. */
export function narrowQuery(expr: Expr, matchers: readonly Matcher[]): Expr {
  const narrow = (inner: Expr): Expr => narrowQuery(inner, matchers);
  switch (expr.type) {
    case "number":
    case "string":
      return expr;
    case "selector":
      return narrowSelector(expr, matchers);
    case "matrix":
      return { ...expr, selector: narrowSelector(expr.selector, matchers) };
    case "subquery":
    case "unary":
    case "paren":
      return { ...expr, operand: narrow(expr.operand) };
    case "binary":
      return { ...expr, left: narrow(expr.left), right: narrow(expr.right) };
    case "aggregate":
      return {
        ...expr,
        operand: narrow(expr.operand),
        parameter: expr.parameter && narrow(expr.parameter),
      };
    case "call": {
      // The second argument of info() says which labels to add; its series have others.
      const isData = (i: number): boolean => expr.name === "info" && i === 1;
      return { ...expr, args: expr.args.map((arg, i) => (isData(i) ? arg : narrow(arg))) };
    }
  }
}

function narrowSelector(selector: VectorSelector, matchers: readonly Matcher[]): VectorSelector {
  const isThere = (matcher: Matcher): boolean =>
    selector.matchers.some(
      ({ label, operator, value }) =>
        label === matcher.label && operator === matcher.operator && value === matcher.value,
    );
  return { ...selector, matchers: [...selector.matchers, ...matchers.filter((one) => !isThere(one))] };
}

/** Every selector of a query, but for those of info() that only add labels. */
export function selectorsOf(expr: Expr): readonly VectorSelector[] {
  switch (expr.type) {
    case "number":
    case "string":
      return [];
    case "selector":
      return [expr];
    case "matrix":
      return [expr.selector];
    case "subquery":
    case "unary":
    case "paren":
      return selectorsOf(expr.operand);
    case "binary":
      return [...selectorsOf(expr.left), ...selectorsOf(expr.right)];
    case "aggregate":
      return [
        ...selectorsOf(expr.operand),
        ...(expr.parameter === undefined ? [] : selectorsOf(expr.parameter)),
      ];
    case "call":
      return expr.args.flatMap((arg, i) => (expr.name === "info" && i === 1 ? [] : selectorsOf(arg)));
  }
}
