import type { Call, Expr, MatrixSelector, Matcher, Range, VectorSelector } from "./ast.ts";

/** The increases of one metric's series that match; added, or taken off. */
export interface CounterTerm {
  readonly sign: 1 | -1;
  readonly metric: string;
  /** Of other labels than the name. */
  readonly matchers: readonly Matcher[];
}

export type CounterTermsResult =
  | { readonly ok: true; readonly terms: readonly CounterTerm[] }
  /** `range`: of the part that cannot be counted by increments. */
  | { readonly ok: false; readonly reason: string; readonly range: Range };

/** What the terms seen so far have in common; they must, or their sum has no meaning as a count. */
interface Common {
  /** `rate` and `increase` are not to be mixed, nor either with bare counters. */
  form: "rate" | "increase" | "counter" | undefined;
  windowMs: number | undefined;
}

interface Context {
  /** A selector without rate() stands for the increases of its counters. */
  readonly bareCounters: boolean;
  readonly common: Common;
  readonly terms: CounterTerm[];
}

interface Refusal {
  readonly reason: string;
  readonly range: Range;
}

/**
 * Reads a query as a sum of counter increases: `sum(rate(…))`, `sum(increase(…))`, with `bareCounters` also
 * `sum(counter)`, joined by + and -. As a count rate and increase mean the same: each increase counts once, when it
 * happened. What has another meaning for each series or each time is refused with the reason.
 */
export function counterTerms(query: Expr, options: { readonly bareCounters: boolean }): CounterTermsResult {
  const context: Context = {
    bareCounters: options.bareCounters,
    common: { form: undefined, windowMs: undefined },
    terms: [],
  };
  const whole = unwrap(query);
  // All series of a query together are its value, so the outermost sum may be left out; between terms it may not.
  const isOneVector = whole.type === "call" || whole.type === "selector";
  const refusal = isOneVector ? addVector(whole, 1, context) : addSum(whole, 1, context);
  return refusal === undefined ? { ok: true, terms: context.terms } : { ok: false, ...refusal };
}

function unwrap(expr: Expr): Expr {
  return expr.type === "paren" ? unwrap(expr.operand) : expr;
}

function flip(sign: 1 | -1): 1 | -1 {
  return sign === 1 ? -1 : 1;
}

function refuse(reason: string, { range }: { readonly range: Range }): Refusal {
  return { reason, range };
}

/** A sum, or sums joined by + and -. */
function addSum(written: Expr, sign: 1 | -1, context: Context): Refusal | undefined {
  const expr = unwrap(written);
  switch (expr.type) {
    case "binary": {
      if (expr.operator === "or" && isZeroVector(expr.right)) return addSum(expr.left, sign, context);
      if (expr.operator !== "+" && expr.operator !== "-")
        return refuse(`the operator ${expr.operator}`, expr);
      const { matching } = expr;
      if (matching === undefined) return refuse("a number beside a sum", expr);
      const left = addSum(expr.left, sign, context);
      return left ?? addSum(expr.right, expr.operator === "-" ? flip(sign) : sign, context);
    }
    case "unary":
      return addSum(expr.operand, expr.operator === "-" ? flip(sign) : sign, context);
    case "aggregate":
      if (expr.operator !== "sum") return refuse(`the aggregation ${expr.operator}`, expr);
      if (expr.without || expr.labels.length > 0)
        return refuse(`sum ${expr.without ? "without" : "by"} labels`, expr);
      return addVector(unwrap(expr.operand), sign, context);
    case "call":
    case "selector":
      return refuse("series that are not summed", expr);
    case "number":
    case "string":
    case "matrix":
    case "subquery":
    case "paren":
      return refuse(nameOf(expr), expr);
  }
}

/** `or vector(0)`: no series count as nothing anyway. */
function isZeroVector(written: Expr): boolean {
  const expr = unwrap(written);
  if (expr.type !== "call" || expr.name !== "vector") return false;
  const value = expr.args[0] && unwrap(expr.args[0]);
  return value?.type === "number" && value.value === 0;
}

/** What stands in a sum. */
function addVector(expr: Expr, sign: 1 | -1, context: Context): Refusal | undefined {
  if (expr.type === "call") return addCall(expr, sign, context);
  if (expr.type === "selector") {
    if (!context.bareCounters) return refuse("a selector without rate() or increase()", expr);
    return addSelector(expr, "counter", undefined, sign, context);
  }
  return refuse(`${nameOf(expr)} within a sum`, expr);
}

function addCall(call: Call, sign: 1 | -1, context: Context): Refusal | undefined {
  if (call.name !== "rate" && call.name !== "increase") return refuse(`the function ${call.name}()`, call);
  const [written] = call.args;
  const range = written && unwrap(written);
  if (range === undefined || range.type === "subquery") return refuse("a subquery", range ?? call);
  return addSelector(
    (range as MatrixSelector).selector,
    call.name,
    (range as MatrixSelector).windowMs,
    sign,
    context,
  );
}

function addSelector(
  selector: VectorSelector,
  form: NonNullable<Common["form"]>,
  windowMs: number | undefined,
  sign: 1 | -1,
  { common, terms }: Context,
): Refusal | undefined {
  if (selector.offsetMs !== 0) return refuse("offset", selector);
  if (selector.at !== undefined) return refuse("@", selector);
  const names = selector.matchers.filter(({ label }) => label === "__name__");
  const [name] = names;
  if (name === undefined || names.length > 1 || name.operator !== "=")
    return refuse("a selector that does not name one metric", selector);
  common.form ??= form;
  common.windowMs ??= windowMs;
  if (common.form !== form) return refuse(`${form} beside ${common.form}`, selector);
  if (common.windowMs !== windowMs) return refuse("ranges of different lengths", selector);
  const matchers = selector.matchers.filter(({ label }) => label !== "__name__");
  terms.push({ sign, metric: name.value, matchers: [...matchers].sort(compareMatchers) });
  return undefined;
}

function compareMatchers(a: Matcher, b: Matcher): number {
  const left = JSON.stringify([a.label, a.operator, a.value]);
  const right = JSON.stringify([b.label, b.operator, b.value]);
  return left < right ? -1 : left > right ? 1 : 0;
}

function nameOf(expr: Expr): string {
  switch (expr.type) {
    case "number":
      return "a number";
    case "string":
      return "a text";
    case "matrix":
      return "a range";
    case "subquery":
      return "a subquery";
    case "binary":
      return `the operator ${expr.operator}`;
    case "unary":
      return `the sign ${expr.operator}`;
    case "aggregate":
      return `the aggregation ${expr.operator}`;
    case "call":
      return `the function ${expr.name}()`;
    case "selector":
      return "a selector";
    case "paren":
      return nameOf(expr.operand);
  }
}
