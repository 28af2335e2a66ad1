import { join } from "node:path";
import { Command, Option } from "commander";
import type { Diagnostic } from "../spec/diagnostic.ts";
import { loadSpecs, type LoadedSpecs } from "../spec/load-specs.ts";
import { isGitUrl, readSpecSources } from "../spec/spec-folder.ts";
import { printForGithub, printForPeople, printJson, type ValidationReport } from "./validation-report.ts";

const VALIDATE_FORMATS = ["text", "json", "github"] as const;
export type ValidateFormat = (typeof VALIDATE_FORMATS)[number];

/** Where a command writes. */
export interface CommandOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  /** Colours are shown. */
  readonly isTerminal: boolean;
}

/**
 * Checks spec files and folders as the service would load them. Resolves to the exit code: 0 everything is valid
 * (there may be warnings), 1 something is not, 2 it could not run: a path is missing, or no spec was found.
 */
export async function runValidate(
  paths: readonly string[],
  options: { readonly format: ValidateFormat },
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  const { texts, problems } = await readSpecSources(paths);
  const specs = loadSpecs(texts, problems);
  const couldNotRun = obstacles(paths, specs, problems);
  const valid = couldNotRun.length === 0 && specs.diagnostics.every(({ severity }) => severity === "warning");
  const report: ValidationReport = { valid, specs, couldNotRun };
  switch (options.format) {
    case "json":
      io.stdout.write(printJson(report));
      break;
    case "github":
      io.stdout.write(printForGithub(report));
      break;
    case "text":
      io.stdout.write(printForPeople(report, io.isTerminal));
      break;
  }
  if (couldNotRun.length > 0) io.stderr.write(`noroshi validate: could not run: ${couldNotRun.join("; ")}\n`);
  return couldNotRun.length > 0 ? 2 : valid ? 0 : 1;
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
    : [`no OpenSLO document in ${paths.join(", ")}; see docs/slo-specs.md for how to write one`];
}

/** `noroshi validate <paths…>`. */
export function validateCommand(): Command {
  return new Command("validate")
    .description("Check SLO spec files: every fault with its file, line and what to write instead")
    .argument("<paths...>", "spec files, or folders to search for *.yaml, *.yml and *.json")
    .addOption(
      new Option("--format <format>", "how to print: for people, for programs, or as GitHub annotations")
        .choices(VALIDATE_FORMATS)
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Examples:
  noroshi validate slo-specs                     a folder, as it would be served
  noroshi validate a.yaml b.yaml                 some files; they may refer to each other
  noroshi validate --format github slo-specs     in a GitHub workflow: annotations in the pull request
  noroshi validate --format json slo-specs       for other programs

Exit codes: 0 valid (warnings allowed), 1 something is invalid, 2 a path is missing or holds no spec.`,
    )
    .action(async (paths: string[], options: { format: ValidateFormat }) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      process.exitCode = await runValidate(paths, options, {
        stdout: process.stdout,
        stderr: process.stderr,
        isTerminal,
      });
    });
}
