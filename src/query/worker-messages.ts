import type { QueryError } from "../promql/query-error.ts";
import type { QueryLimits, QueryOutcome, QueryRequest } from "../promql/query-request.ts";
import type { QueryParam } from "../store/clickhouse/clickhouse.ts";
import type { PackedOutcome } from "./pack-outcome.ts";

export type PlainError = Pick<QueryError, "kind" | "message">;

/** What the worker is started with. */
export interface WorkerSettings {
  /** The store is across a network. */
  readonly isRemote: boolean;
}

/** From the main thread to the worker. */
export type ToWorker =
  | {
      readonly type: "query";
      readonly id: number;
      readonly request: QueryRequest;
      readonly limits: QueryLimits;
      /** What is left of the query's time. */
      readonly leftMs: number;
      /** Its first word becomes 1 when the query is cancelled: a busy worker takes no messages. */
      readonly cancelled: SharedArrayBuffer;
    }
  | { readonly type: "cancel"; readonly id: number }
  | { readonly type: "rows"; readonly statement: number; readonly bytes: Uint8Array }
  | { readonly type: "refused"; readonly statement: number; readonly error: PlainError };

/** From the worker to the main thread, which has the store. */
export type FromWorker =
  | { readonly type: "outcome"; readonly id: number; readonly outcome: PackedOutcome }
  | {
      readonly type: "sql";
      readonly statement: number;
      readonly sql: string;
      readonly params: Readonly<Record<string, QueryParam>>;
    }
  | { readonly type: "abort"; readonly statement: number };

/** What a query is told whose time is over. */
export const TIMED_OUT = "query timed out in expression evaluation (limit: queries.maxTime in noroshi.yaml)";

export function failed(kind: QueryError["kind"], message: string): QueryOutcome {
  return { kind: "failed", error: { kind, message } };
}
