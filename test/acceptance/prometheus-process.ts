import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./service-process.ts";

/** The version of the `prometheus` on this machine's path; undefined where there is none. */
export function installedPrometheus(): string | undefined {
  const { stdout, stderr, status } = spawnSync("prometheus", ["--version"], { encoding: "utf8" });
  return status === 0 ? /version (\S+?),? /.exec(stdout + stderr)?.[1] : undefined;
}

export interface PrometheusProcess {
  readonly url: string;
  log(): string;
  stop(): Promise<void>;
}

/** Runs a real Prometheus with this configuration (YAML without `global`), its data in a folder of its own. */
export async function startPrometheus(
  config: string,
  options: { readonly args?: readonly string[] } = {},
): Promise<PrometheusProcess> {
  const root = await mkdtemp(join(tmpdir(), "noroshi-prometheus-"));
  const port = await freePort();
  await writeFile(join(root, "prometheus.yml"), config);
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(root, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(root, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=info",
      ...(options.args ?? []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (log += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await eventually("Prometheus is ready", 30_000, async () => {
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    return response?.ok === true ? true : undefined;
  });
  return {
    url,
    log: () => log,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A port that nobody listens on now; its owner must cope with somebody being faster. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
