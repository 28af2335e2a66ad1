import { jsonText, refused, runAsking, terminal, withServer } from "./ask-command.ts";
import { userInfo } from "node:os";
import { Command } from "commander";
import type { z } from "zod";
import { endedSilenceSchema, madeSilenceSchema, silenceListSchema } from "../api/silence-schema.ts";
import { askServer, problemText, type ServerOptions } from "./ask-server.ts";
import { printEnded, printMadeSilence, printSilences } from "./silences-text.ts";
import { CannotRun } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

interface Choice extends ServerOptions {
  readonly format: "text" | "json";
}

interface ListOptions extends Choice {
  readonly all?: boolean;
  readonly limit?: string;
}

interface AddOptions extends Choice {
  readonly comment: string;
  readonly for?: string;
  readonly start?: string;
  readonly end?: string;
  readonly author?: string;
  readonly dryRun?: boolean;
}

/** Shows the silences of a running Noroshi. Resolves to the exit code: 0 shown, 2 it could not run. */
export function listSilences(options: ListOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("silence list", options.server, io, async () => {
    const states = options.all === true ? [""] : ["&state=active", "&state=pending"];
    const pages: z.output<typeof silenceListSchema>[] = [];
    for (const state of states) {
      const limit = encodeURIComponent(options.limit ?? "50");
      const answer = await askServer(options, "GET", `/api/v1/silences?limit=${limit}${state}`);
      if (answer.status !== 200) throw new CannotRun(problemText(answer));
      pages.push(silenceListSchema.parse(answer.body));
    }
    const body = {
      silences: pages.flatMap(({ silences }) => silences),
      nextCursor: pages.find(({ nextCursor }) => nextCursor !== null)?.nextCursor ?? null,
    };
    io.stdout.write(options.format === "json" ? jsonText(body) : printSilences(body, Date.now()));
    return 0;
  });
}

/** Makes one. 0 it is made (or would be), 1 the server refuses it, 2 it could not run. */
export function addSilence(
  matchers: readonly string[],
  options: AddOptions,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  return runAsking("silence add", options.server, io, async () => {
    if (options.for === undefined && options.end === undefined)
      throw new CannotRun("write how long, as --for 4h, or until when, as --end");
    const { comment, start, end, author = userName(), dryRun } = options;
    const body = { matchers, comment, startsAt: start, endsAt: end, duration: options.for, author };
    const path = `/api/v1/silences${dryRun === true ? "?dryRun=true" : ""}`;
    const answer = await askServer(options, "POST", path, body);
    if (answer.status === 400 || answer.status === 409) return refused("silence add", answer, io);
    if (answer.status !== 200 && answer.status !== 201) throw new CannotRun(problemText(answer));
    const made = madeSilenceSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(made) : printMadeSilence(made, Date.now()));
    return 0;
  });
}

/** Ends one now. 0 it is over, 1 there is none of this id, 2 it could not run. */
export function expireSilence(id: string, options: Choice, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("silence expire", options.server, io, async () => {
    const answer = await askServer(options, "DELETE", `/api/v1/silences/${encodeURIComponent(id)}`);
    if (answer.status === 404) return refused("silence expire", answer, io);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const ended = endedSilenceSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(ended) : printEnded(ended.silence, ended.wasOver));
    return 0;
  });
}

/** Who answers for it unless somebody is named; undefined: the server takes the name of the key. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

const EXAMPLES = `
Examples:
  noroshi silence add service=payment --for 2h --comment "card processor is down, they know" --dry-run
  noroshi silence add slo=payment-availability 'severity!=critical' --for 1d --comment "ticket OPS-12"
  noroshi silence add 'owner=~"pay.*"' --start 2026-01-31T22:00:00Z --end 2026-02-01T02:00:00Z --comment migration
  noroshi silence list
  noroshi silence expire 0199c0de-…

All matchers have to fit. Labels are severity, slo, service, owner, alert, tier and those of the SLO; =~ and !~ take
RE2 expressions. The end of what was told before is told all the same; what still fires when a silence ends is told then.

Exit codes: 0 done, 1 the server refuses it and says why, 2 it could not run.`;

/** `noroshi silence add | list | expire`. */
export function silenceCommand(): Command {
  const list = withServer(new Command("list").description("What is silenced now, or will be"))
    .option("--all", "those that are over too")
    .option("--limit <count>", "show so many at most (default: 50)")
    .action(async (options: ListOptions) => {
      process.exitCode = await listSilences(options, terminal());
    });
  const add = withServer(new Command("add").description("Tell nobody of some alerts for a time"))
    .argument("<matcher...>", "such as service=payment or 'tier=~\"ticket.*\"'")
    .requiredOption("--comment <text>", "why, for everybody who waits for the alert")
    .option("--for <length>", "such as 4h or 1h30m, 90d at most")
    .option("--start <time>", "RFC 3339 (default: now)")
    .option("--end <time>", "RFC 3339; or --for")
    .option("--author <name>", "who answers for it (default: you)")
    .option("--dry-run", "store nothing; show what it would mute")
    .action(async (matchers: string[], options: AddOptions) => {
      process.exitCode = await addSilence(matchers, options, terminal());
    });
  const expire = withServer(new Command("expire").description("End one now"))
    .argument("<id>", "as `noroshi silence list` shows it")
    .action(async (id: string, options: Choice) => {
      process.exitCode = await expireSilence(id, options, terminal());
    });
  return new Command("silence")
    .alias("silences")
    .description("Alerts that nobody is told of for a time")
    .addCommand(add)
    .addCommand(list)
    .addCommand(expire)
    .addHelpText("after", EXAMPLES);
}
