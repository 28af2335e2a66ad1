import { PgPreparedQuery } from "drizzle-orm/pg-core";

const SHOWN_SQL_LENGTH = 200;

/** A statement on the control store failed. The text holds no parameter: some are secrets (routing keys). */
export class ControlStoreError extends Error {
  override readonly name = "ControlStoreError";
  /** SQLSTATE, e.g. 23505 for a unique violation; a Node error code when the server was not reached. */
  readonly code: string | undefined;

  constructor(sql: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const shown = sql.length > SHOWN_SQL_LENGTH ? `${sql.slice(0, SHOWN_SQL_LENGTH)}…` : sql;
    super(`${reason} (in: ${shown})`, { cause });
    const { code } = (cause ?? {}) as { code?: unknown };
    this.code = typeof code === "string" ? code : undefined;
  }
}

/**
 * Whether the store could not be reached, or was going down: classes 08 (connection), 53 (resources) and 57 (operator)
 * of SQLSTATE, and whatever is no SQLSTATE at all (of Node, or none).
 */
export function isControlStoreAway(error: unknown): boolean {
  if (!(error instanceof ControlStoreError)) return false;
  const { code } = error;
  return code === undefined || /^E|[^0-9A-Z]|.{6}/.test(code) || /^(08|53|57)/.test(code);
}

type QueryWithCache = (sql: string, params: unknown[], query: () => Promise<unknown>) => Promise<unknown>;

/**
 * drizzle's own error lists every parameter of the failed statement, and leaves no other way to prevent that than to
 * replace the method that makes it. Noroshi uses none of drizzle's caches, which is the rest of what the method does.
 */
export function hideQueryParameters(): void {
  const queryWithCache: QueryWithCache = async (sql, _params, query) => {
    try {
      return await query();
    } catch (error) {
      // PGlite's own error lists them, too.
      if (error instanceof Error) Reflect.deleteProperty(error, "params");
      throw new ControlStoreError(sql, error);
    }
  };
  Object.assign(PgPreparedQuery.prototype, { queryWithCache });
}
