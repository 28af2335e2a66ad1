import { METRIC_NAME } from "../../model/labels.ts";
import type { Matcher } from "../../promql/ast.ts";
import type { QueryParam } from "./clickhouse.ts";

/** Conditions on rows that have a `metric` and `labels`, to be joined by AND; `params` hold every value. */
export interface MatcherSql {
  readonly all: readonly string[];
  /** Those of them that are about the metric's name alone. */
  readonly onMetric: readonly string[];
  readonly params: Readonly<Record<string, QueryParam>>;
}

/** Patterns that are a choice of plain texts: a list of values, which an index can look up. */
const CHOICE = /^[^\\.+*?()[\]{}^$]*$/;
/** What a pattern that begins with plain characters can match only; not when one of them may be left out. */
const PREFIX = /^([\w:/-]+)(?:\.[*+])/;

/**
 * Matchers as SQL. A label that is not there has the value "". Regular expressions match whole values, and `.` matches
 * line breaks. `prefix` begins the names of the parameters, which must be unique within a statement.
 */
export function matcherSql(matchers: readonly Matcher[], prefix = "m"): MatcherSql {
  const params: Record<string, QueryParam> = {};
  const bind = (value: QueryParam, type: string): string => {
    const name = `${prefix}${Object.keys(params).length}`;
    params[name] = value;
    return `{${name}:${type}}`;
  };
  const all: string[] = [];
  const onMetric: string[] = [];
  for (const matcher of matchers) {
    const isName = matcher.label === METRIC_NAME;
    const operand = isName ? "metric" : `labels[${bind(matcher.label, "String")}]`;
    const conditions = conditionsOf(matcher, operand, bind);
    all.push(...conditions);
    if (isName) onMetric.push(...conditions);
  }
  return { all, onMetric, params };
}

function conditionsOf(
  { operator, value }: Matcher,
  operand: string,
  bind: (value: QueryParam, type: string) => string,
): string[] {
  if (operator === "=") return [`${operand} = ${bind(value, "String")}`];
  if (operator === "!=") return [`${operand} != ${bind(value, "String")}`];
  const negated = operator === "!~";
  if (value === ".*") return negated ? ["false"] : [];
  if (value === ".+") return [negated ? `${operand} = ''` : `${operand} != ''`];
  if (CHOICE.test(value)) {
    const choice = bind(value.split("|"), "Array(String)");
    return [negated ? `${operand} NOT IN ${choice}` : `${operand} IN ${choice}`];
  }
  const pattern = bind(`^(?s:${value})$`, "String");
  if (negated) return [`NOT match(${operand}, ${pattern})`];
  const start = value.includes("|") ? undefined : PREFIX.exec(value)?.[1];
  const test = `match(${operand}, ${pattern})`;
  return start === undefined ? [test] : [`startsWith(${operand}, ${bind(start, "String")})`, test];
}
