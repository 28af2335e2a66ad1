import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { getJsonFrom, HistoryError } from "../backtest/history.ts";
import { readConfigFile } from "../config/read-file.ts";
import { compareDiagnostics, type Diagnostic } from "../spec/diagnostic.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { nameDoubts } from "../spec/name-doubts.ts";
import { retentionDoubts } from "../spec/retention-doubts.ts";
import { readLength } from "../slo-test/read-length.ts";
import { isGitUrl, readSpecSources } from "../spec/spec-folder.ts";
import { checkOnServer } from "./check-on-server.ts";
import { printJunit } from "./junit-report.ts";
import { printSarif } from "./sarif-report.ts";
import { printForGithub, printForPeople, printJson, type ValidationReport } from "./validation-report.ts";

const VALIDATE_FORMATS = ["text", "json", "github", "junit", "sarif"] as const;
export type ValidateFormat = (typeof VALIDATE_FORMATS)[number];

/** Where a command writes. */
export interface CommandOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Colours are shown. */
  readonly isTerminal: boolean;
}

export interface ValidateOptions {
  readonly format: ValidateFormat;
  /** False: each document by itself; see LoadOptions. */
  readonly resolve: boolean;
  /** How long counts of SLIs are kept, in milliseconds. */
  readonly sliCountsMs: number;
  /** Warnings are errors. */
  readonly strict?: boolean;
  /** A running service that is asked whether queries match anything. */
  readonly server?: string;
  readonly apiKey?: string;
  /** How far back it looks. */
  readonly hours?: number;
}

type ValidateFlags = Omit<ValidateOptions, "sliCountsMs"> & { readonly retention?: number };

/**
 * Checks spec files and folders as the service would load them. Resolves to the exit code: 0 everything is valid
 * (there may be warnings), 1 something is not, 2 it could not run: a path is missing, or no spec was found.
 */
export async function runValidate(
  paths: readonly string[],
  options: ValidateOptions,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  const { texts, problems } = await readSpecSources(paths);
  const loaded = loadSpecs(texts, problems, { resolve: options.resolve });
  const asked = await askServer(loaded, options);
  const doubts = [
    ...retentionDoubts(loaded.slos, options.sliCountsMs),
    ...nameDoubts(loaded.slos),
    ...asked.warnings,
  ];
  const warned = withWarnings(loaded, doubts);
  const specs = options.strict === true ? strictly(warned) : warned;
  const couldNotRun = [...obstacles(paths, specs, problems), ...asked.obstacles];
  const valid = couldNotRun.length === 0 && specs.diagnostics.every(({ severity }) => severity === "warning");
  const report: ValidationReport = { valid, specs, couldNotRun };
  switch (options.format) {
    case "json":
      io.stdout.write(printJson(report));
      break;
    case "github":
      io.stdout.write(printForGithub(report));
      break;
    case "junit":
      io.stdout.write(printJunit(report));
      break;
    case "sarif":
      io.stdout.write(printSarif(report));
      break;
    case "text":
      io.stdout.write(printForPeople(report, io.isTerminal));
      break;
  }
  if (couldNotRun.length > 0) io.stderr.write(`noroshi validate: could not run: ${couldNotRun.join("; ")}\n`);
  return couldNotRun.length > 0 ? 2 : valid ? 0 : 1;
}

function withWarnings(specs: LoadedSpecs, warnings: readonly Diagnostic[]): LoadedSpecs {
  if (warnings.length === 0) return specs;
  return {
    ...specs,
    diagnostics: [...specs.diagnostics, ...warnings].sort(compareDiagnostics),
    files: specs.files.map((file) => ({
      ...file,
      warnings: [...file.warnings, ...warnings.filter((warning) => warning.file === file.path)],
    })),
  };
}

const DEFAULT_HOURS = 24;

async function askServer(
  { slos }: LoadedSpecs,
  { server, apiKey, hours = DEFAULT_HOURS }: ValidateOptions,
): Promise<{ readonly warnings: readonly Diagnostic[]; readonly obstacles: readonly string[] }> {
  if (server === undefined) return { warnings: [], obstacles: [] };
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  try {
    return { warnings: await checkOnServer(slos, hours, getJsonFrom(server, headers)), obstacles: [] };
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    return { warnings: [], obstacles: [error.message] };
  }
}

