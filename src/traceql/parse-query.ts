import { FilterSyntaxError, locateError } from "./filter-error.ts";
import type { FilterError } from "./filter-error.ts";
import { parseFieldList, parsePipeline } from "./parse-pipeline.ts";
import { parseNumber, parseNumericField } from "./parse-scalar.ts";
import type { Metric, MetricFunction, Query } from "./query.ts";
import { expectSymbol, isSymbol, peekToken, skipSymbol, takeToken, unexpectedToken } from "./query-cursor.ts";
import type { QueryCursor } from "./query-cursor.ts";
import type { Literal } from "./span-filter.ts";
import { meaningInQuery } from "./query-words.ts";
import { tokenizeQuery } from "./tokenize.ts";

export type ParsedQuery =
  | { readonly ok: true; readonly query: Query }
  | { readonly ok: false; readonly error: FilterError };

const MAX_LENGTH = 16_384;
const MAX_KEPT = 10_000;

/** Reads a TraceQL query: spansets, stages and metrics. What is wrong is said with the place and what to write. */
export function parseTraceQuery(text: string): ParsedQuery {
  try {
    if (text.length > MAX_LENGTH)
      throw new FilterSyntaxError(`longer than ${MAX_LENGTH} characters`, MAX_LENGTH);
    const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
    if (loneSurrogate !== null) throw new FilterSyntaxError("half of a surrogate pair", loneSurrogate.index);
    if (text.trim() === "") throw new FilterSyntaxError("the query is empty", 0, "{ } matches every span");
    return { ok: true, query: parseWhole({ tokens: tokenizeQuery(text), next: 0, nodes: 0 }) };
  } catch (error) {
    if (error instanceof FilterSyntaxError) return { ok: false, error: locateError(text, error) };
    throw error;
  }
}

function parseWhole(cursor: QueryCursor): Query {
  const pipeline = parsePipeline(cursor, 0);
  const metric = skipSymbol(cursor, "|") ? parseMetric(cursor) : undefined;
  const hints = isWord(cursor, "with") ? parseHints(cursor) : [];
  const after = peekToken(cursor);
  if (after.type !== "end") {
    throw unexpectedToken(
      after,
      metric === undefined ? "an operator between spansets, | or the end" : "| topk(…) or the end",
    );
  }
  return { pipeline, metric, hints };
}

const isWord = (cursor: QueryCursor, text: string): boolean => {
  const token = peekToken(cursor);
  return token.type === "word" && token.text === text;
};

function parseMetric(cursor: QueryCursor): Metric {
  const fn = parseFunction(cursor);
  let by: Metric["by"] = [];
  if (isWord(cursor, "by")) {
    takeToken(cursor);
    by = parseFieldList(cursor, "by");
  }
  const keep: Metric["keep"][number][] = [];
  while (skipSymbol(cursor, "|")) keep.push(parseKeep(cursor));
  return { function: fn, by, keep };
}

function parseFunction(cursor: QueryCursor): MetricFunction {
  const token = takeToken(cursor);
  const type = token.type === "word" ? token.text : "";
  switch (type) {
    case "rate":
    case "count_over_time":
      expectSymbol(cursor, "(", `${type}()`);
      expectSymbol(cursor, ")", `${type}(), without a field`);
      return { type };
    case "min_over_time":
    case "max_over_time":
    case "avg_over_time":
    case "sum_over_time":
    case "histogram_over_time":
      return { type, field: parseNumericField(cursor, type) };
    case "quantile_over_time":
      return parseQuantiles(cursor);
    case "compare":
      throw new FilterSyntaxError(
        "compare() is not supported",
        token.start,
        "ask for rate() by (…) of both selections",
      );
    default:
      throw unexpectedToken(token, "a metrics function such as rate()");
  }
}

function parseQuantiles(cursor: QueryCursor): MetricFunction {
  const type = "quantile_over_time";
  const form = `${type}(duration, 0.5, 0.9)`;
  expectSymbol(cursor, "(", form);
  const field = parseNumber(cursor, type);
  const quantiles: number[] = [];
  while (skipSymbol(cursor, ",")) {
    const token = takeToken(cursor);
    const value = token.type === "literal" ? numberOf(token.literal) : undefined;
    if (value === undefined) throw unexpectedToken(token, `a quantile, as in ${form}`);
    if (!(value >= 0 && value <= 1)) {
      throw new FilterSyntaxError(`${value} is not a quantile`, token.start, "quantiles are from 0 to 1");
    }
    if (!quantiles.includes(value)) quantiles.push(value);
  }
  if (quantiles.length === 0) throw unexpectedToken(peekToken(cursor), `a quantile, as in ${form}`);
  expectSymbol(cursor, ")", ", or )");
  return { type, field, quantiles };
}

function numberOf(literal: Literal): number | undefined {
  return literal.type === "int" || literal.type === "float" ? Number(literal.value) : undefined;
}

function parseKeep(cursor: QueryCursor): Metric["keep"][number] {
  const token = takeToken(cursor);
  const type = token.type === "word" ? token.text : "";
  if (type !== "topk" && type !== "bottomk") throw unexpectedToken(token, "topk(…) or bottomk(…)");
  expectSymbol(cursor, "(", `${type}(10)`);
  const countToken = takeToken(cursor);
  const count =
    countToken.type === "literal" && countToken.literal.type === "int" ? Number(countToken.literal.value) : 0;
  if (count < 1 || count > MAX_KEPT) throw unexpectedToken(countToken, `a number from 1 to ${MAX_KEPT}`);
  expectSymbol(cursor, ")", ")");
  return { type, count };
}

function parseHints(cursor: QueryCursor): Query["hints"] {
  takeToken(cursor);
  expectSymbol(cursor, "(", "with (exemplars = true)");
  const hints: Query["hints"][number][] = [];
  do {
    const name = takeToken(cursor);
    if (name.type !== "word") throw unexpectedToken(name, "the name of a hint");
    expectSymbol(cursor, "=", "= and a value");
    hints.push({ name: name.text, value: parseHintValue(cursor) });
  } while (skipSymbol(cursor, ","));
  expectSymbol(cursor, ")", ", or )");
  return hints;
}

function parseHintValue(cursor: QueryCursor): Literal {
  const token = takeToken(cursor);
  if (token.type === "literal") return token.literal;
  const meaning = token.type === "word" ? meaningInQuery(token.text) : undefined;
  if (meaning?.type === "boolean") return meaning;
  throw unexpectedToken(token, isSymbol(token, ")") ? "a value" : "true, false, a number or a text");
}
