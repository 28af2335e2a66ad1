import { RE2JS } from "re2js";
import type { AlertLabels } from "./alert-labels.ts";

export interface LabelMatcher {
  readonly label: string;
  /** `=~` and `!~` take an RE2 expression that must match the whole value. */
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

type MatcherResult =
  | { readonly ok: true; readonly matcher: LabelMatcher }
  | { readonly ok: false; readonly problem: string };

const MATCHER = /^\s*([A-Za-z_][\w.\-/]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"]*?))\s*$/;

/** Reads `service="payment"`, `owner=~pay.*`, `severity != critical`; quotes may be left out. */
export function parseMatcher(text: string): MatcherResult {
  const [, label, operator, quoted, plain] = MATCHER.exec(text) ?? [];
  if (label === undefined || operator === undefined)
    return {
      ok: false,
      problem: `"${text}" is not a matcher; write for instance service="payment" or owner=~"pay.*"`,
    };
  const value = quoted === undefined ? (plain ?? "") : quoted.replaceAll(/\\(.)/g, "$1");
  return checkMatcher({ label, operator: operator as LabelMatcher["operator"], value });
}

/** Refuses a regular expression that is none. */
function checkMatcher(matcher: LabelMatcher): MatcherResult {
  if (matcher.operator !== "=~" && matcher.operator !== "!~") return { ok: true, matcher };
  try {
    expressionOf(matcher.value);
    return { ok: true, matcher };
  } catch {
    return { ok: false, problem: `"${matcher.value}" is not a regular expression (RE2)` };
  }
}

/** A label that an alert does not have is empty. */
export function matches({ label, operator, value }: LabelMatcher, labels: AlertLabels): boolean {
  const actual = labels[label] ?? "";
  switch (operator) {
    case "=":
      return actual === value;
    case "!=":
      return actual !== value;
    case "=~":
      return expressionOf(value).matches(actual);
    case "!~":
      return !expressionOf(value).matches(actual);
    default:
      return operator satisfies never;
  }
}

export function matchesAll(matchers: readonly LabelMatcher[], labels: AlertLabels): boolean {
  return matchers.every((matcher) => matches(matcher, labels));
}

/** `service="payment"`. */
export function printMatcher({ label, operator, value }: LabelMatcher): string {
  return `${label}${operator}"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

const expressions = new Map<string, RE2JS>();
const MOST_EXPRESSIONS = 1_000;

function expressionOf(text: string): RE2JS {
  let expression = expressions.get(text);
  if (expression === undefined) {
    expression = RE2JS.compile(text);
    if (expressions.size >= MOST_EXPRESSIONS) expressions.clear();
    expressions.set(text, expression);
  }
  return expression;
}
