import { apiKeyOption, serverOption } from "./ask-command.ts";
import { Command, InvalidArgumentError, Option } from "commander";
import { getJsonFrom, HistoryError } from "../backtest/history.ts";
import type { Explanation } from "../ledger/explanation.ts";
import { printExplanation } from "../ledger/print-explanation.ts";
import type { CommandOutput } from "./validate.ts";

export interface ExplainOptions {
  readonly server: string;
  readonly apiKey?: string;
  readonly at?: string;
  readonly known?: string;
  readonly format: "text" | "json";
}

/** Explains an SLO's number. Resolves to the exit code: 0 done, 2 it could not run. */
export async function runExplain(slo: string, options: ExplainOptions, io: CommandOutput): Promise<0 | 2> {
  const headers: Record<string, string> = {};
  if (options.apiKey !== undefined) headers["authorization"] = `Bearer ${options.apiKey}`;
  const query = new URLSearchParams();
  if (options.at !== undefined) query.set("at", options.at);
  if (options.known !== undefined) query.set("known", options.known);
  const asked = query.size === 0 ? "" : `?${query.toString()}`;
  try {
    const path = `/api/v1/slos/${encodeURIComponent(slo)}/explain${asked}`;
    const answer = await getJsonFrom(options.server, headers)(path);
    io.stdout.write(
      options.format === "json"
        ? `${JSON.stringify(answer, undefined, 2)}\n`
        : printExplanation(answer as Explanation),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    io.stderr.write(`noroshi explain: could not run: ${error.message}\n`);
    return 2;
  }
}

/** RFC 3339 or Unix seconds, as the API takes them; a day alone is its beginning in UTC. */
function timeOption(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00Z`;
  if (
    /^\d{1,12}(\.\d+)?$/.test(text) ||
    (/^\d{4}-\d{2}-\d{2}[T ]/.test(text) && !Number.isNaN(Date.parse(text)))
  ) {
    return /^\d[\d.]*$/.test(text) || /([Zz]|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`;
  }
  throw new InvalidArgumentError("Write RFC 3339 (2026-10-03T12:00:00Z), a day, or Unix seconds.");
}

/** `noroshi explain <slo>`. */
export function explainCommand(): Command {
  return new Command("explain")
    .description("What an SLO's number is made of, now or at any time before, step by step")
    .argument("<slo>", "the SLO's name")
    .addOption(
      new Option("--at <time>", "the time that the number is about (default: now)").argParser(timeOption),
    )
    .addOption(
      new Option("--known <time>", "as it was known at this time (default: the same)").argParser(timeOption),
    )
    .addOption(serverOption())
    .addOption(apiKeyOption())
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      `
Examples:
  noroshi explain payment-availability
  noroshi explain payment-availability --at 2026-10-03T12:00:00Z     what people saw then, and whether it still holds

Exit codes: 0 done, 2 it could not run: no such SLO, or the server cannot be reached.`,
    )
    .action(async (slo: string, options: ExplainOptions) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      const io = { stdout: process.stdout, stderr: process.stderr, isTerminal };
      process.exitCode = await runExplain(slo, options, io);
    });
}
