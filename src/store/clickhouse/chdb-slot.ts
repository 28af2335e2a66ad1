import type { Session } from "chdb";
import { ClickHouseError, clickHouseErrorFromCode } from "./clickhouse-error.ts";
import type { QueryParam } from "./clickhouse.ts";
import { paramText, setStatement } from "./sql-text.ts";

/** A chDB session that remembers which settings it has, so that each statement sends only what differs. */
export interface ChdbSlot {
  /** Runs one statement with exactly these settings and resolves with the bytes of its result. */
  readonly execute: (
    sql: string,
    format: string,
    settings: Readonly<Record<string, string | number>>,
    params?: Readonly<Record<string, QueryParam>>,
  ) => Promise<Uint8Array>;
  readonly close: () => void;
}

export function createChdbSlot(session: Session): ChdbSlot {
  let applied: ReadonlyMap<string, string | number> = new Map();

  const apply = async (
    settings: Readonly<Record<string, string | number>>,
    params: Readonly<Record<string, QueryParam>> | undefined,
  ): Promise<void> => {
    const wanted = new Map(Object.entries(settings));
    const changes = new Map<string, string | number | undefined>();
    for (const [name, value] of wanted) if (applied.get(name) !== value) changes.set(name, value);
    for (const name of applied.keys()) if (!wanted.has(name)) changes.set(name, undefined);
    // Parameters go through SET as well: chDB's own binding lets only one bound query run at a time in the whole
    // process, so that a long read would hold up the evaluator.
    for (const [name, value] of Object.entries(params ?? {})) changes.set(`param_${name}`, paramText(value));
    if (changes.size === 0) return;
    applied = new Map();
    await session.queryAsync(setStatement(changes));
    applied = wanted;
  };

  return {
    execute: async (sql, format, settings, params) => {
      try {
        await apply(settings, params);
        const result = await session.queryAsync(sql, { format });
        return result.bytes();
      } catch (cause) {
        throw fromChdb(cause);
      }
    },
    close: () => session.close(),
  };
}

/** Sorts an error of the chdb package. */
export function fromChdb(cause: unknown): ClickHouseError {
  if (cause instanceof ClickHouseError) return cause;
  if (!(cause instanceof Error)) return new ClickHouseError("query", String(cause), { cause });
  const { clickhouseCode, code } = cause as Error & { clickhouseCode?: number; code?: string };
  if (typeof clickhouseCode === "number")
    return clickHouseErrorFromCode(clickhouseCode, cause.message, cause);
  const kind = code === "CHDB_CLOSED" || code === "CHDB_CONNECTION" ? "unavailable" : "query";
  return new ClickHouseError(kind, cause.message, { cause });
}
