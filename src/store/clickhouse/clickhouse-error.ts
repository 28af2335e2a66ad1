/**
 * unavailable: the store cannot be reached, is closed or cannot write now · timeout: the time limit ran out · overloaded:
 * too much is waiting already, try later · limit: the statement needs more memory, rows or bytes than it may use ·
 * aborted: the caller's signal · query: the statement itself is wrong.
 */
export type ClickHouseErrorKind = "unavailable" | "timeout" | "overloaded" | "limit" | "aborted" | "query";

/** The one error of the telemetry store. Its text never holds a password. */
export class ClickHouseError extends Error {
  override readonly name = "ClickHouseError";
  readonly kind: ClickHouseErrorKind;
  /** The engine's error number (e.g. 241), when it came from the engine. */
  readonly code: number | undefined;

  constructor(kind: ClickHouseErrorKind, message: string, options?: { code?: number; cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = options?.code;
  }
}

/** ClickHouse's ErrorCodes.cpp; every other number is a `query` error. */
const KIND_BY_CODE: ReadonlyMap<number, ClickHouseErrorKind> = new Map([
  [158, "limit"], // TOO_MANY_ROWS
  [159, "timeout"], // TIMEOUT_EXCEEDED
  [160, "timeout"], // TOO_SLOW
  [191, "limit"], // SET_SIZE_LIMIT_EXCEEDED
  [198, "unavailable"], // DNS_ERROR
  [202, "overloaded"], // TOO_MANY_SIMULTANEOUS_QUERIES
  [209, "timeout"], // SOCKET_TIMEOUT
  [210, "unavailable"], // NETWORK_ERROR
  [236, "unavailable"], // ABORTED: the engine is shutting down
  [241, "limit"], // MEMORY_LIMIT_EXCEEDED
  [242, "unavailable"], // TABLE_IS_READ_ONLY
  [243, "unavailable"], // NOT_ENOUGH_SPACE
  [252, "overloaded"], // TOO_MANY_PARTS
  [279, "unavailable"], // ALL_CONNECTION_TRIES_FAILED
  [285, "unavailable"], // TOO_FEW_LIVE_REPLICAS
  [307, "limit"], // TOO_MANY_BYTES
  [319, "unavailable"], // UNKNOWN_STATUS_OF_INSERT
  [394, "aborted"], // QUERY_WAS_CANCELLED
  [396, "limit"], // TOO_MANY_ROWS_OR_BYTES
  [516, "unavailable"], // AUTHENTICATION_FAILED
  [999, "unavailable"], // KEEPER_EXCEPTION
]);

/** Sorts an engine error by its number. `message` is kept to the first 2,000 characters. */
export function clickHouseErrorFromCode(code: number, message: string, cause?: unknown): ClickHouseError {
  const kind = KIND_BY_CODE.get(code) ?? "query";
  return new ClickHouseError(kind, message.slice(0, 2_000), { code, cause });
}

export const abortedError = (cause?: unknown): ClickHouseError =>
  new ClickHouseError("aborted", "the statement was aborted by its caller", { cause });
