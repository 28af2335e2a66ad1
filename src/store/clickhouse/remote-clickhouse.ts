import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { Log } from "../../self/log.ts";
import { createRedaction } from "../redact-url.ts";
import { abortable } from "./abortable.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import type { ClickHouse, InsertRequest, Lane, QueryParam, StatementOptions } from "./clickhouse.ts";
import { type LaneLimitOverrides, laneLimits, statementSettings } from "./lane-limits.ts";
import { createLaneQueue, type LaneQueue } from "./lane-queue.ts";
import { fromRemote } from "./remote-error.ts";
import { parseRows, resultTooLarge } from "./parse-rows.ts";
import { identifier } from "./sql-text.ts";

/** Statements at the server at once, by lane. */
const CONNECTIONS: Readonly<Record<Lane, number>> = { ingest: 2, evaluate: 4, read: 8, background: 2 };

/** The server enforces the time limit; this much later the client stops waiting for its answer. */
const GRACE_MS = 10_000;

interface Request {
  readonly query: string;
  readonly query_id: string;
  readonly clickhouse_settings: Readonly<Record<string, string | number>>;
  readonly query_params: Record<string, unknown>;
  readonly abort_signal: AbortSignal;
}

/**
 * A ClickHouse server over HTTP: `http[s]://user:password@host:8123/database`. Nothing is sent until the first
 * statement. Throws ClickHouseError (`query`) when the URL cannot be used.
 */
export function openRemoteClickHouse(options: {
  readonly url: string;
  readonly limits?: LaneLimitOverrides;
  readonly log: Log;
}): ClickHouse {
  const { url, client } = connect(options.url);
  const redact = createRedaction(url);
  const limits = laneLimits(options.limits);
  const queueOf = (lane: Lane): LaneQueue<number> =>
    createLaneQueue({
      name: lane,
      slots: Array.from({ length: CONNECTIONS[lane] }, (_, slot) => slot),
      maxQueued: limits[lane].maxQueued,
    });
  const queues: Readonly<Record<Lane, LaneQueue<number>>> = {
    ingest: queueOf("ingest"),
    evaluate: queueOf("evaluate"),
    read: queueOf("read"),
    background: queueOf("background"),
  };

  const kill = (queryId: string): void => {
    client
      .command({ query: "KILL QUERY WHERE query_id = {id:String} ASYNC", query_params: { id: queryId } })
      .catch((error: unknown) => {
        options.log.debug("could not cancel a statement", {
          error: fromRemote(error, url.host, redact).message,
        });
      });
  };
  const execute = <T>(
    lane: Lane,
    query: string,
    statement: StatementOptions | undefined,
    send: (request: Request) => Promise<T>,
  ): Promise<T> => {
    const signal = statement?.signal;
    const queryId = randomUUID();
    const settings = statementSettings(limits[lane], statement);
    // The result comes only when it is complete: an error has its own status instead of breaking off half an answer.
    settings["wait_end_of_query"] = 1;
    const timeoutMs = Number(settings["max_execution_time"]) * 1_000 + GRACE_MS;
    const work = queues[lane].run(async () => {
      const timer = AbortSignal.timeout(timeoutMs);
      try {
        return await send({
          query,
          query_id: queryId,
          clickhouse_settings: settings,
          query_params: plainParams(statement?.params),
          abort_signal: signal === undefined ? timer : AbortSignal.any([signal, timer]),
        });
      } catch (error) {
        if (!timer.aborted) throw fromRemote(error, url.host, redact);
        kill(queryId);
        throw new ClickHouseError(
          "timeout",
          `ClickHouse at ${url.host} did not answer within ${timeoutMs} ms`,
        );
      }
    }, signal);
    return abortable(work, signal, () => kill(queryId));
  };
  let closed: Promise<void> | undefined;
  return {
    kind: "remote",
    query: <Row>(lane: Lane, sql: string, statement?: StatementOptions) =>
      execute(lane, `${sql}\nFORMAT JSONEachRow`, statement, async (request) => {
        const { stream } = await client.exec(request);
        return parseRows<Row>(
          await readAll(stream, limits[lane].maxResultBytes),
          limits[lane].maxResultBytes,
        );
      }),
    command: (lane, sql, statement) =>
      execute(lane, sql, statement, async (request) => {
        await client.command(request);
      }),
    insert: async (lane, insert) => {
      if (insert.rowCount === 0) return;
      const statement = { deduplicationToken: insert.deduplicationToken };
      await execute(lane, insertStatement(insert), statement, async (request) => {
        const values = Readable.from([insert.rows], { objectMode: false });
        const { stream } = await client.exec({ ...request, values });
        stream.resume();
        await new Promise<void>((resolve, reject) => stream.once("close", resolve).once("error", reject));
      });
    },
    close: () =>
      (closed ??= Promise.all(Object.values(queues).map((queue) => queue.close())).then(() =>
        client.close(),
      )),
  };
}

function connect(text: string): { readonly url: URL; readonly client: ReturnType<typeof createClient> } {
  if (!URL.canParse(text)) throw new ClickHouseError("query", "CLICKHOUSE_URL is not a URL");
  const url = new URL(text);
  const redact = createRedaction(url);
  const connections = Object.values(CONNECTIONS).reduce((sum, count) => sum + count, 1);
  try {
    const client = createClient({
      url: text,
      application: "noroshi",
      max_open_connections: connections,
      // Every statement has its own time limit (see execute).
      request_timeout: 24 * 3_600_000,
      log: { level: ClickHouseLogLevel.OFF },
    });
    return { url, client };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ClickHouseError("query", redact(`CLICKHOUSE_URL cannot be used: ${message}`));
  }
}

function insertStatement(insert: InsertRequest): string {
  const columns = insert.columns.map(identifier).join(", ");
  return `INSERT INTO ${identifier(insert.table)} (${columns}) FORMAT RowBinary`;
}

/** Everything the server answered, unless that is more than `maxBytes`. */
async function readAll(stream: Readable, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).byteLength;
    // Leaving the loop destroys the stream and with it the connection.
    if (bytes > maxBytes) throw resultTooLarge(maxBytes);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** The client tells booleans, bigints and arrays apart by itself; it wants arrays that it may change. */
function plainParams(params: Readonly<Record<string, QueryParam>> | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params ?? {}).map(([name, value]) => [
      name,
      typeof value === "object" ? [...value] : value,
    ]),
  );
}
