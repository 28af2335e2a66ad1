import { apiKeyOption, serverOption } from "./ask-command.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { diffSchema, type DiffBody } from "../api/spec-change-schema.ts";
import { readLength } from "../slo-test/read-length.ts";
import { postToServer, problemText, type ServerOptions } from "./ask-server.ts";
import { printDiffAsMarkdown } from "./diff-markdown.ts";
import { printDiff } from "./diff-text.ts";
import { CannotRun, readSpecFiles, type SpecFilesOptions } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

export const CHANGE_FORMATS = ["text", "json", "markdown"] as const;

export interface DiffOptions extends ServerOptions, SpecFilesOptions {
  readonly format: (typeof CHANGE_FORMATS)[number];
  readonly prune?: boolean;
  readonly inPlaceOf?: string;
  /** Milliseconds. */
  readonly since?: number;
}

/** Shows what applying the files would change. Resolves to the exit code: 0 nothing, 1 something or invalid, 2 it could not run. */
export async function runDiff(
  paths: readonly string[],
  options: DiffOptions,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  try {
    const { source, sourceFrom, files } = await readSpecFiles(paths, options);
    const answer = await postToServer(options, "/api/v1/specs/diff", {
      source,
      files,
      prune: options.prune ?? false,
      ...(options.inPlaceOf === undefined ? {} : { inPlaceOf: options.inPlaceOf }),
      ...(options.since === undefined ? {} : { sinceMs: options.since }),
    });
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const parsed = diffSchema.safeParse(answer.body);
    if (!parsed.success)
      throw new CannotRun("the server's answer is not a diff; is it as new as this command?");
    io.stdout.write(
      print(parsed.data, { server: options.server, sourceFrom }, options.format, io.isTerminal),
    );
    return parsed.data.valid && !parsed.data.differs ? 0 : 1;
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    io.stderr.write(`noroshi diff: could not run: ${error.message}\n`);
    return 2;
  }
}

function print(
  diff: DiffBody,
  about: { readonly server: string; readonly sourceFrom: string },
  format: DiffOptions["format"],
  colours: boolean,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(diff, null, 2)}\n`;
    case "markdown":
      return printDiffAsMarkdown(diff);
    case "text":
      return printDiff(diff, about, { colours });
  }
}

/** What `diff` and `apply` have in common. */
export function addServerOptions(command: Command): Command {
  return command
    .argument("<specs...>", "spec files, or folders to search for *.yaml, *.yml and *.json")
    .addOption(serverOption("the Noroshi that runs the SLOs"))
    .addOption(apiKeyOption())
    .option("--source <name>", "whose files these are (default: the repository's name, else the folder's)")
    .addOption(
      new Option("--format <format>", "how to print: for people, for programs, for a pull request")
        .choices(CHANGE_FORMATS)
        .default("text"),
    );
}

function sinceOption(text: string): number {
  const length = readLength(text);
  if (!("ms" in length)) throw new InvalidArgumentError(`${length.message}: ${length.hint}`);
  if (length.ms <= 0 || length.ms > 35 * 86_400_000) throw new InvalidArgumentError("Write 10s to 35d.");
  return length.ms;
}

/** `noroshi diff <specs…>`. */
export function diffCommand(): Command {
  return addServerOptions(new Command("diff"))
    .description(
      "Show what applying spec files would change: budgets before and after, alerts more and fewer",
    )
    .option(
      "--in-place-of <source>",
      "compare with what a folder or repository of the service holds (noroshi specs status lists them)",
    )
    .option("--prune", "as apply --prune: SLOs that the files no longer have end")
    .addOption(
      new Option(
        "--since <length>",
        "how far back alerts are replayed (default: 7d, or the SLO's window if shorter)",
      ).argParser(sinceOption),
    )
    .addHelpText(
      "after",
      `
Examples:
  noroshi diff --server https://noroshi.example slo-specs
  noroshi diff --format markdown slo-specs > comment.md     for a pull request; docs/ci.md has the workflow
  noroshi diff --in-place-of https://git.example/slos.git#main slo-specs   where the service reads git itself
  noroshi diff --since 30d slo-specs/payment.yaml

Exit codes: 0 no changes, 1 something changes or is invalid, 2 it could not run.`,
    )
    .action(async (paths: string[], options: Omit<DiffOptions, "env">) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      const io = { stdout: process.stdout, stderr: process.stderr, isTerminal };
      process.exitCode = await runDiff(paths, { ...options, env: process.env }, io);
    });
}
