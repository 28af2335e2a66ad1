import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** True where the command `git` can serve repositories over HTTP. */
export function canServeGit(): boolean {
  try {
    execFileSync("git", ["http-backend"], { env: { ...process.env, REQUEST_METHOD: "GET" }, stdio: "pipe" });
    return true;
  } catch (error) {
    // It runs, and misses the rest of its environment.
    return String((error as { stderr?: unknown }).stderr).includes("GIT_PROJECT_ROOT");
  }
}

/** A git server on this machine, with one repository that it gives to those who know the token. */
export interface GitServer {
  /** Of the repository, without credentials; it leads to its real one, that ends in .git. */
  readonly url: string;
  /** Commits to the branch main, and pushes; an undefined text deletes the file. Gives the commit's id. */
  commit(subject: string, files: Readonly<Record<string, string | undefined>>): Promise<string>;
  /** Does not listen any more. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startGitServer(token: string): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), "noroshi-git-server-"));
  const work = join(root, "work");
  const git = (cwd: string, ...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  git(root, "init", "-q", "--bare", "-b", "main", "slos.git");
  git(root, "clone", "-q", "slos.git", "work");
  git(work, "checkout", "-q", "-B", "main");
  const allowed = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  const server = createServer((request, response) => {
    // As some servers do with the address that people copy from their pages.
    if (request.url?.startsWith("/slos/info/refs") === true) {
      response.writeHead(301, { location: request.url.replace("/slos/", "/slos.git/") }).end();
    } else if (request.headers.authorization === allowed) answerByGit(root, request, response);
    else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/slos`,
    commit: async (subject, files) => {
      for (const [path, text] of Object.entries(files)) {
        if (text === undefined) await rm(join(work, path));
        else {
          await mkdir(dirname(join(work, path)), { recursive: true });
          await writeFile(join(work, path), text);
        }
      }
      git(work, "add", "-A");
      git(work, "commit", "-qm", subject);
      git(work, "push", "-q", "origin", "main");
      return git(work, "rev-parse", "HEAD");
    },
    stop: () => stop(server),
    start: () => listen(server, port),
    close: async () => {
      if (server.listening) await stop(server);
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** CGI, as `git help http-backend` describes it. */
function answerByGit(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.once("close", () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf("\r\n\r\n");
    const headers = all.subarray(0, end).toString("latin1").split("\r\n");
    let status = 200;
    for (const header of headers) {
      const [name = "", value = ""] = header.split(/:\s*/, 2);
      if (name.toLowerCase() === "status") status = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(all.subarray(end + 4));
  });
}
