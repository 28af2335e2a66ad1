import { jsonText, refused, runAsking, terminal, withServer } from "./ask-command.ts";
import { Command, InvalidArgumentError } from "commander";
import { correctionListSchema, madeCorrectionSchema } from "../api/correction-schema.ts";
import { askServer, problemText } from "./ask-server.ts";
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
  return runAsking("corrections list", options.server, io, async () => {
    const query = new URLSearchParams();
    if (options.slo !== undefined) query.set("slo", options.slo);
    if (options.deleted === true) query.set("deleted", "true");
    const answer = await askServer(options, "GET", `/api/v1/corrections?${query.toString()}`);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const body = correctionListSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(body) : printCorrections(body));
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
  return runAsking("corrections add", choice.server, io, async () => {
    const body = { reason, slos: slo ?? [], services: service ?? [], labels: label ?? {}, ...rest };
    const path = `/api/v1/corrections${dryRun === true ? "?dryRun=true" : ""}`;
    const answer = await askServer(choice, "POST", path, body);
    if (answer.status === 400) return refused("corrections add", answer, io);
    if (answer.status !== 200 && answer.status !== 201) throw new CannotRun(problemText(answer));
    const made = madeCorrectionSchema.parse(answer.body);
    io.stdout.write(format === "json" ? jsonText(made) : printMade(made));
    return 0;
  });
}

/** Takes one out of force. 0 done, 1 there is none of this id or it is in a file, 2 it could not run. */
export function removeCorrection(id: string, options: ServerChoice, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("corrections remove", options.server, io, async () => {
    const answer = await askServer(options, "DELETE", `/api/v1/corrections/${encodeURIComponent(id)}`);
    if (answer.status === 404 || answer.status === 409) return refused("corrections remove", answer, io);
    if (answer.status !== 204) throw new CannotRun(problemText(answer));
    io.stdout.write(`${id} is no longer in force; what it excluded counts again.\n`);
    return 0;
  });
}

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
