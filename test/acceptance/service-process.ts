import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Another build than dist may be tried. */
const BUILD = process.env["NOROSHI_TEST_BUILD"] ?? fileURLToPath(new URL("../../dist", import.meta.url));
const MAIN = join(BUILD, "cli/main.js");

/** The built command, running as a user would run it. */
export interface ServiceProcess {
  /** API and pages. */
  readonly url: string;
  readonly otlpUrl: string;
  readonly otlpGrpcUrl: string;
  /** What it wrote on standard error so far. */
  log(): string;
  /** Ends it without warning, as a power cut would. */
  kill(): Promise<void>;
  /** It does nothing more until it goes on, and does not notice: a machine that swaps, a paused container. */
  freeze(): void;
  goOn(): void;
  /** SIGTERM unless another is given; the exit code once it is gone. */
  stop(signal?: "SIGTERM" | "SIGINT"): Promise<number | null>;
}

export interface ServiceOptions {
  readonly dataDir: string;
  readonly specs: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `noroshi serve` on free ports and waits until it is ready. Rejects with its log when it does not get there. */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [MAIN, "serve"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      NOROSHI_LISTEN: "127.0.0.1:0",
      NOROSHI_OTLP_HTTP_LISTEN: "127.0.0.1:0",
      NOROSHI_OTLP_GRPC_LISTEN: "127.0.0.1:0",
      NOROSHI_DATA_DIR: options.dataDir,
      NOROSHI_SPECS: options.specs,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const { url, otlpUrl, otlpGrpcUrl } = await addresses(child, exited, () => log);
  await untilReady(url, exited, () => log);
  return {
    url,
    otlpUrl,
    otlpGrpcUrl,
    log: () => log,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    freeze: () => void child.kill("SIGSTOP"),
    goOn: () => void child.kill("SIGCONT"),
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return exited;
    },
  };
}

/** Runs the built command to its end. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", (exit) => resolve(exit)));
  return { code, stdout, stderr };
}

/** Asks until the answer satisfies, or fails with what was last seen. */
export async function eventually<T>(
  what: string,
  timeoutMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline)
      throw new Error(`within ${timeoutMs} ms it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function addresses(
  child: ChildProcess,
  exited: Promise<number | null>,
  log: () => string,
): Promise<{ url: string; otlpUrl: string; otlpGrpcUrl: string }> {
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      const url = /(?:API and pages|health)\s+(http:\S+)/.exec(out)?.[1];
      const otlpUrl = /OTLP\/HTTP\s+(http:\S+|off)/.exec(out)?.[1];
      const otlpGrpcUrl = /OTLP\/gRPC\s+(http:\S+|off)/.exec(out)?.[1];
      if (url !== undefined && otlpUrl !== undefined && otlpGrpcUrl !== undefined) {
        resolve({ url, otlpUrl, otlpGrpcUrl });
      }
    });
    void exited.then((code) => reject(new Error(`the service ended with ${code}:\n${out}${log()}`)));
  });
}

async function untilReady(url: string, exited: Promise<number | null>, log: () => string): Promise<void> {
  let ended = false;
  void exited.then(() => (ended = true));
  await eventually("the service is ready", 60_000, async () => {
    if (ended) throw new Error(`the service ended:\n${log()}`);
    const response = await fetch(`${url}/readyz`).catch(() => undefined);
    return response?.ok === true ? true : undefined;
  });
}
