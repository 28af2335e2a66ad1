/** Exceptions of one service with one type and one message. */
export interface ExceptionCount {
  readonly service: string;
  readonly type: string;
  readonly message: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly versions: readonly string[];
  /** Latest first. */
  readonly traceIds: readonly string[];
}

/** One fault: exceptions that differ in nothing but their data. `message` is without what varies. */
export interface ErrorGroup extends ExceptionCount {
  /** One message as it came. */
  readonly example: string;
}

/** Calls of one database with one statement. */
export interface StatementCost {
  readonly service: string;
  readonly system: string;
  readonly database: string;
  readonly statement: string;
  readonly count: number;
  readonly errors: number;
  readonly totalNs: number;
  readonly maxNs: number;
  /** Of the slowest. */
  readonly traceId: string;
}
