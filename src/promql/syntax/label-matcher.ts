import { RE2JS, RE2JSException } from "re2js";
import { labelValue } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import type { Matcher } from "../ast.ts";

/** Of all `{n}` of a pattern together: each is as many copies of what it repeats. */
const MAX_REPEATS = 10_000;
const REPEAT = /\{(\d+)(?:,(\d*))?\}/g;
/** Characters, escaped punctuation, `.` and alternatives, each repeated at will: always right, and long where it lists hosts. */
const SIMPLE = /^(?:(?:[^\\.+*?()|[\]{}^$]|\\[\\.+*?()|[\]{}^$/-]|\.)[*+?]?|\|)*$/;

/** Whether a pattern is a list of texts with `.`, `*`, `+` and `?` at most, in parentheses or not: right, and understood at once. */
export function isSimplePattern(pattern: string): boolean {
  const isEnclosed = pattern.startsWith("(") && pattern.endsWith(")");
  return SIMPLE.test(isEnclosed ? pattern.slice(1, -1) : pattern);
}

/** What is wrong with an RE2 pattern, in a few words, or undefined. */
export function patternFault(pattern: string): string | undefined {
  if (isSimplePattern(pattern)) return undefined;
  let repeats = 0;
  for (const [, least, most] of pattern.matchAll(REPEAT)) repeats += Number(most || least);
  if (repeats > MAX_REPEATS) return "expression too large";
  try {
    RE2JS.compile(pattern, RE2JS.DOTALL);
    return undefined;
  } catch (error) {
    // It shows the flag that stands for `.` matching line breaks.
    if (error instanceof RE2JSException) return error.message.replace("`(?s)", "`");
    throw error;
  }
}

/** Whether a label's value passes; "" stands for a label that is not there. The pattern must be valid. */
export function compileMatcher(matcher: Matcher): (value: string) => boolean {
  const wanted = matcher.value;
  switch (matcher.operator) {
    case "=":
      return (value) => value === wanted;
    case "!=":
      return (value) => value !== wanted;
    case "=~":
      return compilePattern(wanted);
    case "!~": {
      const matches = compilePattern(wanted);
      return (value) => !matches(value);
    }
  }
}

/** Whether a series passes all matchers. The patterns must be valid. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ label: matcher.label, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ label, test }) => test(labelValue(labels, label)));
}

const PLAIN = /^[^\\.+*?()|[\]{}^$]*$/;

/** A test of whole values; `.` matches line breaks. The commonest patterns need no engine. */
function compilePattern(pattern: string): (value: string) => boolean {
  if (pattern === ".*") return () => true;
  if (pattern === ".+") return (value) => value !== "";
  const alternatives = pattern.split("|");
  if (alternatives.every((alternative) => PLAIN.test(alternative))) {
    const wanted = new Set(alternatives);
    return (value) => wanted.has(value);
  }
  const regex = RE2JS.compile(pattern, RE2JS.DOTALL);
  return (value) => regex.matches(value);
}
