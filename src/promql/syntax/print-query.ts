import { METRIC_NAME } from "../../model/labels.ts";
import type { Aggregate, AtModifier, Binary, Expr, Matcher, VectorMatching, VectorSelector } from "../ast.ts";
import { printDuration } from "./duration-text.ts";
import { goQuote } from "./go-quote.ts";
import { NEVER_METRICS } from "./keywords.ts";

/** One canonical text of a query: parsed again, it gives the same tree (but for the positions). */
export function printQuery(expr: Expr): string {
  switch (expr.type) {
    case "number":
      return printNumber(expr.value);
    case "string":
      return goQuote(expr.value);
    case "selector":
      return printSelector(expr) + printModifiers(expr.at, expr.offsetMs);
    case "matrix": {
      const { selector, windowMs } = expr;
      return `${printSelector(selector)}[${printDuration(windowMs)}]${printModifiers(selector.at, selector.offsetMs)}`;
    }
    case "subquery": {
      const step = expr.stepMs === undefined ? "" : printDuration(expr.stepMs);
      const range = `[${printDuration(expr.windowMs)}:${step}]`;
      return `${printQuery(expr.operand)}${range}${printModifiers(expr.at, expr.offsetMs)}`;
    }
    case "unary":
      return expr.operator + printQuery(expr.operand);
    case "binary":
      return printBinary(expr);
    case "aggregate":
      return printAggregate(expr);
    case "call":
      return `${expr.name}(${expr.args.map(printQuery).join(", ")})`;
    case "paren":
      return `(${printQuery(expr.operand)})`;
  }
}

function printNumber(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "Inf" : "-Inf";
}

function printModifiers(at: AtModifier | undefined, offsetMs: number): string {
  const time = at === undefined ? "" : ` @ ${at.kind === "time" ? at.timeMs / 1_000 : `${at.kind}()`}`;
  if (offsetMs === 0) return time;
  return `${time} offset ${offsetMs < 0 ? "-" : ""}${printDuration(Math.abs(offsetMs))}`;
}

function printSelector(selector: VectorSelector): string {
  const { name, matchers } = selector;
  const naming = name === "" ? -1 : matchers.findIndex((matcher) => isNaming(matcher, name));
  if (
    naming === 0 &&
    canStandBare(name, true) &&
    !matchers.slice(1).some(({ label }) => label === METRIC_NAME)
  ) {
    const rest = matchers.slice(1);
    return rest.length === 0 ? name : `${name}{${rest.map(printMatcher).join(", ")}}`;
  }
  const parts = matchers.map((matcher, i) => (i === naming ? goQuote(name) : printMatcher(matcher)));
  return `{${parts.join(", ")}}`;
}

function isNaming({ label, operator, value }: Matcher, name: string): boolean {
  return label === METRIC_NAME && operator === "=" && value === name;
}

/** Also how messages show a matcher. */
export function printMatcher({ label, operator, value }: Matcher): string {
  return `${/^[A-Za-z_][A-Za-z0-9_]*$/.test(label) ? label : goQuote(label)}${operator}${goQuote(value)}`;
}

/** Whether a name needs no quotes: of a metric, where it may have colons, or of a label in a list. */
function canStandBare(name: string, isMetric: boolean): boolean {
  const lower = name.toLowerCase();
  if (lower === "inf" || lower === "nan" || (isMetric && NEVER_METRICS.has(lower))) return false;
  return (isMetric ? /^[A-Za-z_:][A-Za-z0-9_:]*$/ : /^[A-Za-z_][A-Za-z0-9_]*$/).test(name);
}

function printLabels(labels: readonly string[]): string {
  return `(${labels.map((label) => (canStandBare(label, false) ? label : goQuote(label))).join(", ")})`;
}

function printBinary({ operator, left, right, returnBool, matching }: Binary): string {
  const bool = returnBool ? " bool" : "";
  const match = matching === undefined ? "" : printMatching(matching);
  return `${printQuery(left)} ${operator}${bool}${match} ${printQuery(right)}`;
}

function printMatching({ cardinality, on, labels, include }: VectorMatching): string {
  const grouped = cardinality === "many-to-one" || cardinality === "one-to-many";
  if (!on && labels.length === 0 && !grouped) return "";
  const match = ` ${on ? "on" : "ignoring"} ${printLabels(labels)}`;
  if (!grouped) return match;
  // Always with its list: a parenthesis that follows would be taken for one.
  return `${match} ${cardinality === "many-to-one" ? "group_left" : "group_right"} ${printLabels(include)}`;
}

function printAggregate({ operator, operand, parameter, without, labels }: Aggregate): string {
  const grouping =
    without || labels.length > 0 ? ` ${without ? "without" : "by"} ${printLabels(labels)} ` : "";
  const first = parameter === undefined ? "" : `${printQuery(parameter)}, `;
  return `${operator}${grouping}(${first}${printQuery(operand)})`;
}
