import { METRIC_NAME } from "../../model/labels.ts";
import type { Matcher, MatchOperator, VectorSelector } from "../ast.ts";
import { goQuote } from "./go-quote.ts";
import { NEVER_METRICS } from "./keywords.ts";
import { patternFault } from "./label-matcher.ts";
import { ParseFailure } from "./parse-failure.ts";
import { isText } from "./read-string.ts";
import type { TokenCursor } from "./token-cursor.ts";
import type { Token } from "./tokenize.ts";

const OPERATORS: ReadonlySet<string> = new Set<MatchOperator>(["=", "!=", "=~", "!~"]);

/** Whether this token can be a metric's name without quotes. */
export function isMetricName(token: Token): boolean {
  if (token.type === "metric") return true;
  return token.type === "word" && !NEVER_METRICS.has(token.keyword ?? "");
}

/** Reads `name`, `name{…}` or `{…}`; modifiers and ranges are not part of it. */
export function parseSelector(cursor: TokenCursor): VectorSelector {
  const first = cursor.peek();
  const outer = isMetricName(first) ? cursor.next() : undefined;
  const matchers: Matcher[] = [];
  let name = "";
  let { end } = first;
  if (outer !== undefined) {
    name = outer.text;
    matchers.push(nameMatcher(name));
  }
  if (cursor.accept("{") !== undefined) {
    for (;;) {
      const close = cursor.accept("}");
      if (close !== undefined) {
        end = close.end;
        break;
      }
      const matcher = parseMatcher(cursor);
      matchers.push(matcher.matcher);
      if (matcher.isName) name = name === "" ? matcher.matcher.value : name;
      const next = cursor.peek();
      if (cursor.accept(",") === undefined && !(next.type === "symbol" && next.text === "}")) {
        throw cursor.unexpected("label matching", '"," or "}"');
      }
    }
  }
  const range = { start: first.start, end };
  refuseSecondName(outer, matchers, range);
  return { type: "selector", name, matchers, offsetMs: 0, at: undefined, range };
}

function refuseSecondName(
  outer: Token | undefined,
  matchers: readonly Matcher[],
  range: { start: number; end: number },
): void {
  if (outer === undefined) return;
  const second = matchers.slice(1).find((matcher) => matcher.label === METRIC_NAME);
  if (second === undefined) return;
  const message = `metric name must not be set twice: ${goQuote(outer.text)} or ${goQuote(second.value)}`;
  throw new ParseFailure(message, range);
}

function nameMatcher(name: string): Matcher {
  return { label: METRIC_NAME, operator: "=", value: name };
}

function parseMatcher(cursor: TokenCursor): { readonly matcher: Matcher; readonly isName: boolean } {
  const label = cursor.peek();
  if (label.type !== "word" && label.type !== "string") {
    throw cursor.unexpected("label matching", 'identifier or "}"');
  }
  cursor.next();
  const next = cursor.peek();
  const operator =
    next.type === "symbol" && OPERATORS.has(next.text) ? (next.text as MatchOperator) : undefined;
  if (operator === undefined) {
    const ends = next.type === "symbol" && (next.text === "," || next.text === "}");
    if (label.type === "string" && ends) {
      refuseBytes(label, "metric name");
      return { matcher: nameMatcher(label.text), isName: true };
    }
    throw cursor.unexpected("label matching", "label matching operator");
  }
  refuseBytes(label, "label name");
  cursor.next();
  if (cursor.peek().type !== "string") throw cursor.unexpected("label matching", "string");
  const value = cursor.next();
  const matcher = { label: label.text, operator, value: value.text };
  const fault = operator === "=~" || operator === "!~" ? patternFault(value.text) : undefined;
  if (fault !== undefined) throw new ParseFailure(fault, { start: label.start, end: value.end });
  return { matcher, isName: false };
}

function refuseBytes(token: Token, what: string): void {
  if (isText(token.text)) return;
  throw new ParseFailure(`invalid ${what} ${goQuote(token.text)}: it is not UTF-8`, token);
}
