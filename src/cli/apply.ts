import { Command } from "commander";
import { applySchema, refusedSchema, type ApplyBody, type RefusedBody } from "../api/spec-change-schema.ts";
import { postToServer, problemText } from "./ask-server.ts";
import { addServerOptions, type DiffOptions } from "./diff.ts";
import { SIGNS } from "./diff-text.ts";
import { CannotRun, readSpecFiles } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

export interface ApplyOptions extends Omit<DiffOptions, "since"> {
  readonly dryRun?: boolean;
  /** What the source must hold now. */
  readonly expect?: string;
}

/** Applies the files. Resolves to the exit code: 0 they run (or would), 1 they were refused, 2 it could not run. */
export async function runApply(
  paths: readonly string[],
  options: ApplyOptions,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  const { format } = options;
  try {
    const { source, sourceFrom, files, commit } = await readSpecFiles(paths, options);
    const answer = await postToServer(options, "/api/v1/specs/apply", {
      source,
      files,
      prune: options.prune ?? false,
      dryRun: options.dryRun ?? false,
      ...(commit === undefined ? {} : { commit }),
      ...(options.expect === undefined ? {} : { expectedRevision: options.expect }),
    });
    if (answer.status === 409 || answer.status === 422) {
      const refused = refusedSchema.safeParse(answer.body);
      if (refused.success) {
        io.stdout.write(format === "json" ? json(refused.data) : refusedText(refused.data, format));
        return 1;
      }
    }
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const applied = applySchema.safeParse(answer.body);
    if (!applied.success) {
      throw new CannotRun("the server's answer cannot be read; is it as new as this command?");
    }
    const about = `${options.server}, source from ${sourceFrom}`;
    io.stdout.write(format === "json" ? json(applied.data) : appliedText(applied.data, about, format));
    return 0;
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    io.stderr.write(`noroshi apply: could not run: ${error.message}\n`);
    return 2;
  }
}

const json = (body: unknown): string => `${JSON.stringify(body, null, 2)}\n`;

const OUTCOMES = {
  applied: "Applied",
  planned: "Dry run, nothing applied:",
  unchanged: "Nothing to change:",
} as const;

function appliedText(body: ApplyBody, about: string, format: ApplyOptions["format"]): string {
  const { source, outcome, held, summary, slos, diagnostics, notes } = body;
  const counts = (["added", "changed", "removed", "kept", "unchanged"] as const).flatMap((change) =>
    summary[change] === 0 ? [] : [`${summary[change]} ${change}`],
  );
  const commit = held.commit === null ? "" : ` at ${held.commit.slice(0, 12)}`;
  const lines = slos
    .filter(({ change }) => change !== "unchanged")
    .map(
      ({ change, name, fields }) =>
        `${SIGNS[change]} ${name}${fields.length === 0 ? "" : `: ${shortFields(fields)}`}`,
    );
  const corrected = body.corrections.map(({ name, change }) => `${SIGNS[change]} correction ${name}`);
  const warnings = diagnostics.map(
    ({ severity, file, line, message }) => `${severity} ${file}:${line}: ${message}`,
  );
  const head = `${OUTCOMES[outcome]} ${source}${commit}: ${counts.join(", ") || "no SLOs"}`;
  if (format === "markdown") return markdown(head, [...lines, ...corrected, ...warnings], notes);
  const all = [
    `${head} (${about})`,
    ...[...lines, ...corrected, ...notes, ...warnings].map((line) => `  ${line}`),
  ];
  return all.map((line) => `${line}\n`).join("");
}

function shortFields(fields: ApplyBody["slos"][number]["fields"]): string {
  return fields
    .map(({ field, before, after }) =>
      Math.max(before.length, after.length) > 40
        ? field
        : `${field} ${before || "nothing"} → ${after || "nothing"}`,
    )
    .join(", ");
}

function refusedText(
  { detail, conflicts, diagnostics }: RefusedBody,
  format: ApplyOptions["format"],
): string {
  const lines = [
    // One is told by the sentence above.
    ...(conflicts.length > 1 ? conflicts : []).map(
      ({ slo, file, owner, ownerFile }) => `conflict ${file}: "${slo}" belongs to ${owner} (${ownerFile})`,
    ),
    ...diagnostics.flatMap(({ severity, file, line, column, message, hint }) => [
      `${severity} ${file}:${line}:${column}: ${message}`,
      `  ${hint}`,
    ]),
  ];
  const head = `Refused: ${detail}`;
  if (format === "markdown") return markdown(head, lines, []);
  return [head, ...lines.map((line) => `  ${line}`)].map((line) => `${line}\n`).join("");
}

function markdown(head: string, lines: readonly string[], notes: readonly string[]): string {
  const block =
    lines.length === 0 ? [] : ["", "```diff", ...lines.map((line) => line.replaceAll("```", "'''")), "```"];
  return [head, ...block, ...notes.flatMap((note) => ["", note])].map((line) => `${line}\n`).join("");
}

/** `noroshi apply <specs…>`. */
export function applyCommand(): Command {
  return addServerOptions(new Command("apply"))
    .description("Replace what a source of specs holds on a Noroshi by these files, all or nothing")
    .option("--prune", "end the SLOs of this source that the files no longer have")
    .option("--dry-run", "say what would be applied, and store nothing")
    .option("--commit <sha>", "the git commit (default: GITHUB_SHA, CI_COMMIT_SHA, or what is checked out)")
    .option(
      "--expect <revision>",
      "refuse when the source holds something else by now: held.revision of a diff, or none",
    )
    .addHelpText(
      "after",
      `
Examples:
  noroshi apply --server https://noroshi.example slo-specs
  noroshi apply --prune slo-specs             what is no longer there ends
  noroshi apply --dry-run --prune slo-specs   what that would be

Exit codes: 0 they run (or would), 1 they were refused: invalid, or another source has such an SLO, 2 it could not run.`,
    )
    .action(async (paths: string[], options: Omit<ApplyOptions, "env">) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      const io = { stdout: process.stdout, stderr: process.stderr, isTerminal };
      process.exitCode = await runApply(paths, { ...options, env: process.env }, io);
    });
}