/** Every warning as an error: the SLOs load all the same. */
function strictly(specs: LoadedSpecs): LoadedSpecs {
  const raise = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: "error" });
  return {
    ...specs,
    diagnostics: specs.diagnostics.map(raise),
    files: specs.files.map((file) => ({
      ...file,
      errors: [...file.errors, ...file.warnings.map(raise)].sort(compareDiagnostics),
      warnings: [],
    })),
  };
}

function lengthOption(text: string): number {
  const length = readLength(text);
  if (!("ms" in length)) throw new InvalidArgumentError(`${length.message}: ${length.hint}`);
  return length.ms;
}

function hoursOption(text: string): number {
  const hours = Number(text);
  if (!Number.isInteger(hours) || hours < 1 || hours > 720) {
    throw new InvalidArgumentError("Write whole hours, 1 to 720.");
  }
  return hours;
}

/** Why the answer would mean nothing. */
function obstacles(
  paths: readonly string[],
  specs: LoadedSpecs,
  problems: readonly Diagnostic[],
): readonly string[] {
  const given = new Set(paths.map((path) => (isGitUrl(path) ? path : join(path))));
  // A path that was given and cannot be read is a mistake in the command; one found in a folder is a fault of the file.
  const unread = problems.filter(({ file, severity }) => severity === "error" && given.has(file));
  if (unread.length > 0) return unread.map(({ file, message }) => `${file}: ${message}`);
  const anySpec = specs.files.some(
    (file) => file.notes.length === 0 || file.errors.length + file.slos.length > 0,
  );
  return anySpec
    ? []
    : [`no OpenSLO, Sloth or Pyrra document in ${paths.join(", ")}; docs/slo-specs.md says how to write one`];
}

/** `noroshi validate <paths…>`. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check SLO spec files: every fault with its file, line and what to write instead")
    .argument("<paths...>", "spec files, or folders to search for *.yaml, *.yml and *.json")
    .addOption(
      new Option("--format <format>", "how to print: for people, for programs, for what CI servers show")
        .choices(VALIDATE_FORMATS)
        .default("text"),
    )
    .option(
      "--no-resolve",
      "judge each document by itself: what it refers to need not be there, nor be readable here",
    )
    .option("--strict", "warnings are errors")
    .addOption(
      new Option(
        "--retention <length>",
        "how long the service keeps counts (default: retention.sliCounts of noroshi.yaml, or 400d)",
      ).argParser(lengthOption),
    )
    .option(
      "--server <url>",
      "a running Noroshi that is asked whether the queries match anything stored there",
    )
    .addOption(
      new Option("--hours <n>", "how far back the server looks")
        .argParser(hoursOption)
        .default(DEFAULT_HOURS),
    )
    .addOption(new Option("--api-key <key>", "sent as Authorization: Bearer").env("NOROSHI_API_KEY"))
    .addHelpText(
      "after",
      `
Examples:
  noroshi validate slo-specs                     a folder, as it would be served
  noroshi validate --server http://127.0.0.1:7070 slo-specs
                                                 do the queries match anything, do the counts make sense?
  noroshi validate --strict slo-specs            warnings fail too
  noroshi validate a.yaml b.yaml                 some files; they may refer to each other
  noroshi validate --format github slo-specs     in a GitHub workflow: annotations in the pull request
  noroshi validate --format junit slo-specs      for CI servers: a suite for each file
  noroshi validate --format sarif slo-specs      for code scanning
  noroshi validate --format json slo-specs       for other programs
  noroshi validate --no-resolve one.yaml         a file whose references are elsewhere

Exit codes: 0 valid (warnings allowed unless --strict), 1 something is invalid, 2 a path is missing or holds no spec,
or the server does not answer.`,
    )
    .action(async (paths: string[], options: ValidateFlags) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      const faults: string[] = [];
      const { retention } = readConfigFile(process.env["NOROSHI_CONFIG"], faults);
      for (const fault of faults) process.stderr.write(`noroshi validate: ${fault}\n`);
      process.exitCode = await runValidate(
        paths,
        { ...options, sliCountsMs: options.retention ?? retention.sliCounts },
        {
          stdout: process.stdout,
          stderr: process.stderr,
          isTerminal,
        },
      );
    });
}
