import type { Session } from "chdb";
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../self/log.ts";
import { type DirectoryLock, lockDirectory } from "../lock-directory.ts";
import { abortable } from "./abortable.ts";
import { type ChdbSlot, createChdbSlot, fromChdb } from "./chdb-slot.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import type { ClickHouse, InsertRequest, Lane, StatementOptions } from "./clickhouse.ts";
import { type InsertFiles, openInsertFiles } from "./insert-file.ts";
import {
  INSERT_SETTINGS,
  type LaneLimitOverrides,
  type LaneLimits,
  laneLimits,
  statementSettings,
} from "./lane-limits.ts";
import { createLaneQueue, createSharedPermits, type LaneQueue } from "./lane-queue.ts";
import { checkResultSize, parseRows } from "./parse-rows.ts";
import { removeEmptyMutations } from "./remove-empty-mutations.ts";
import { sqlString } from "../../model/sql-string.ts";
import { identifier } from "./sql-text.ts";
import { createTableStructures } from "./table-structures.ts";

/** Sessions on the same directory; each runs one statement at a time. */
const SESSIONS: Readonly<Record<Lane, number>> = { ingest: 1, evaluate: 1, read: 2, background: 1 };

/** Cancellations that may wait at once. */
const MAX_CANCELLING = 1_000;

/**
 * A running statement holds a thread of Node's pool (4 by default), which files and name look-ups need too. The lanes
 * whose statements may be long together leave two threads to the others; a larger pool lifts that.
 */
function longStatementPermits(): number {
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  return threads >= 6 ? SESSIONS.read + SESSIONS.background : 2;
}

interface Chdb {
  readonly Session: new (path: string) => Session;
  readonly drainPending: () => Promise<void>;
}

async function loadChdb(): Promise<Chdb> {
  try {
    return await import("chdb");
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const message =
      `the embedded ClickHouse engine cannot be loaded on this platform (${platform}; it needs Linux with glibc or macOS): ` +
      "set CLICKHOUSE_URL to a ClickHouse server instead";
    throw new ClickHouseError("unavailable", message, { cause });
  }
}

/**
 * The engine inside this process, data in `<dataDir>/clickhouse`. Throws DirectoryLockedError when another process uses
 * that folder, and ClickHouseError (`unavailable`) where the platform has no engine.
 */
export async function openEmbeddedClickHouse(options: {
  readonly dataDir: string;
  readonly limits?: LaneLimitOverrides;
  readonly log: Log;
}): Promise<ClickHouse> {
  const directory = join(options.dataDir, "clickhouse");
  const chdb = await loadChdb();
  const lock = await lockDirectory(directory);
  try {
    await mkdir(directory, { recursive: true });
    const removed = await removeEmptyMutations(directory);
    if (removed.length > 0)
      options.log.warn("mutations that a full disk left empty were removed", { removed });
    const files = await openInsertFiles(directory);
    const limits = laneLimits(options.limits);
    return engine({ lanes: openLanes(chdb, directory, limits), limits, files, lock, log: options.log });
  } catch (error) {
    await lock.release();
    throw fromChdb(error);
  }
}

interface Lanes {
  readonly queues: Readonly<Record<Lane, LaneQueue<ChdbSlot>>>;
  /** Cancels statements of the others. */
  readonly control: LaneQueue<ChdbSlot>;
  readonly close: () => Promise<void>;
}

function openLanes(chdb: Chdb, directory: string, limits: Readonly<Record<Lane, LaneLimits>>): Lanes {
  const slots: ChdbSlot[] = [];
  const openSlot = (): ChdbSlot => {
    const slot = createChdbSlot(new chdb.Session(directory));
    slots.push(slot);
    return slot;
  };
  const permits = createSharedPermits(longStatementPermits());
  const queueOf = (lane: Lane): LaneQueue<ChdbSlot> =>
    createLaneQueue({
      name: lane,
      slots: Array.from({ length: SESSIONS[lane] }, openSlot),
      maxQueued: limits[lane].maxQueued,
      ...(lane === "read" || lane === "background" ? { permits } : {}),
    });
  try {
    const queues = {
      ingest: queueOf("ingest"),
      evaluate: queueOf("evaluate"),
      read: queueOf("read"),
      background: queueOf("background"),
    };
    const control = createLaneQueue({ name: "control", slots: [openSlot()], maxQueued: MAX_CANCELLING });
    const close = async (): Promise<void> => {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      await control.close();
      for (const slot of slots) slot.close();
      await chdb.drainPending();
    };
    return { queues, control, close };
  } catch (error) {
    for (const slot of slots) slot.close();
    throw error;
  }
}

function engine(parts: {
  readonly lanes: Lanes;
  readonly limits: Readonly<Record<Lane, LaneLimits>>;
  readonly files: InsertFiles;
  readonly lock: DirectoryLock;
  readonly log: Log;
}): ClickHouse {
  const { lanes, limits, files, lock, log } = parts;

  const cancel = (comment: string): void => {
    const kill = `KILL QUERY WHERE Settings['log_comment'] = ${sqlString(comment)} ASYNC`;
    lanes.control
      .run((slot) => slot.execute(kill, "TSV", {}))
      .catch((error: unknown) => log.debug("could not cancel a statement", { error: String(error) }));
  };
  const run = (
    lane: Lane,
    sql: string,
    format: string,
    statement?: StatementOptions,
  ): Promise<Uint8Array> => {
    const settings = statementSettings(limits[lane], statement);
    const execute = (slot: ChdbSlot) => slot.execute(sql, format, settings, statement?.params);
    const signal = statement?.signal;
    if (signal === undefined) return lanes.queues[lane].run(execute);
    const comment = randomUUID();
    settings["log_comment"] = comment;
    return abortable(lanes.queues[lane].run(execute, signal), signal, () => cancel(comment));
  };
  const structures = createTableStructures(async (sql, params) =>
    parseRows(await run("ingest", sql, "JSONEachRow", { params }), limits.ingest.maxResultBytes),
  );
  const close = async (): Promise<void> => {
    await lanes.close();
    await files.close();
    await lock.release();
  };
  let closed: Promise<void> | undefined;
  return {
    kind: "embedded",
    query: async <Row>(lane: Lane, sql: string, statement?: StatementOptions) =>
      parseRows<Row>(await run(lane, sql, "JSONEachRow", statement), limits[lane].maxResultBytes),
    queryBytes: async (lane, sql, statement) => {
      const bytes = await run(lane, sql, "RowBinary", statement);
      checkResultSize(bytes.length, limits[lane].maxResultBytes);
      return bytes;
    },
    command: async (lane, sql, statement) => {
      await run(lane, sql, "TSV", statement);
    },
    insert: async (lane, request) => {
      if (request.rowCount === 0) return;
      const structure = await structures.of(request.table, request.columns);
      await files.withFile(request.rows, (path) =>
        run(lane, insertFromFile(request, path, structure), "TSV", { settings: INSERT_SETTINGS }),
      );
    },
    close: () => (closed ??= close()),
  };
}

function insertFromFile(request: InsertRequest, path: string, structure: string): string {
  const columns = request.columns.map(identifier).join(", ");
  const format = sqlString(request.format ?? "RowBinary");
  const source = `file(${sqlString(path)}, ${format}, ${sqlString(structure)})`;
  // The token changes from insert to insert: in the statement it needs no statement of its own.
  const settings = `SETTINGS insert_deduplication_token = ${sqlString(request.deduplicationToken)}`;
  return `INSERT INTO ${identifier(request.table)} (${columns}) ${settings} SELECT ${columns} FROM ${source}`;
}
