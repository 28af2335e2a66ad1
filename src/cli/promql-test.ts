import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { runScript, type ScriptReport } from "../promql/script/run-script.ts";
import { printScriptReports } from "./script-report.ts";
import type { CommandOutput } from "./validate.ts";

/**
 * Runs PromQL test scripts. Resolves to the exit code: 0 every case passes, 1 one does not or a script cannot be
 * understood, 2 it could not run: a file cannot be read, or there is nothing to evaluate in any of them.
 */
export async function runPromqlTest(paths: readonly string[], io: CommandOutput): Promise<0 | 1 | 2> {
  const reports: ScriptReport[] = [];
  const unread: string[] = [];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      unread.push(`${path}: ${whyUnread(error)}`);
      return undefined;
    });
    if (text !== undefined) reports.push(await runScript(text, path));
  }
  io.stdout.write(printScriptReports(reports, io.isTerminal));
  const nothing = reports.every(({ cases, fault }) => cases.length === 0 && fault === undefined);
  if (nothing && unread.length === 0) unread.push(`no evaluation (eval …) in ${paths.join(", ")}`);
  if (unread.length > 0) {
    io.stderr.write(`noroshi promql test: could not run: ${unread.join("; ")}\n`);
    return 2;
  }
  const failed = reports.some(
    ({ cases, fault }) => fault !== undefined || cases.some(({ failure }) => failure),
  );
  return failed ? 1 : 0;
}

function whyUnread(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "this is a folder; name the scripts in it";
  return error instanceof Error ? error.message : String(error);
}

/** `noroshi promql …`. */
export function promqlCommand(): Command {
  const test = new Command("test")
    .description("Run scripts that load series and say what queries over them must give")
    .argument("<files...>", "scripts")
    .addHelpText(
      "after",
      `
A script, in the grammar of Prometheus's promqltest:
  load 1m
    http_requests_total{code="200"} 0+60x10
    http_requests_total{code="500"} 0+3x10 _ stale

  eval instant at 10m sum(rate(http_requests_total[5m]))
    expect no_warn
    {} 1.05

  eval range from 0 to 2m step 1m http_requests_total{code="500"}
    http_requests_total{code="500"} 0 3 6

  clear

Examples:
  noroshi promql test slo-queries.test          one script
  noroshi promql test tests/*.test              several

Exit codes: 0 everything passes, 1 something does not, or is no script, 2 a file cannot be opened or nothing is evaluated.`,
    )
    .action(async (paths: string[]) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      process.exitCode = await runPromqlTest(paths, {
        stdout: process.stdout,
        stderr: process.stderr,
        isTerminal,
      });
    });
  return new Command("promql").description("Work with PromQL queries, without a server").addCommand(test);
}
