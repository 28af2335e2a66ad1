import { FilterSyntaxError } from "./filter-error.ts";
import type { ComparisonOperator } from "./span-filter.ts";
import type { Token } from "./tokenize.ts";

/** The texts of the comparison operators. */
export const COMPARISONS: ReadonlySet<string> = new Set<ComparisonOperator>([
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "=~",
  "!~",
]);
const ARITHMETIC: ReadonlySet<string> = new Set("+ - * / % ^".split(" "));
const STRUCTURAL: ReadonlySet<string> = new Set(
  "&>> &<< !>> !<< >> << &> &< &~ !> !< > < ~ !~ && || ( ) & |".split(" "),
);

/** Says what is wrong with an operator where none fits; anything else is left to the caller. */
export function refuseOperator(token: Token, comparisonMessage: string): void {
  if (token.type !== "symbol") return;
  const { text, start: position } = token;
  if (COMPARISONS.has(text)) {
    throw new FilterSyntaxError(comparisonMessage, position, "join conditions with && or ||");
  }
  if (ARITHMETIC.has(text)) {
    throw new FilterSyntaxError(
      "arithmetic is not supported in an SLI filter",
      position,
      "compare a field with a literal",
    );
  }
  if (text === "==" || text === "<>") {
    throw new FilterSyntaxError(
      `${text} is not an operator`,
      position,
      text === "==" ? "write =" : "write !=",
    );
  }
  if (text === "&" || text === "|")
    throw new FilterSyntaxError(`${text} is not an operator`, position, `write ${text}${text}`);
  if (text === ",")
    throw new FilterSyntaxError("conditions are not separated by commas", position, "join them with &&");
}

/** What stands where something else has to. */
export function unexpected(token: Token, expected: string): FilterSyntaxError {
  if (token.type === "end")
    return new FilterSyntaxError(`the filter ends too early`, token.start, `expected ${expected}`);
  if (token.type === "symbol")
    return new FilterSyntaxError(`${token.text} is not expected here`, token.start, `expected ${expected}`);
  return new FilterSyntaxError(
    "two conditions need an operator between them",
    token.start,
    (token.type === "word" ? WORDS_OF_OTHERS.get(token.text.toLowerCase()) : undefined) ??
      `expected ${expected}`,
  );
}

/** How other query languages join and compare, and what to write here. */
const WORDS_OF_OTHERS: ReadonlyMap<string, string> = new Map([
  ["and", "write &&"],
  ["or", "write ||"],
  ["in", 'write =~ "a|b" for texts, or … = 1 || … = 2'],
  ["is", "write ="],
  ["like", 'write =~ ".*part.*"'],
  ["contains", 'write =~ ".*part.*"'],
  ["matches", 'write =~ "pattern"'],
]);

/** What follows the filter. */
export function afterBraces(token: Token): FilterSyntaxError {
  if (token.type === "symbol" && token.text === "|") {
    return new FilterSyntaxError(
      "pipelines and aggregates are not supported in an SLI filter",
      token.start,
      "Noroshi counts the spans that { … } selects",
    );
  }
  if (token.type === "symbol" && STRUCTURAL.has(token.text)) {
    return new FilterSyntaxError(
      `combining span sets with ${token.text} is not supported in an SLI filter`,
      token.start,
      "put every condition into one { … }",
    );
  }
  return new FilterSyntaxError("nothing may follow the closing brace", token.start);
}
