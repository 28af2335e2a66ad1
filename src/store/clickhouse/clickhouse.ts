/**
 * Which queue of connections a statement uses, so that reads never delay writes: `ingest` for writes that
 * acknowledgements wait for, `evaluate` for the evaluator and background jobs' short reads, `read` for people's queries,
 * `background` for backfill, repair and migrations.
 */
export type Lane = "ingest" | "evaluate" | "read" | "background";

export type QueryParam = string | number | bigint | boolean | readonly (string | number | bigint)[];

export interface StatementOptions {
  /** Bound by the engine to `{name:Type}` placeholders; values never enter the SQL text. */
  readonly params?: Readonly<Record<string, QueryParam>>;
  /** Overrides the lane's default memory and time limits (both always set). */
  readonly limits?: { readonly maxMemoryBytes?: number; readonly maxExecutionSeconds?: number };
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Makes INSERT … SELECT idempotent (`insert_deduplication_token`). */
  readonly deduplicationToken?: string;
  readonly signal?: AbortSignal;
}

export interface InsertRequest {
  readonly table: string;
  readonly columns: readonly string[];
  /** Of `rows`; RowBinary when it is left out. Native brings its columns' names and types along. */
  readonly format?: "RowBinary" | "Native";
  /** RowBinary: columns in the order above. Not modified until the promise settles. */
  readonly rows: Uint8Array;
  readonly rowCount: number;
  /** An insert repeated with the same token is stored once. */
  readonly deduplicationToken: string;
}

/** The telemetry store: the same SQL on the embedded engine and on a server. Rejects with ClickHouseError. */
export interface ClickHouse {
  readonly kind: "embedded" | "remote";
  /** Rows as objects; 64-bit integers and Decimals arrive as strings, NaN and infinities as "nan", "inf", "-inf", DateTime as text in UTC. */
  query<Row>(lane: Lane, sql: string, options?: StatementOptions): Promise<readonly Row[]>;
  /**
   * A result in ClickHouse's RowBinary, or the format that the statement ends with (`FORMAT Native`): exact bits, and many
   * numbers without text in between. The bytes are the caller's.
   */
  queryBytes(lane: Lane, sql: string, options?: StatementOptions): Promise<Uint8Array>;
  /** A statement without a result: DDL, INSERT … SELECT, DELETE. Resolves when it has taken effect. */
  command(lane: Lane, sql: string, options?: StatementOptions): Promise<void>;
  /** Resolves once the rows can be read back. */
  insert(lane: Lane, request: InsertRequest): Promise<void>;
  close(): Promise<void>;
}
