import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { formatSimClock } from "./sim-clock.ts";
import type { SimClock } from "./sim-clock.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
/** The example specs of this package, wherever the command is run. */
export const SPECS_DIRECTORY = join(HERE, "../../../slo-specs");

/** Begins the name of the folder that holds everything a demo writes. */
export const FOLDER_PREFIX = "noroshi-demo-";

/** The variable that hands the simulated clock to the service's process. */
export const CLOCK_VARIABLE = "NOROSHI_DEMO_CLOCK";

/** What the service's process says once it can be used. */
export const readyMessageSchema = z.object({ url: z.string(), otlpHttpUrl: z.string() });
export type ReadyMessage = z.output<typeof readyMessageSchema>;

/** What a child needs of its parent's environment; everything else could change how the demo behaves. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "TZ", "LANG", "LD_LIBRARY_PATH", "SystemRoot"];

/** Nobody balances load over it, so it may stop at once; and the story shows what both receivers are told. */
const CONFIG_FILE =
  "log: {level: info, format: json}\nstop: {readinessDelay: 0s}\ntelling: {pageMutesTicket: false}\n";

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LOG_LINES_SHOWN = 15;

export interface ServiceProcess extends ReadyMessage {
  readonly pid: number;
  /** Settles when the process ends by itself; rejects with what it said last. */
  readonly died: Promise<never>;
  /** Asks it to stop, waits, and insists if it does not. */
  stop(): Promise<void>;
}

export interface ServiceProcessOptions {
  /** Holds the stores and the log. */
  readonly directory: string;
  readonly clock: SimClock;
  readonly environment: Readonly<Record<string, string>>;
  /** Gives up waiting for it, and stops it. */
  readonly signal: AbortSignal;
}

/** Runs Noroshi as a process of its own, on the simulated clock, on free ports of the loopback interface. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  const logPath = join(options.directory, "noroshi.log");
  writeFileSync(join(options.directory, "noroshi.yaml"), CONFIG_FILE);
  const log = openSync(logPath, "a");
  const uncompiled = import.meta.url.endsWith(".ts");
  const child = fork(join(HERE, uncompiled ? "demo-server.ts" : "demo-server.js"), {
    cwd: options.directory,
    execArgv: uncompiled ? ["--import", import.meta.resolve("tsx")] : [],
    stdio: ["ignore", log, log, "ipc"],
    env: {
      ...Object.fromEntries(
        INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
      ),
      ...options.environment,
      [CLOCK_VARIABLE]: formatSimClock(options.clock),
      NOROSHI_LISTEN: "127.0.0.1:0",
      NOROSHI_OTLP_HTTP_LISTEN: "127.0.0.1:0",
      NOROSHI_OTLP_GRPC_LISTEN: "off",
      NOROSHI_DATA_DIR: join(options.directory, "data"),
      NOROSHI_SPECS: SPECS_DIRECTORY,
    },
  });
  closeSync(log);
  const killWithParent = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithParent);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => {
      process.removeListener("exit", killWithParent);
      resolve(`it ended with ${signal ?? `code ${code}`}`);
    });
  });
  const died = ended.then((how): never => {
    throw new Error(`Noroshi stopped: ${how}.${lastLines(logPath)}`);
  });
  died.catch(() => {});
  const stop = (): Promise<void> => stopChild(child, ended);
  try {
    const ready = await Promise.race([readyMessage(child), died, givenUp(options.signal, logPath)]);
    return { ...ready, pid: child.pid ?? 0, died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readyMessage(child: ChildProcess): Promise<ReadyMessage> {
  return new Promise((resolve) => {
    child.on("message", (message) => {
      const parsed = readyMessageSchema.safeParse(message);
      if (parsed.success) resolve(parsed.data);
    });
  });
}

function givenUp(signal: AbortSignal, logPath: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("stopped while Noroshi was starting")), {
      once: true,
    });
    setTimeout(
      () =>
        reject(new Error(`Noroshi was not ready within ${READY_TIMEOUT_MS / 1_000} s.${lastLines(logPath)}`)),
      READY_TIMEOUT_MS,
    ).unref();
  });
}

async function stopChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  child.kill("SIGTERM");
  const insist = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(insist);
}

function lastLines(logPath: string): string {
  const lines = readFileSync(logPath, "utf8").trim().split("\n").slice(-LOG_LINES_SHOWN);
  return lines.join("") === "" ? "" : ` Its last words:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
