import { jsonText, refused, runAsking, terminal, withServer } from "./ask-command.ts";
import { Command } from "commander";
import { z } from "zod";
import { episodeDetailSchema, episodeListSchema, episodeSchema } from "../api/episode-schema.ts";
import { askServer, problemText, type ServerOptions } from "./ask-server.ts";
import { printEpisode, printEpisodes, printTaken } from "./episodes-text.ts";
import { CannotRun } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

interface Choice extends ServerOptions {
  readonly format: "text" | "json";
}

interface ListOptions extends Choice {
  readonly all?: boolean;
  readonly slo?: string;
  readonly limit?: string;
}

/** Shows the episodes of a running Noroshi. Resolves to the exit code: 0 shown, 2 it could not run. */
export function listEpisodes(options: ListOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("episodes list", options.server, io, async () => {
    const query = new URLSearchParams({ limit: options.limit ?? "50" });
    if (options.all !== true) query.set("state", "open");
    if (options.slo !== undefined) query.set("slo", options.slo);
    const answer = await askServer(options, "GET", `/api/v1/episodes?${query.toString()}`);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const body = episodeListSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(body) : printEpisodes(body));
    return 0;
  });
}

/** Shows one with its history. 0 shown, 1 there is none of this id, 2 it could not run. */
export function showEpisode(id: string, options: Choice, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("episodes show", options.server, io, async () => {
    const answer = await askServer(options, "GET", pathOf(id));
    if (answer.status === 404) return refused("episodes show", answer, io);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const body = episodeDetailSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(body) : printEpisode(body));
    return 0;
  });
}

/** Takes one on, or gives it back. 0 it is so, 1 it is over or unknown, 2 it could not run. */
export function takeEpisode(
  id: string,
  action: "ack" | "unack",
  options: Choice,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  return runAsking(`episodes ${action}`, options.server, io, async () => {
    const verb = action === "ack" ? "acknowledge" : "unacknowledge";
    const answer = await askServer(options, "POST", `${pathOf(id)}/${verb}`);
    if (answer.status === 404 || answer.status === 409) return refused(`episodes ${action}`, answer, io);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const body = z.object({ episode: episodeSchema }).parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(body) : printTaken(body.episode));
    return 0;
  });
}

const pathOf = (id: string): string => `/api/v1/episodes/${encodeURIComponent(id)}`;

const EXAMPLES = `
Examples:
  noroshi episodes list
  noroshi episodes show 0199c0de-…      what happened, when, and who did it
  noroshi episodes ack 0199c0de-…       take it on: reminders stop, PagerDuty and Slack know it
  noroshi episodes unack 0199c0de-…     give it back

Exit codes: 0 done, 1 the server refuses it and says why, 2 it could not run.`;

/** `noroshi episodes list | show | ack | unack`. */
export function episodesCommand(): Command {
  const list = withServer(new Command("list").description("Alerts that are open now"))
    .option("--all", "those that are over too")
    .option("--slo <name>", "those of one SLO")
    .option("--limit <count>", "show so many at most (default: 50)")
    .action(async (options: ListOptions) => {
      process.exitCode = await listEpisodes(options, terminal());
    });
  const show = withServer(new Command("show").description("One with its history"))
    .argument("<id>", "as `noroshi episodes list` shows it")
    .action(async (id: string, options: Choice) => {
      process.exitCode = await showEpisode(id, options, terminal());
    });
  const take = (action: "ack" | "unack", description: string): Command =>
    withServer(new Command(action).description(description))
      .argument("<id>", "as `noroshi episodes list` shows it")
      .action(async (id: string, options: Choice) => {
        process.exitCode = await takeEpisode(id, action, options, terminal());
      });
  return new Command("episodes")
    .description("Alerts that fire, or fired, and who has taken them on")
    .addCommand(list)
    .addCommand(show)
    .addCommand(take("ack", "Take one on: it is not told again until it is given back"))
    .addCommand(take("unack", "Give one back: it is told again"))
    .addHelpText("after", EXAMPLES);
}
