import { apiKeyOption, serverOption } from "./server-options.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { correctionListSchema, madeCorrectionSchema } from "../api/correction-schema.ts";
import { askServer, problemText, type ServerAnswer } from "./ask-server.ts";
import { printCorrections, printMade } from "./corrections-text.ts";
import { CannotRun } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

interface ServerChoice {
  readonly server: string;
  readonly apiKey?: string;
  readonly format: "text" | "json";
}

export interface ListOptions extends ServerChoice {
  readonly slo?: string;
  readonly deleted?: boolean;
}

export interface AddOptions extends ServerChoice {
  readonly name?: string;
  readonly author?: string;
  readonly slo?: readonly string[];
  readonly service?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly start: string;
  readonly end?: string;
  readonly duration?: string;
  readonly rrule?: string;
  readonly mutes?: boolean;
  readonly timeZone?: string;
  readonly dryRun?: boolean;
}

/** Shows the corrections of a running Noroshi. Resolves to the exit code: 0 shown, 2 it could not run. */
export function listCorrections(options: ListOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  return run("list", options, io, async () => {
    const query = new URLSearchParams();
    if (options.slo !== undefined) query.set("slo", options.slo);
    if (options.deleted === true) query.set("deleted", "true");
    const answer = await askServer(options, "GET", `/api/v1/corrections?${query.toString()}`);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const body = correctionListSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? json(body) : printCorrections(body));
    return 0;
  });
}

/** Makes one. 0 it is in force (or would be), 1 the server refuses it, 2 it could not run. */
export function addCorrection(
  reason: string,
  { server, apiKey, format, dryRun, slo, service, label, ...rest }: AddOptions,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  const choice = { server, format, ...(apiKey === undefined ? {} : { apiKey }) };
  return run("add", choice, io, async () => {
    const body = { reason, slos: slo ?? [], services: service ?? [], labels: label ?? {}, ...rest };
    const path = `/api/v1/corrections${dryRun === true ? "?dryRun=true" : ""}`;
    const answer = await askServer(choice, "POST", path, body);
    if (answer.status === 400) return refused("add", answer, io);
    if (answer.status !== 200 && answer.status !== 201) throw new CannotRun(problemText(answer));
    const made = madeCorrectionSchema.parse(answer.body);
    io.stdout.write(format === "json" ? json(made) : printMade(made));
    return 0;
  });
}

/** Takes one out of force. 0 done, 1 there is none of this id or it is in a file, 2 it could not run. */
export function removeCorrection(id: string, options: ServerChoice, io: CommandOutput): Promise<0 | 1 | 2> {
  return run("remove", options, io, async () => {
    const answer = await askServer(options, "DELETE", `/api/v1/corrections/${encodeURIComponent(id)}`);
    if (answer.status === 404 || answer.status === 409) return refused("remove", answer, io);
    if (answer.status !== 204) throw new CannotRun(problemText(answer));
    io.stdout.write(`${id} is no longer in force; what it excluded counts again.\n`);
    return 0;
  });
}

async function run(
  action: string,
  { server }: Pick<ServerChoice, "server">,
  io: CommandOutput,
  work: () => Promise<0 | 1 | 2>,
): Promise<0 | 1 | 2> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CannotRun) && !(error instanceof z.ZodError)) throw error;
    const strange = `${server} did not answer as a Noroshi of this version does`;
    const why = error instanceof CannotRun ? error.message : strange;
    io.stderr.write(`noroshi corrections ${action}: could not run: ${why}\n`);
    return 2;
  }
}

function refused(action: string, { body }: ServerAnswer, io: CommandOutput): 1 {
  const { detail } = z.object({ detail: z.string() }).parse(body);
  io.stderr.write(`noroshi corrections ${action}: ${detail}\n`);
  return 1;
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

const EXAMPLES = `
Examples:
  noroshi corrections list --slo payment-availability
  noroshi corrections add "card processor down" --slo 'payment-*' --start 2026-01-31T22:10Z --duration 40m --dry-run
  noroshi corrections add "database maintenance" --service ledger --start "2026-02-01 02:00" --end "2026-02-01 04:00" \\
      --time-zone Europe/Berlin --rrule "FREQ=WEEKLY;BYDAY=SU"
  noroshi corrections remove 0199c0de-…

Exit codes: 0 done, 1 the server refuses it and says why, 2 it could not run.`;

/** `noroshi corrections list | add | remove`. */
export function correctionsCommand(): Command {
  const list = withServer(new Command("list").description("What is in force, from files and made by API"))
    .option("--slo <name>", "those of one SLO, with what each changes")
    .option("--deleted", "those that were removed too")
    .action(async (options: ListOptions) => {
      process.exitCode = await listCorrections(options, terminal());
    });
  const remove = withServer(new Command("remove").description("Take one out of force, that was made by API"))
    .argument("<id>", "as `noroshi corrections list` shows it")
    .action(async (id: string, options: ServerChoice) => {
      process.exitCode = await removeCorrection(id, options, terminal());
    });
  return new Command("corrections")
    .description("Time that leaves the counts of SLOs: maintenance, incidents that were not ours")
    .addCommand(list)
    .addCommand(addCommand())
    .addCommand(remove)
    .addHelpText("after", EXAMPLES);
}

function addCommand(): Command {
  return withServer(
    new Command("add").description("Leave time out of the counts, or see what that would change"),
  )
    .argument("<reason>", "why, for everybody who sees the budget")
    .option("--slo <pattern...>", "names of SLOs; * stands for any characters")
    .option("--service <pattern...>", "names of services")
    .option("--label <name=value...>", "labels that the SLO has; each has to fit", labelOption)
    .requiredOption("--start <time>", "RFC 3339, or date and time in --time-zone")
    .option("--end <time>", "the same; or --duration")
    .option("--duration <length>", "such as 40m or 1h30m")
    .option("--rrule <rule>", "again and again: a rule of RFC 5545, e.g. FREQ=WEEKLY;BYDAY=SU")
    .option("--time-zone <name>", "on whose clocks, e.g. Europe/Berlin (default: UTC)")
    .option("--mutes", "tell nobody of alerts of these SLOs meanwhile")
    .option("--name <name>", "a short name (default: the reason)")
    .option("--author <name>", "who answers for it (default: the key's name)")
    .option("--dry-run", "store nothing; show what would change")
    .action(async (reason: string, options: AddOptions) => {
      process.exitCode = await addCorrection(reason, options, terminal());
    });
}

function labelOption(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Write name=value.");
  return { ...before, [name]: value };
}

function withServer(command: Command): Command {
  return command
    .addOption(serverOption())
    .addOption(apiKeyOption())
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"));
}

function terminal(): CommandOutput {
  return { stdout: process.stdout, stderr: process.stderr, isTerminal: process.stdout.isTTY };
}
