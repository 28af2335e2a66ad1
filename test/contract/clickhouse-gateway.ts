import { drainPending, Session } from "chdb";
import { randomUUID } from "node:crypto";
import { mkdir, unlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createLaneQueue, type LaneQueue } from "../../src/store/clickhouse/lane-queue.ts";
import { sqlString } from "../../src/model/sql-string.ts";
import { setStatement } from "../../src/store/clickhouse/sql-text.ts";

/** A ClickHouse server as far as its HTTP protocol goes, on the embedded engine (of which a process can run one). */
export interface ClickHouseGateway {
  /** With user and password, for CLICKHOUSE_URL. */
  readonly url: string;
  readonly port: number;
  /** Queries received, newest last, for assertions. */
  readonly queries: readonly string[];
  close(): Promise<void>;
}

const USER = "noroshi";
const PASSWORD = "gateway secret/1";
const SESSIONS = 4;

/** Parameters of the protocol itself; every other one is a setting of the query. */
const PROTOCOL = new Set(
  (
    "query database query_id default_format session_id session_timeout session_check role wait_end_of_query " +
    "buffer_size enable_http_compression user password quota_key"
  ).split(" "),
);

interface Engine {
  readonly queue: LaneQueue<Session>;
  /** For statements that are done at once, whatever else runs. */
  readonly control: Session;
  readonly inserts: string;
}

interface Statement {
  readonly sql: string;
  readonly format: string;
  /** To insert, in `format`. */
  readonly rows: Uint8Array | undefined;
  readonly settings: ReadonlyMap<string, string>;
  readonly database: string | undefined;
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, code: number, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}`);
    this.status = status;
  }
}

export async function startClickHouseGateway(dataDir: string, port = 0): Promise<ClickHouseGateway> {
  const directory = join(dataDir, "clickhouse");
  const inserts = join(dataDir, "gateway-inserts");
  await mkdir(directory, { recursive: true });
  await mkdir(inserts, { recursive: true });
  const sessions = Array.from({ length: SESSIONS }, () => new Session(directory));
  const control = new Session(directory);
  const queue = createLaneQueue({ name: "gateway", slots: sessions, maxQueued: 10_000 });
  const queries: string[] = [];
  const server = createServer({ maxHeaderSize: 1_048_576 }, (request, response) => {
    answer({ queue, control, inserts }, queries, request, response).catch((error: unknown) =>
      refuse(response, error),
    );
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const listening = (server.address() as AddressInfo).port;
  return {
    url: `http://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${listening}/default`,
    port: listening,
    queries,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await queue.close();
      for (const session of [...sessions, control]) session.close();
      await drainPending();
    },
  };
}

async function answer(
  engine: Engine,
  queries: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://gateway");
  if (url.pathname === "/ping") {
    response.end("Ok.\n");
    return;
  }
  authenticate(request, url);
  const queryId = url.searchParams.get("query_id") ?? randomUUID();
  response.setHeader("X-ClickHouse-Server-Display-Name", "gateway");
  response.setHeader("X-ClickHouse-Query-Id", queryId);
  response.setHeader("X-ClickHouse-Timezone", "UTC");
  const statement = await parseStatement(request, url, queryId);
  queries.push(statement.sql);
  response.once("close", () => {
    if (!response.writableFinished) killQuery(engine.control, queryId);
  });
  if (/^\s*KILL QUERY WHERE query_id = \{id:String\}/.test(statement.sql)) {
    killQuery(engine.control, statement.settings.get("param_id") ?? "");
    response.end();
    return;
  }
  const result = await (statement.rows === undefined
    ? run(engine, statement)
    : insert(engine, statement, statement.rows));
  response.setHeader("X-ClickHouse-Format", statement.rows === undefined ? statement.format : "TSV");
  response.setHeader("X-ClickHouse-Summary", JSON.stringify({ read_rows: "0", written_rows: "0" }));
  response.end(result);
}

/** The settings hold for this statement alone, as they do on a server. */
async function run(engine: Engine, statement: Statement): Promise<Uint8Array> {
  const { sql, format, settings, database } = statement;
  return await engine.queue.run(async (session) => {
    if (database !== undefined) await session.queryAsync(`USE ${database}`);
    await session.queryAsync(setStatement(settings));
    try {
      return (await session.queryAsync(sql, { format })).bytes();
    } finally {
      const own = [...settings.keys()].filter((name) => !name.startsWith("param_"));
      await session.queryAsync(setStatement(new Map(own.map((name) => [name, undefined]))));
    }
  });
}

