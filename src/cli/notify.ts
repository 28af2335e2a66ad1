import { apiKeyOption, formatOption, jsonText, runAsking, serverOption, terminal } from "./ask-command.ts";
import { Command, Option } from "commander";
import { notificationListSchema } from "../api/episode-schema.ts";
import { receiverListSchema, receiverTestSchema, type ReceiverTestBody } from "../api/receiver-schema.ts";
import { askServer, problemText, type ServerOptions } from "./ask-server.ts";
import { localTests, type LocalTests } from "./notify-locally.ts";
import { printNotifications, printReceivers, printTest } from "./notify-text.ts";
import { CannotRun } from "./spec-files.ts";
import type { CommandOutput } from "./validate.ts";

type Format = { readonly format: "text" | "json" };

export interface NotifyTestOptions extends Format {
  readonly receiver?: readonly string[];
  /** Left out: with noroshi.yaml and the environment of this command. */
  readonly server?: string;
  readonly apiKey?: string;
}

export interface NotifyLogOptions extends Format, ServerOptions {
  readonly slo?: string;
  readonly episode?: string;
  readonly receiver?: string;
  readonly state?: string;
  readonly limit?: string;
}

/** Tries receivers, one after the other. Resolves to 0 all took it, 1 one did not, 2 it could not run. */
export function testReceivers(options: NotifyTestOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("notify test", options.server, io, async () => {
    const { server, apiKey } = options;
    const tests =
      server === undefined || server === ""
        ? localTests(process.env)
        : await serverTests({ server, ...(apiKey === undefined ? {} : { apiKey }) });
    const wanted = options.receiver ?? tests.receivers;
    const unknown = wanted.find((name) => !tests.receivers.includes(name));
    if (unknown !== undefined)
      throw new CannotRun(`no receiver is called "${unknown}"; there are ${tests.receivers.join(", ")}`);
    const isText = options.format === "text";
    if (isText) io.stdout.write(`${tests.where}\n`);
    const results: ReceiverTestBody[] = [];
    for (const name of wanted) {
      const result = await tests.test(name);
      results.push(result);
      if (isText) io.stdout.write(`\n${printTest(result)}`);
    }
    const failed = results.filter(({ ok }) => !ok);
    if (!isText) io.stdout.write(jsonText({ receivers: results }));
    else
      io.stdout.write(
        failed.length === 0
          ? `\n${results.length === 1 ? "It" : "All"} took the test and its end.\n`
          : `\nFailed: ${failed.map(({ receiver }) => receiver).join(", ")}.\n`,
      );
    return failed.length === 0 ? 0 : 1;
  });
}

/** Prints what was sent, newest first. 0 printed, 2 it could not run. */
export function showNotifications(options: NotifyLogOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("notify log", options.server, io, async () => {
    const query = new URLSearchParams();
    for (const name of ["slo", "episode", "receiver", "state", "limit"] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, value);
    }
    const answer = await askServer(options, "GET", `/api/v1/notifications?${query.toString()}`);
    if (answer.status !== 200) throw new CannotRun(problemText(answer));
    const body = notificationListSchema.parse(answer.body);
    io.stdout.write(options.format === "json" ? jsonText(body) : printNotifications(body));
    return 0;
  });
}

/** Prints who can be told, and how deliveries go. 0 printed, 2 it could not run. */
export function showReceivers(options: Format & ServerOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  return runAsking("notify receivers", options.server, io, async () => {
    const body = receiverListSchema.parse(await getReceivers(options));
    io.stdout.write(options.format === "json" ? jsonText(body) : printReceivers(body.receivers));
    return 0;
  });
}

async function getReceivers(options: ServerOptions): Promise<unknown> {
  const answer = await askServer(options, "GET", "/api/v1/receivers");
  if (answer.status !== 200) throw new CannotRun(problemText(answer));
  return answer.body;
}

async function serverTests(options: ServerOptions): Promise<LocalTests> {
  const { receivers } = receiverListSchema.parse(await getReceivers(options));
  return {
    where: `Through the service at ${options.server.replace(/\/\/[^/@]*@/, "//")}:`,
    receivers: receivers.filter(({ origin }) => origin !== "none").map(({ name }) => name),
    test: async (name) => {
      const path = `/api/v1/receivers/${encodeURIComponent(name)}/test`;
      const answer = await askServer(options, "POST", path);
      if (answer.status !== 200) throw new CannotRun(problemText(answer));
      return receiverTestSchema.parse(answer.body);
    },
  };
}

const EXAMPLES = `
Examples:
  noroshi notify test --server http://127.0.0.1:7070                  every receiver of the running service
  noroshi notify test --receiver payments-oncall                      one, with noroshi.yaml and this environment
  noroshi notify log --slo payment-availability                       what was sent about it, to whom, what they answered
  noroshi notify receivers                                            who can be told, and what waits

Exit codes: 0 done, 1 a receiver did not take the test, 2 it could not run.`;

/** `noroshi notify test | log | receivers`. */
export function notifyCommand(): Command {
  const test = new Command("test")
    .description("Send a marked test alert, and its end, to every receiver, or to those named")
    .option("--receiver <name...>", "only these")
    .addOption(
      new Option(
        "--server <url>",
        "let this Noroshi send it (default: send from here, with noroshi.yaml and the environment)",
      ).env("NOROSHI_SERVER"),
    )
    .addOption(apiKeyOption())
    .addOption(formatOption())
    .action(async (options: NotifyTestOptions) => {
      process.exitCode = await testReceivers(options, terminal());
    });
  const log = new Command("log")
    .description("What was sent, to whom, and what they answered; the newest first")
    .option("--slo <name>", "about this SLO")
    .option("--episode <id>", "about this episode")
    .option("--receiver <name>", "to this receiver")
    .addOption(
      new Option("--state <state>", "in this state").choices([
        "pending",
        "delivered",
        "rejected",
        "superseded",
      ]),
    )
    .option("--limit <n>", "at most so many, 500 the most (default: 50)")
    .addOption(serverOption())
    .addOption(apiKeyOption())
    .addOption(formatOption())
    .action(async (options: NotifyLogOptions) => {
      process.exitCode = await showNotifications(options, terminal());
    });
  const receivers = new Command("receivers")
    .description("Who can be told, and how deliveries go")
    .addOption(serverOption())
    .addOption(apiKeyOption())
    .addOption(formatOption())
    .action(async (options: Format & ServerOptions) => {
      process.exitCode = await showReceivers(options, terminal());
    });
  return new Command("notify")
    .description("Receivers of alerts: try them, and see what was sent")
    .addCommand(test)
    .addCommand(log)
    .addCommand(receivers)
    .addHelpText("after", EXAMPLES);
}
