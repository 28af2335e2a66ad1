import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface StartedProcess {
  readonly child: ChildProcess;
  /** The first line it wrote. */
  readonly firstLine: string;
  /** SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
}

/** Runs a script with tsx until it has written a line. */
export async function startScript(script: URL, args: readonly string[]): Promise<StartedProcess> {
  const path = fileURLToPath(script);
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
  const firstLine = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("exit", (code) =>
      reject(new Error(`${path} ended with ${code} before it was ready: ${errors}`)),
    );
  });
  return {
    child,
    firstLine,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
