import { METRIC_NAME } from "../../model/labels.ts";
import type { Aggregate, Call, Expr, ValueType, VectorSelector } from "../ast.ts";
import { FUNCTION_SIGNATURES } from "./function-signatures.ts";
import { goQuote } from "./go-quote.ts";
import { compileMatcher } from "./label-matcher.ts";
import { ParseFailure } from "./parse-failure.ts";
import { TYPE_NAMES, typeOf } from "./type-of.ts";

/** Throws ParseFailure where the parts of an expression do not fit together. */
export function checkTypes(expr: Expr): void {
  switch (expr.type) {
    case "number":
    case "string":
      return;
    case "selector":
      return checkSelector(expr);
    case "matrix":
      return checkSelector(expr.selector);
    case "subquery":
    case "paren":
      return checkTypes(expr.operand);
    case "unary":
      return checkUnary(expr.operand, expr.range);
    case "binary":
      checkTypes(expr.left);
      return checkTypes(expr.right);
    case "aggregate":
      return checkAggregate(expr);
    case "call":
      return checkCall(expr);
  }
}

/** At least one matcher must refuse an absent label, lest a slip of the pen selects everything. */
function checkSelector(selector: VectorSelector): void {
  if (
    selector.matchers.some(
      ({ label, operator, value }) => label === METRIC_NAME && operator === "=" && value !== "",
    )
  ) {
    return;
  }
  if (selector.matchers.some((matcher) => !compileMatcher(matcher)(""))) return;
  throw new ParseFailure("vector selector must contain at least one non-empty matcher", selector.range);
}

function checkUnary(operand: Expr, range: Expr["range"]): void {
  checkTypes(operand);
  const type = typeOf(operand);
  if (type === "scalar" || type === "vector") return;
  const got = goQuote(TYPE_NAMES[type]);
  throw new ParseFailure(
    `unary expression only allowed on expressions of type scalar or instant vector, got ${got}`,
    range,
  );
}

function expectType(expr: Expr, wanted: ValueType, context: string): void {
  checkTypes(expr);
  const type = typeOf(expr);
  if (type === wanted) return;
  throw new ParseFailure(
    `expected type ${TYPE_NAMES[wanted]} in ${context}, got ${TYPE_NAMES[type]}`,
    expr.range,
  );
}

function checkAggregate(aggregate: Aggregate): void {
  expectType(aggregate.operand, "vector", "aggregation expression");
  if (aggregate.parameter === undefined) return;
  const wanted = aggregate.operator === "count_values" ? "string" : "scalar";
  expectType(aggregate.parameter, wanted, "aggregation parameter");
}

function checkCall(call: Call): void {
  const signature = FUNCTION_SIGNATURES.get(call.name)!;
  const given = call.args.length;
  const { required, most, args } = signature;
  const wrong = (quantity: string): ParseFailure =>
    new ParseFailure(
      `expected ${quantity} argument(s) in call to ${goQuote(call.name)}, got ${given}`,
      call.range,
    );
  if (required === most && given !== required) throw wrong(`${required}`);
  if (given < required) throw wrong(`at least ${required}`);
  if (given > most) throw wrong(`at most ${most}`);
  const isInfo = call.name === "info";
  for (const [i, arg] of call.args.entries()) {
    if (isInfo && i === 1) checkInfoLabels(arg);
    else expectType(arg, args[Math.min(i, args.length - 1)]!, `call to function ${goQuote(call.name)}`);
  }
}

/** The second argument of info() is a set of matchers in the shape of a selector; it may match everything. */
function checkInfoLabels(arg: Expr): void {
  if (arg.type !== "selector") throw new ParseFailure("expected label selectors only", arg.range);
  if (arg.name !== "") {
    throw new ParseFailure("expected label selectors only, got vector selector instead", arg.range);
  }
}