async function insert(engine: Engine, statement: Statement, rows: Uint8Array): Promise<Uint8Array> {
  const file = join(engine.inserts, `${randomUUID()}.rowbinary`);
  await writeFile(file, rows);
  try {
    const sql = insertFromFile(engine.control, statement.sql, statement.format, file);
    return await run(engine, { ...statement, sql, format: "TSV" });
  } finally {
    await unlink(file);
  }
}

function insertFromFile(session: Session, sql: string, format: string, file: string): string {
  const [, table, columnText] = /INSERT INTO (\w+) \(([^)]+)\)/i.exec(sql) ?? [];
  if (table === undefined || columnText === undefined) {
    throw new Refused(400, 62, "Syntax error: INSERT without columns");
  }
  const described = session.query(`DESCRIBE TABLE ${table}`, "JSONEachRow").trim().split("\n");
  const types = new Map(
    described
      .map((line) => JSON.parse(line) as { name: string; type: string })
      .map((row) => [row.name, row.type]),
  );
  const columns = columnText.split(",").map((column) => column.trim());
  const structure = columns.map((column) => `${column} ${types.get(column) ?? "String"}`).join(", ");
  return `${sql} SELECT ${columnText} FROM file(${sqlString(file)}, '${format}', ${sqlString(structure)})`;
}

function authenticate(request: IncomingMessage, url: URL): void {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const [user, password] =
    basic === undefined
      ? [
          request.headers["x-clickhouse-user"] ?? url.searchParams.get("user"),
          request.headers["x-clickhouse-key"] ?? url.searchParams.get("password"),
        ]
      : Buffer.from(basic, "base64").toString("utf8").split(/:(.*)/s);
  if (user === USER && password === PASSWORD) return;
  throw new Refused(
    403,
    516,
    `${String(user)}: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)`,
  );
}

async function parseStatement(request: IncomingMessage, url: URL, queryId: string): Promise<Statement> {
  const body = await readBody(request);
  const fields = new Map(url.searchParams);
  let bodyText = "";
  const contentType = request.headers["content-type"] ?? "";
  if (contentType.startsWith("multipart/form-data")) {
    const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
    for (const [name, value] of form) if (typeof value === "string") fields.set(name, value);
  } else bodyText = body.toString("utf8");
  const settings = new Map([["log_comment", queryId]]);
  for (const [name, value] of fields) if (!PROTOCOL.has(name)) settings.set(name, value);
  const database = fields.get("database");
  const query = fields.get("query");
  const [, insertSql, rowFormat] =
    /^(\s*INSERT INTO .+)\sFORMAT (RowBinary|Native)\s*$/is.exec(query ?? "") ?? [];
  if (insertSql !== undefined && rowFormat !== undefined)
    return { sql: insertSql, format: rowFormat, rows: body, settings, database };
  const text = [query, bodyText]
    .filter((part) => part !== undefined)
    .join("\n")
    .trimEnd()
    .replace(/;$/, "");
  const format = /\sFORMAT\s+(\w+)\s*$/i.exec(text);
  return {
    sql: format === null ? text : text.slice(0, format.index),
    format: format?.[1] ?? fields.get("default_format") ?? "TabSeparated",
    rows: undefined,
    settings,
    database,
  };
}

/** Synchronous: the threads of Node's pool may all be busy with what is to be killed. */
function killQuery(session: Session, queryId: string): void {
  session.query(`KILL QUERY WHERE Settings['log_comment'] = ${sqlString(queryId)} ASYNC`);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

/** Statuses as the server gives them: 404 for unknown names, 400 for bad queries, 500 for the rest. */
function refuse(response: ServerResponse, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const code = Number(/Code: (\d+)/.exec(text)?.[1] ?? 1_002);
  const byCode = code === 60 || code === 81 ? 404 : [62, 47, 36, 456, 457].includes(code) ? 400 : 500;
  response.statusCode = error instanceof Refused ? error.status : byCode;
  response.setHeader("X-ClickHouse-Exception-Code", String(code));
  response.end(`${text}\n`);
}
