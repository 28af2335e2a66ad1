import { FilterSyntaxError } from "./filter-error.ts";
import { parseBraces, parseFieldExpression } from "./parse-condition.ts";
import { parseScalarStage } from "./parse-scalar.ts";
import type { FieldExpression, Pipeline, SpansetExpression, SpansetOperator, Stage } from "./query.ts";
import {
  checkSize,
  expectSymbol,
  isSymbol,
  peekToken,
  skipOneOf,
  skipSymbol,
  takeToken,
  unexpectedToken,
} from "./query-cursor.ts";
import type { QueryCursor } from "./query-cursor.ts";

const STRUCTURAL: readonly SpansetOperator[] = [
  ...(["&>>", "&<<", "!>>", "!<<", ">>", "<<", "&>", "&<", "&~", "!>", "!<", "!~", ">", "<", "~"] as const),
];

/** Words that begin what only the end of a query may be. */
const METRIC_WORDS: ReadonlySet<string> = new Set([
  ..."rate count_over_time min_over_time max_over_time avg_over_time sum_over_time".split(" "),
  ..."quantile_over_time histogram_over_time compare".split(" "),
]);

/** Spansets and stages, up to a metrics function, `)` or the end. Throws FilterSyntaxError. */
export function parsePipeline(cursor: QueryCursor, depth: number): Pipeline {
  const spansets = parseUnion(cursor, depth);
  const stages: Stage[] = [];
  while (isSymbol(peekToken(cursor), "|") && !isMetricNext(cursor)) {
    takeToken(cursor);
    checkSize(cursor, depth);
    stages.push(parseStage(cursor));
  }
  return { spansets, stages };
}

function isMetricNext(cursor: QueryCursor): boolean {
  const token = cursor.tokens[cursor.next + 1];
  return token?.type === "word" && METRIC_WORDS.has(token.text);
}

function parseUnion(cursor: QueryCursor, depth: number): SpansetExpression {
  const parseStructure = () => parseLeft(cursor, STRUCTURAL, () => parseOperand(cursor, depth));
  return parseLeft(cursor, ["||"], () => parseLeft(cursor, ["&&"], parseStructure));
}

function parseLeft(
  cursor: QueryCursor,
  operators: readonly SpansetOperator[],
  parseNext: () => SpansetExpression,
): SpansetExpression {
  let left = parseNext();
  for (;;) {
    const operator = skipOneOf(cursor, operators);
    if (operator === undefined) return left;
    checkSize(cursor, 0);
    left = { type: "operation", operator, left, right: parseNext() };
  }
}

function parseOperand(cursor: QueryCursor, depth: number): SpansetExpression {
  checkSize(cursor, depth);
  const token = peekToken(cursor);
  if (skipSymbol(cursor, "(")) {
    const pipeline = parsePipeline(cursor, depth + 1);
    if (isSymbol(peekToken(cursor), "|")) {
      throw new FilterSyntaxError(
        "metrics end a query",
        peekToken(cursor).start,
        "put them after the parentheses",
      );
    }
    expectSymbol(cursor, ")", "an operator between spansets, | or )");
    return pipeline.stages.length === 0 ? pipeline.spansets : { type: "pipeline", pipeline };
  }
  if (!isSymbol(token, "{")) {
    if (token.type === "end" || token.type === "symbol") throw unexpectedToken(token, "{ … } or ( … )");
    throw new FilterSyntaxError("the braces are missing", token.start, "conditions stand in braces: { … }");
  }
  return { type: "filter", condition: parseBraces(cursor) };
}

const STAGES = "by(…), select(…), coalesce(), { … }, or an aggregate such as count() > 2";

function parseStage(cursor: QueryCursor): Stage {
  const token = peekToken(cursor);
  if (isSymbol(token, "{")) return { type: "filter", condition: parseBraces(cursor) };
  if (token.type === "word") {
    if (token.text === "by" || token.text === "select") {
      takeToken(cursor);
      return { type: token.text, fields: parseFieldList(cursor, token.text) };
    }
    if (token.text === "coalesce") {
      takeToken(cursor);
      expectSymbol(cursor, "(", "coalesce()");
      expectSymbol(cursor, ")", "coalesce()");
      return { type: "coalesce" };
    }
    if (token.text === "topk" || token.text === "bottomk") {
      throw new FilterSyntaxError(
        `${token.text} keeps series of metrics`,
        token.start,
        `as in | rate() by (name) | ${token.text}(10)`,
      );
    }
  }
  return parseScalarStage(cursor, STAGES);
}

/** `(span.a, duration)`. Throws FilterSyntaxError. */
export function parseFieldList(cursor: QueryCursor, word: string): readonly FieldExpression[] {
  expectSymbol(cursor, "(", `${word}(…)`);
  const fields = [parseFieldExpression(cursor)];
  while (skipSymbol(cursor, ",")) fields.push(parseFieldExpression(cursor));
  expectSymbol(cursor, ")", ", or )");
  return fields;
}
