import { evaluateQuery, type QueryEnvironment } from "./evaluate-query.ts";
import { parseQuery } from "../syntax/parse-query.ts";
import { QueryError } from "../query-error.ts";
import type { QueryOutcome, QueryRequest } from "../query-request.ts";
import { TYPE_NAMES, typeOf } from "../syntax/type-of.ts";

/** Parses and evaluates a query. Rejects only with what the reader throws besides QueryError. */
export async function answerQuery(
  request: QueryRequest,
  environment: QueryEnvironment,
): Promise<QueryOutcome> {
  const { query, ...rest } = request;
  const parsed = parseQuery(query);
  if (!parsed.ok) return { kind: "invalid", error: parsed.error };
  const { expr } = parsed;
  const type = typeOf(expr);
  if (!request.instant && (type === "matrix" || type === "string")) {
    const message = `invalid expression type "${TYPE_NAMES[type]}" for range query, must be Scalar or instant Vector`;
    return { kind: "invalid", error: { message, range: expr.range } };
  }
  try {
    return await evaluateQuery(expr, rest, environment);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { kind: "failed", error: { kind: error.kind, message: error.message } };
  }
}
