import { access, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { Command } from "commander";
import { convertSpecs, type Conversion, type ConvertedFile } from "../spec/convert-specs.ts";
import { expandPresets } from "../spec/preset/expand-presets.ts";
import { isGitUrl, readSpecSources } from "../spec/spec-folder.ts";
import type { CommandOutput } from "./validate.ts";

/**
 * Converts Sloth and Pyrra specs to OpenSLO v1: to standard output, or into a folder. What cannot be carried over is named
 * on standard error and in a comment above each SLO. Resolves to the exit code: 0 everything is converted, 1 an SLO has
 * errors and is left out, 2 it could not run: a path is missing, nothing is to be converted, or a file is there already.
 */
export async function runConvert(
  paths: readonly string[],
  options: { readonly output: string | undefined; readonly expandPresets?: boolean },
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  const { texts, problems } = await readSpecSources(paths);
  const expands = options.expandPresets === true;
  const conversion = expands ? expandPresets(texts, problems) : convertSpecs(texts, problems);
  io.stderr.write(report(conversion));
  const given = new Set(paths.map((path) => (isGitUrl(path) ? path : join(path))));
  const unread = problems.filter(({ file, severity }) => severity === "error" && given.has(file));
  if (unread.length > 0) return couldNotRun(io, `${unread[0]!.file}: ${unread[0]!.message}`);
  if (conversion.files.length === 0 && conversion.failed === 0) {
    const faulty = conversion.diagnostics.some(({ severity }) => severity === "error");
    return faulty
      ? 1
      : couldNotRun(
          io,
          `no ${expands ? "SLO with a preset" : "Sloth or Pyrra document"} in ${paths.join(", ")}`,
        );
  }
  if (options.output === undefined) io.stdout.write(conversion.files.map(({ text }) => text).join("---\n"));
  else {
    const obstacle = await writeFiles(conversion.files, paths, options.output);
    if (obstacle !== undefined) return couldNotRun(io, obstacle);
  }
  return conversion.diagnostics.some(({ severity }) => severity === "error") ? 1 : 0;
}

function couldNotRun(io: CommandOutput, why: string): 2 {
  io.stderr.write(`noroshi convert: could not run: ${printable(why)}\n`);
  return 2;
}

/** Errors, what is lost, and a line that sums up. */
function report({ files, failed, diagnostics, passedOver }: Conversion): string {
  const errors = diagnostics
    .filter(({ severity }) => severity === "error")
    .flatMap(({ file, line, column, message, path, hint }) => {
      const field = path === "" ? "" : ` [${path}]`;
      return [`${file}:${line}:${column}: error: ${message}${field}`, `  hint: ${hint}`];
    });
  const losses = files.flatMap(({ losses }) =>
    losses.map(
      ({ file, line, column, path, reason }) =>
        `${file}:${line}:${column}: not carried over: ${path}: ${reason}`,
    ),
  );
  const notes = passedOver.map((path) => `${path}: note: nothing to convert in it`);
  const converted = files.reduce((sum, { slos }) => sum + slos, 0);
  const left = failed === 0 ? "" : `, ${plural(failed, "SLO")} with errors`;
  const fields = losses.length === 0 ? "" : `, ${plural(losses.length, "field")} not carried over`;
  const summary = `converted: ${plural(converted, "SLO")} of ${plural(files.length, "file")}${left}${fields}`;
  return [...errors, ...losses, ...notes, summary].map((line) => `${printable(line)}\n`).join("");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What a file says must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

/** Writes each file where it lies below its source. Gives the reason where it writes nothing at all. */
async function writeFiles(
  files: readonly ConvertedFile[],
  sources: readonly string[],
  folder: string,
): Promise<string | undefined> {
  const targets = new Map<string, ConvertedFile>();
  for (const file of files) {
    const target = join(folder, targetName(file.path, sources));
    const other = targets.get(target);
    if (other !== undefined) return `${other.path} and ${file.path} would both become ${target}`;
    targets.set(target, file);
  }
  for (const target of targets.keys()) {
    const exists = await access(target).then(
      () => true,
      () => false,
    );
    if (exists) return `${target} is there already; remove it, or name another folder`;
  }
  try {
    for (const [target, { text }] of targets) {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text, { flag: "wx" });
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

function targetName(path: string, sources: readonly string[]): string {
  const folder = sources.map((source) => join(source)).find((source) => path.startsWith(join(source, "/")));
  const name = folder === undefined ? basename(path) : relative(folder, path);
  return `${name.replace(/\.(ya?ml|json)$/i, "")}.yaml`;
}

/** `noroshi convert <paths…>`. */
export function convertCommand(): Command {
  return new Command("convert")
    .description("Turn Sloth and Pyrra specs into OpenSLO v1, and name what cannot be carried over")
    .argument("<paths...>", "spec files, or folders to search for *.yaml, *.yml and *.json")
    .option("--output <folder>", "write a file for each one read, instead of printing them all")
    .option("--expand-presets", "instead write out the queries of SLOs with noroshi.dev/preset")
    .addHelpText(
      "after",
      `
Examples:
  noroshi convert sloth/shop.yml                        print OpenSLO
  noroshi convert sloth pyrra --output slo-specs        a folder, file by file; existing files are never overwritten
  noroshi convert --expand-presets payment.yaml         the queries that its presets stand for

Every field that OpenSLO and Noroshi have no place for is named on standard error, and in a comment above its SLO.
The converted files load to the same SLOs as the originals: same names, targets, windows, queries and alerts.

Exit codes: 0 everything is converted, 1 something has errors and is left out, 2 nothing to convert, or it cannot be written.`,
    )
    .action(async (paths: string[], options: { output?: string; expandPresets?: boolean }) => {
      process.exitCode = await runConvert(
        paths,
        { output: options.output, expandPresets: options.expandPresets === true },
        {
          stdout: process.stdout,
          stderr: process.stderr,
          isTerminal: false,
        },
      );
    });
}
