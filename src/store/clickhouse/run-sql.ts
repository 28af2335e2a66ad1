import { QueryError } from "../../promql/query-error.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import type { ClickHouse, Lane, QueryParam } from "./clickhouse.ts";

/** Runs one statement for people's queries; the result is RowBinary, or the format that it ends with. Rejects with QueryError. */
export type RunSql = (
  sql: string,
  params: Readonly<Record<string, QueryParam>>,
  signal: AbortSignal,
) => Promise<Uint8Array>;

/** Statements in the lane of people's queries, or in another. */
export function createRunSql(clickhouse: ClickHouse, lane: Lane = "read"): RunSql {
  return async (sql, params, signal) => {
    try {
      return await clickhouse.queryBytes(lane, sql, { params, signal });
    } catch (error) {
      throw queryErrorOf(error);
    }
  };
}

function queryErrorOf(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return error;
  const options = { cause: error };
  switch (error.kind) {
    case "aborted":
      return new QueryError("canceled", "the query was canceled while it read the store", options);
    case "timeout":
      return new QueryError("timeout", "the query timed out while it read the store", options);
    case "limit":
      return new QueryError("too_large", `the query reads too much at once: ${error.message}`, options);
    case "unavailable":
    case "overloaded":
      return new QueryError("unavailable", `the store cannot answer now: ${error.message}`, options);
    case "query":
      return new QueryError("execution", `the store could not answer: ${error.message}`, options);
  }
}
