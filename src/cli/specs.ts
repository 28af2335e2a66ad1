import { jsonText, runAsking, terminal, withServer } from "./ask-command.ts";
import { Command } from "commander";
import { sourceListSchema } from "../api/spec-source-routes.ts";
import { getJsonFrom } from "../backtest/history.ts";
import { postToServer, problemText } from "./ask-server.ts";
import { CannotRun } from "./spec-files.ts";
import { printSpecsStatus } from "./specs-status.ts";
import type { CommandOutput } from "./validate.ts";

export interface SpecsOptions {
  readonly server: string;
  readonly apiKey?: string;
  readonly format: "text" | "json";
}

/**
 * Shows whether what is written runs; `sync` has the sources asked for news before, those of these names or all. Resolves
 * to the exit code: 0 all is Synced, 1 something is not, 2 it could not run.
 */
export async function runSpecs(
  action: "status" | "sync",
  names: readonly string[],
  options: SpecsOptions,
  io: CommandOutput,
  nowMs: number,
): Promise<0 | 1 | 2> {
  return runAsking(`specs ${action}`, options.server, io, async () => {
    const body = action === "status" ? await readStatus(options) : await askForNews(names, options);
    const status = sourceListSchema.parse(body);
    io.stdout.write(options.format === "json" ? jsonText(status) : printSpecsStatus(status, nowMs));
    return status.sources.every((source) => source.status === "Synced") ? 0 : 1;
  });
}

function readStatus({ server, apiKey }: SpecsOptions): Promise<unknown> {
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return getJsonFrom(server, headers)("/api/v1/specs/sources");
}

async function askForNews(names: readonly string[], options: SpecsOptions): Promise<unknown> {
  const answer = await postToServer(
    options,
    "/api/v1/specs/sync",
    names.length === 0 ? {} : { sources: names },
  );
  if (answer.status === 200) return answer.body;
  throw new CannotRun(problemText(answer));
}

/** `noroshi specs status` and `noroshi specs sync`. */
export function specsCommand(): Command {
  const status = withServer(
    new Command("status").description(
      "Whether what is written in folders and repositories runs, source by source",
    ),
  ).action(async (options: SpecsOptions) => {
    process.exitCode = await runSpecs("status", [], options, terminal(), Date.now());
  });
  const sync = withServer(
    new Command("sync")
      .description("Ask the sources for news now, and show what came of it")
      .argument("[sources...]", "their names, as `noroshi specs status` shows them (default: all)"),
  ).action(async (names: string[], options: SpecsOptions) => {
    process.exitCode = await runSpecs("sync", names, options, terminal(), Date.now());
  });
  return new Command("specs")
    .description("Where a running Noroshi gets its specs from, and whether they run")
    .addCommand(status)
    .addCommand(sync)
    .addHelpText("after", "\nExit codes: 0 all is Synced, 1 something is not, 2 it could not run.");
}
