import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../acceptance/prometheus-process.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** A server under measurement, in a process of its own. */
export interface Peer {
  readonly name: string;
  /** Takes remote write 1.0. */
  readonly writeUrl: string;
  /** Base of the Prometheus HTTP API. */
  readonly apiUrl: string;
  /** User and system time so far, all threads together. */
  cpuSeconds(): number;
  residentBytes(): number;
  stop(): Promise<void>;
}

export type PeerName = "noroshi" | "prometheus" | "victoria-metrics";

const installed = (command: string): boolean => spawnSync("which", [command]).status === 0;

/** Noroshi and those of its peers that are installed on this machine. */
export function peersAtHand(): PeerName[] {
  const others = (["prometheus", "victoria-metrics"] as const).filter(installed);
  return ["noroshi", ...others];
}

/** Starts a peer on an empty data directory; stop removes that. */
export async function startPeer(name: PeerName): Promise<Peer> {
  const root = await mkdtemp(join(tmpdir(), `noroshi-bench-${name}-`));
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const launch = await launchOf(name, root, port);
  const child = spawn(launch.command, launch.args, {
    env: { PATH: process.env["PATH"] ?? "", ...launch.env },
    stdio: "ignore",
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await untilAnswers(`${base}${launch.readyPath}`);
  const pid = child.pid!;
  return {
    name,
    writeUrl: base + launch.writePath,
    apiUrl: base + launch.apiPath,
    cpuSeconds: () => cpuSeconds(pid),
    residentBytes: () => residentBytes(pid),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(root, { recursive: true, force: true });
    },
  };
}

interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly readyPath: string;
  readonly writePath: string;
  readonly apiPath: string;
}

async function launchOf(name: PeerName, root: string, port: number): Promise<Launch> {
  const listen = `127.0.0.1:${port}`;
  switch (name) {
    case "noroshi": {
      // Apart from the data: specs are watched, file by file.
      const specs = join(root, "specs");
      await mkdir(specs);
      return {
        command: process.execPath,
        args: [MAIN, "serve"],
        env: {
          NOROSHI_LISTEN: listen,
          NOROSHI_OTLP_HTTP_LISTEN: "off",
          NOROSHI_OTLP_GRPC_LISTEN: "off",
          NOROSHI_DATA_DIR: join(root, "data"),
          NOROSHI_SPECS: specs,
        },
        readyPath: "/readyz",
        writePath: "/prometheus/api/v1/write",
        apiPath: "/prometheus",
      };
    }
    case "prometheus": {
      const config = join(root, "prometheus.yml");
      await writeFile(config, "global: {scrape_interval: 1m}\n");
      return {
        command: "prometheus",
        args: [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(root, "data")}`,
          `--web.listen-address=${listen}`,
          "--web.enable-remote-write-receiver",
          "--query.max-samples=500000000",
        ],
        readyPath: "/-/ready",
        writePath: "/api/v1/write",
        apiPath: "",
      };
    }
    case "victoria-metrics":
      return {
        command: "victoria-metrics",
        args: [`-storageDataPath=${join(root, "data")}`, `-httpListenAddr=${listen}`, "-retentionPeriod=10y"],
        readyPath: "/health",
        writePath: "/api/v1/write",
        apiPath: "/prometheus",
      };
  }
}

async function untilAnswers(url: string): Promise<void> {
  for (let i = 0; i < 600; i += 1) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer`);
}

/** Linux counts in hundredths of a second. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentBytes(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) * 1_024;
}
