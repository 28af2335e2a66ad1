import { drainPending, Session } from "chdb";
import { randomUUID } from "node:crypto";
import { mkdir, unlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createLaneQueue } from "../../src/store/clickhouse/lane-queue.ts";
import { setStatement, stringLiteral } from "../../src/store/clickhouse/sql-text.ts";

/** A ClickHouse server as far as its HTTP protocol goes, on the embedded engine. */
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
const PROTOCOL = new Set([
  ...[
    "query",
    "database",
    "query_id",
    "default_format",
    "session_id",
    "session_timeout",
    "session_check",
    "role",
  ],
  ...["wait_end_of_query", "buffer_size", "enable_http_compression", "user", "password", "quota_key"],
]);

class Refused extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}`);
    this.status = status;
    this.code = code;
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
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, error));
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://gateway");
    if (url.pathname === "/ping") {
      response.end("Ok.\n");
      return;
    }
    authenticate(request, url);
    const body = await readBody(request);
    const queryId = url.searchParams.get("query_id") ?? randomUUID();
    response.setHeader("X-ClickHouse-Server-Display-Name", "gateway");
    response.setHeader("X-ClickHouse-Query-Id", queryId);
    response.setHeader("X-ClickHouse-Timezone", "UTC");
    const statement = parseStatement(url, body);
    queries.push(statement.sql);
    response.once("close", () => {
      if (!response.writableFinished) killQuery(control, queryId);
    });
    const settings = new Map<string, string | number | undefined>([["log_comment", queryId]]);
    for (const [name, value] of url.searchParams) if (!PROTOCOL.has(name)) settings.set(name, value);
    const killed = /^\s*KILL QUERY WHERE query_id = \{id:String\}/.test(statement.sql);
    if (killed) {
      killQuery(control, url.searchParams.get("param_id") ?? "");
      response.end();
      return;
    }
    const database = url.searchParams.get("database");
    const run = (sql: string): Promise<Uint8Array> =>
      queue.run(async (session) => {
        if (database !== null) await session.queryAsync(`USE ${database}`);
        await session.queryAsync(setStatement(settings));
        try {
          return (await session.queryAsync(sql, { format: statement.format })).bytes();
        } finally {
          await session.queryAsync(
            setStatement(
              new Map(
                [...settings.keys()]
                  .filter((name) => !name.startsWith("param_"))
                  .map((name) => [name, undefined]),
              ),
            ),
          );
        }
      });
    let result: Uint8Array;
    if (statement.rows === undefined) result = await run(statement.sql);
    else {
      const file = join(inserts, `${randomUUID()}.rowbinary`);
      await writeFile(file, statement.rows);
      try {
        result = await run(insertFromFile(control, statement.sql, file));
      } finally {
        await unlink(file);
      }
    }
    response.setHeader("X-ClickHouse-Format", statement.format);
    response.setHeader("X-ClickHouse-Summary", JSON.stringify({ read_rows: "0", written_rows: "0" }));
    response.end(result);
  };

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

interface Statement {
  readonly sql: string;
  readonly format: string;
  /** RowBinary to insert. */
  readonly rows: Uint8Array | undefined;
}

function parseStatement(url: URL, body: Buffer): Statement {
  const inUrl = url.searchParams.get("query");
  const insert = inUrl === null ? undefined : /^(\s*INSERT INTO .+)\sFORMAT RowBinary\s*$/is.exec(inUrl)?.[1];
  if (insert !== undefined) return { sql: insert, format: "TSV", rows: body };
  const text = (inUrl === null ? body.toString("utf8") : `${inUrl}\n${body.toString("utf8")}`)
    .trimEnd()
    .replace(/;$/, "");
  const format = /\sFORMAT\s+(\w+)\s*$/i.exec(text);
  return {
    sql: format === null ? text : text.slice(0, format.index),
    format: format?.[1] ?? url.searchParams.get("default_format") ?? "TabSeparated",
    rows: undefined,
  };
}

function insertFromFile(session: Session, insert: string, file: string): string {
  const [, table, columnText] = /INSERT INTO (\w+) \(([^)]+)\)/i.exec(insert) ?? [];
  if (table === undefined || columnText === undefined)
    throw new Refused(400, 62, "Syntax error: INSERT without columns");
  const described = session.query(`DESCRIBE TABLE ${table}`, "JSONEachRow");
  const rows = described
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; type: string });
  const types = new Map(rows.map((row) => [row.name, row.type]));
  const columns = columnText.split(",").map((column) => column.trim());
  const structure = columns.map((column) => `${column} ${types.get(column) ?? "String"}`).join(", ");
  return `${insert} SELECT ${columnText} FROM file(${stringLiteral(file)}, 'RowBinary', ${stringLiteral(structure)})`;
}

/** Synchronous: the threads of Node's pool may all be busy with what is to be killed. */
function killQuery(session: Session, queryId: string): void {
  session.query(`KILL QUERY WHERE Settings['log_comment'] = ${stringLiteral(queryId)} ASYNC`);
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
