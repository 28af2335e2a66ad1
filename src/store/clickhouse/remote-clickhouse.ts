import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { Log } from "../../self/log.ts";
import { createRedaction } from "../redact-url.ts";
import { abortable } from "./abortable.ts";
import { ClickHouseError } from "./clickhouse-error.ts";
import type { ClickHouse, InsertRequest, Lane, QueryParam, StatementOptions } from "./clickhouse.ts";
import {
  INSERT_SETTINGS,
  type LaneLimitOverrides,
  type LaneLimits,
  laneLimits,
  statementSettings,
} from "./lane-limits.ts";
import { createLaneQueue, type LaneQueue } from "./lane-queue.ts";
import { parseRows } from "./parse-rows.ts";
import { fromRemote } from "./remote-error.ts";
import { identifier } from "./sql-text.ts";

/** Statements at the server at once, by lane. */
const CONNECTIONS: Readonly<Record<Lane, number>> = { ingest: 2, evaluate: 4, read: 8, background: 2 };

/** The server enforces the time limit; this much later the client stops waiting for its answer. */
const GRACE_MS = 10_000;

/** The statement says how its result is to be written. */
const NAMES_FORMAT = /\sFORMAT \w+$/;

type Client = ReturnType<typeof createClient>;

interface Request {
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
  const server = connect(options.url, options.log);
  const { client } = server;
  const limits = laneLimits(options.limits);
  const queues = openQueues(limits);

  const run = <T>(
    lane: Lane,
    statement: StatementOptions | undefined,
    send: (request: Request) => Promise<T>,
  ): Promise<T> => {
    const signal = statement?.signal;
    const queryId = randomUUID();
    const settings = remoteSettings(limits[lane], statement);
    const timeoutMs = Number(settings["max_execution_time"]) * 1_000 + GRACE_MS;
    const work = queues[lane].run(async () => {
      const timer = AbortSignal.timeout(timeoutMs);
      try {
        return await send({
          query_id: queryId,
          clickhouse_settings: settings,
          query_params: plainParams(statement?.params),
          abort_signal: signal === undefined ? timer : AbortSignal.any([signal, timer]),
        });
      } catch (error) {
        if (!timer.aborted) throw server.sorted(error);
        server.cancel(queryId);
        throw new ClickHouseError(
          "timeout",
          `ClickHouse at ${server.host} did not answer within ${timeoutMs} ms`,
        );
      }
    }, signal);
    return abortable(work, signal, () => server.cancel(queryId));
  };
  const close = async (): Promise<void> => {
    await Promise.all(Object.values(queues).map((queue) => queue.close()));
    await client.close();
  };
  let closed: Promise<void> | undefined;
  return {
    kind: "remote",
    query: <Row>(lane: Lane, sql: string, statement?: StatementOptions) =>
      run(lane, statement, async (request) => {
        const result = await client.query({ ...request, query: sql, format: "JSONEachRow" });
        return parseRows<Row>(await result.text(), limits[lane].maxResultBytes);
      }),
    queryBytes: (lane, sql, statement) =>
      run(lane, statement, async (request) => {
        const query = NAMES_FORMAT.test(sql) ? sql : `${sql}\nFORMAT RowBinary`;
        return wholeOf((await client.exec({ ...request, query })).stream);
      }),
    command: (lane, sql, statement) =>
      run(lane, statement, async (request) => {
        await client.command({ ...request, query: sql });
      }),
    insert: async (lane, insert) => {
      if (insert.rowCount === 0) return;
      const statement = { deduplicationToken: insert.deduplicationToken, settings: INSERT_SETTINGS };
      await run(lane, statement, (request) => sendRows(client, request, insert));
    },
    close: () => (closed ??= close()),
  };
}

interface Server {
  readonly client: Client;
  readonly host: string;
  readonly sorted: (error: unknown) => ClickHouseError;
  readonly cancel: (queryId: string) => void;
}

function connect(text: string, log: Log): Server {
  if (!URL.canParse(text)) throw new ClickHouseError("query", "CLICKHOUSE_URL is not a URL");
  const url = new URL(text);
  const redact = createRedaction(url);
  const client = openClient(text, redact);
  const sorted = (error: unknown): ClickHouseError => fromRemote(error, url.host, redact);
  const cancel = (queryId: string): void => {
    client
      .command({ query: "KILL QUERY WHERE query_id = {id:String} ASYNC", query_params: { id: queryId } })
      .catch((error: unknown) => log.debug("could not cancel a statement", { error: sorted(error).message }));
  };
  return { client, host: url.host, sorted, cancel };
}

function openClient(url: string, redact: (text: string) => string): Client {
  try {
    return createClient({
      url,
      application: "noroshi",
      // One more to cancel with.
      max_open_connections: Object.values(CONNECTIONS).reduce((sum, count) => sum + count, 1),
      // Every statement has its own time limit (see openRemoteClickHouse).
      request_timeout: 24 * 3_600_000,
      // Long lists of parameters travel in the body: the length of a URL is limited.
      use_multipart_params_auto: true,
      log: { level: ClickHouseLogLevel.OFF },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ClickHouseError("query", redact(`CLICKHOUSE_URL cannot be used: ${message}`));
  }
}

function openQueues(limits: Readonly<Record<Lane, LaneLimits>>): Readonly<Record<Lane, LaneQueue<number>>> {
  const queueOf = (lane: Lane): LaneQueue<number> =>
    createLaneQueue({
      name: lane,
      slots: Array.from({ length: CONNECTIONS[lane] }, (_, slot) => slot),
      maxQueued: limits[lane].maxQueued,
    });
  return {
    ingest: queueOf("ingest"),
    evaluate: queueOf("evaluate"),
    read: queueOf("read"),
    background: queueOf("background"),
  };
}

function remoteSettings(
  limits: LaneLimits,
  statement: StatementOptions | undefined,
): Record<string, string | number> {
  return {
    // The result comes only when it is complete: an error has its own status instead of breaking off half an answer.
    wait_end_of_query: 1,
    max_result_bytes: limits.maxResultBytes,
    // An insert that is acknowledged can be read back, whatever the user's profile on the server says.
    async_insert: 0,
    ...statementSettings(limits, statement),
  };
}

async function sendRows(client: Client, request: Request, insert: InsertRequest): Promise<void> {
  const values = Readable.from([insert.rows], { objectMode: false });
  const { stream } = await client.exec({ ...request, query: insertStatement(insert), values });
  stream.resume();
  await finished(stream);
}

async function wholeOf(stream: Readable): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function insertStatement(insert: InsertRequest): string {
  const columns = insert.columns.map(identifier).join(", ");
  return `INSERT INTO ${identifier(insert.table)} (${columns}) FORMAT ${insert.format ?? "RowBinary"}`;
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
