import { apiKeyOption, serverOption } from "./ask-command.ts";
import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { getJsonFrom, HistoryError } from "../backtest/history.ts";
import { printReportAsCsv } from "./report-csv.ts";
import { printReportAsHtml } from "./report-html.ts";
import { printReportAsMarkdown } from "./report-markdown.ts";
import type { Report } from "../report/report.ts";
import type { ReportGrouping } from "./report-text.ts";
import type { CommandOutput } from "./validate.ts";

const REPORT_FORMATS = ["markdown", "html", "csv", "json"] as const;

export interface ReportOptions {
  readonly server: string;
  readonly apiKey?: string;
  readonly period: string;
  readonly timeZone: string;
  readonly service?: string;
  readonly owner?: string;
  readonly by: ReportGrouping;
  readonly format: (typeof REPORT_FORMATS)[number];
  readonly out?: string;
  readonly failOnMiss?: boolean;
}

/**
 * Prints how SLOs did in a period. Resolves to the exit code: 0 done, 1 an SLO missed its target and `failOnMiss` was asked
 * for, 2 it could not run.
 */
export async function runReport(options: ReportOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  const headers: Record<string, string> = {};
  if (options.apiKey !== undefined) headers["authorization"] = `Bearer ${options.apiKey}`;
  const query = new URLSearchParams({ period: options.period, timeZone: options.timeZone });
  if (options.service !== undefined) query.set("service", options.service);
  if (options.owner !== undefined) query.set("owner", options.owner);
  try {
    const answer = await getJsonFrom(options.server, headers)(`/api/v1/reports?${query.toString()}`);
    const report = answer as Report;
    const text = print(report, options);
    if (options.out === undefined) io.stdout.write(text);
    else await writeFile(options.out, text);
    return options.failOnMiss === true && report.totals.missed > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof HistoryError) && !isFileError(error)) throw error;
    io.stderr.write(`noroshi report: could not run: ${error.message}\n`);
    return 2;
  }
}

function print(report: Report, { format, by }: ReportOptions): string {
  switch (format) {
    case "markdown":
      return printReportAsMarkdown(report, by);
    case "html":
      return printReportAsHtml(report, by);
    case "csv":
      return printReportAsCsv(report);
    case "json":
      return `${JSON.stringify(report, undefined, 2)}\n`;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

/** `noroshi report`. */
export function reportCommand(): Command {
  return new Command("report")
    .description("How the SLOs did in a month, quarter, week or year, by service and owner")
    .option(
      "--period <period>",
      "month (so far), last-month, quarter, last-quarter, week, year …, 2026-10, 2026-Q3, 2026-W41, 2026",
      "last-month",
    )
    .option("--time-zone <name>", "on whose clocks the period begins and ends", "UTC")
    .option("--service <name>", "only SLOs of this service")
    .option("--owner <name>", "only SLOs of this owner")
    .addOption(
      new Option("--by <what>", "how SLOs are grouped").choices(["service", "owner"]).default("service"),
    )
    .addOption(new Option("--format <format>", "how to print").choices(REPORT_FORMATS).default("markdown"))
    .option("--out <file>", "write there instead of to standard output")
    .option("--fail-on-miss", "exit with 1 when an SLO missed its target")
    .addOption(serverOption())
    .addOption(apiKeyOption())
    .addHelpText(
      "after",
      `
Examples:
  noroshi report                                                       last month, as Markdown
  noroshi report --period 2026-Q3 --by owner --format html --out q3.html
  noroshi report --period month --time-zone Europe/Berlin              this month so far
  noroshi report --period last-week --format csv --service payment

Exit codes: 0 done, 1 an SLO missed its target (with --fail-on-miss), 2 it could not run.`,
    )
    .action(async (options: ReportOptions) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      const io = { stdout: process.stdout, stderr: process.stderr, isTerminal };
      process.exitCode = await runReport(options, io);
    });
}
