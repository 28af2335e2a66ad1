import { Command, InvalidArgumentError, Option } from "commander";
import { backtest, type BacktestRun } from "../backtest/backtest.ts";
import { getJsonFrom, HistoryError, type History, type HistoryRange } from "../backtest/history.ts";
import { readPrometheusHistory } from "../backtest/read-prometheus-history.ts";
import { readServerHistory } from "../backtest/read-server-history.ts";
import { variantsOf } from "../backtest/variants.ts";
import { suggestName } from "../model/nearest-name.ts";
import { durationMs, type DurationMs } from "../model/time.ts";
import { readLength } from "../slo-test/read-length.ts";
import { sumTimelines } from "../replay/sum-timelines.ts";
import { countParts } from "../slo/count-parts.ts";
import type { Indicator } from "../slo/indicator.ts";
import { longestWindowMs } from "../slo/evaluate-slo.ts";
import type { Slo } from "../slo/slo.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { readSpecSources } from "../spec/spec-folder.ts";
import { printBacktestAsHtml } from "./backtest-html.ts";
import { printBacktestAsJson } from "./backtest-json.ts";
import { printBacktest } from "./backtest-report.ts";
import type { CommandOutput } from "./validate.ts";

const BACKTEST_FORMATS = ["text", "json", "html"] as const;

export interface BacktestOptions {
  readonly format: (typeof BACKTEST_FORMATS)[number];
  readonly since: DurationMs;
  readonly step: DurationMs;
  readonly slo?: string;
  readonly target?: readonly number[];
  readonly window?: readonly DurationMs[];
  readonly server?: string;
  readonly prometheus?: string;
  readonly apiKey?: string;
}

/** What was replayed, for the reports. */
export interface BacktestReport {
  readonly slo: Slo;
  readonly range: HistoryRange;
  readonly history: History;
  /** One at least; the first is the one that is shown whole. */
  readonly runs: readonly BacktestRun[];
}

/** Replays stored history. Resolves to the exit code: 0 done, 2 it could not run. */
export async function runBacktest(
  paths: readonly string[],
  options: BacktestOptions,
  io: CommandOutput,
  nowMs: number,
): Promise<0 | 2> {
  try {
    const report = await makeReport(await findSlo(paths, options.slo), options, nowMs);
    io.stdout.write(print(report, options.format, io.isTerminal));
    return 0;
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    io.stderr.write(`noroshi backtest: could not run: ${error.message}\n`);
    return 2;
  }
}

function print(report: BacktestReport, format: BacktestOptions["format"], isTerminal: boolean): string {
  switch (format) {
    case "json":
      return printBacktestAsJson(report);
    case "html":
      return printBacktestAsHtml(report);
    case "text":
      return printBacktest(report, { colours: isTerminal });
  }
}

async function findSlo(paths: readonly string[], name: string | undefined): Promise<Slo> {
  const { texts, problems } = await readSpecSources(paths);
  const { slos, diagnostics } = loadSpecs(texts, problems);
  const names = slos.map((slo) => slo.name);
  const found = name === undefined ? slos[0] : slos.find((slo) => slo.name === name);
  if (found !== undefined && (name !== undefined || slos.length === 1)) return found;
  if (slos.length === 0) {
    const [first] = diagnostics.filter(({ severity }) => severity === "error");
    const why = first === undefined ? "" : `: ${first.file}:${first.line}: ${first.message}`;
    throw new HistoryError(`no sound SLO in ${paths.join(", ")}${why}`);
  }
  throw new HistoryError(
    name === undefined
      ? `there are ${slos.length} SLOs; name one with --slo: ${names.join(", ")}`
      : `there is no sound SLO "${name}": ${suggestName(name, names)}`,
  );
}

async function makeReport(slo: Slo, options: BacktestOptions, nowMs: number): Promise<BacktestReport> {
  if (slo.indicator.source === "composite" && (options.target ?? []).length > 0) {
    throw new HistoryError(
      `${slo.name} is a composite, and its target follows from those of its parts: change them in the spec, or leave --target out`,
    );
  }
  const variants = variantsOf(slo, options.target ?? [], options.window ?? []);
  const alignMs = Math.max(60_000, options.step);
  const endMs = Math.floor(nowMs / alignMs) * alignMs;
  const range = { startMs: endMs - Math.ceil(options.since / alignMs) * alignMs, endMs };
  // Budgets at the beginning need the window before it.
  const lookBackMs = Math.max(...variants.map((variant) => longestWindowMs(variant.slo)));
  const wholeRange = { startMs: range.startMs - Math.ceil(lookBackMs / alignMs) * alignMs, endMs };
  const history = await readHistories(slo, wholeRange, options);
  const covered = { ...range, coveredFromMs: history.knownFromMs ?? wholeRange.startMs };
  return {
    slo,
    range,
    history,
    runs: variants.map((variant) => backtest(variant, history, covered)),
  };
}

/** Of each part; what is known of all of them is what is known. */
async function readHistories(slo: Slo, range: HistoryRange, options: BacktestOptions): Promise<History> {
  const parts: History[] = [];
  for (const { indicator } of countParts(slo)) parts.push(await readHistory(slo, indicator, range, options));
  const [first] = parts;
  if (parts.length === 1) return first!;
  const timelines = parts.map(({ timeline }) => timeline);
  const known = parts.flatMap(({ knownFromMs }) => knownFromMs ?? []);
  return {
    timeline: sumTimelines(timelines),
    parts: timelines,
    knownFromMs: known.length === 0 ? undefined : Math.max(...known),
    source: first!.source,
  };
}

function readHistory(
  slo: Slo,
  indicator: Indicator,
  range: HistoryRange,
  options: BacktestOptions,
): Promise<History> {
  const headers: Record<string, string> = {};
  if (options.apiKey !== undefined) headers["authorization"] = `Bearer ${options.apiKey}`;
  if (options.prometheus !== undefined) {
    return readPrometheusHistory(
      slo,
      indicator,
      range,
      getJsonFrom(options.prometheus, headers),
      options.step,
    );
  }
  return readServerHistory(
    slo,
    indicator,
    range,
    getJsonFrom(options.server ?? "http://127.0.0.1:7070", headers),
  );
}

function lengthOption(text: string): DurationMs {
  const length = readLength(text);
  if (!("ms" in length)) throw new InvalidArgumentError(`${length.message}: ${length.hint}`);
  if (length.ms <= 0) throw new InvalidArgumentError("It must be above 0.");
  return durationMs(length.ms);
}

/** Percent, as people say it: 99.9. */
function targetOption(text: string, before: readonly number[] = []): readonly number[] {
  const percent = Number(text.replace(/\s*%$/, ""));
  if (text.trim() === "" || !(percent > 0 && percent < 100)) {
    throw new InvalidArgumentError("Write a percentage, e.g. 99.9.");
  }
  // 99.95 / 100 is 0.9995000000000001.
  return [...before, Number((percent / 100).toPrecision(12))];
}

function windowOption(text: string, before: readonly DurationMs[] = []): readonly DurationMs[] {
  return [...before, lengthOption(text)];
}

const DEFAULT_SINCE = "30d";

/** `noroshi backtest <spec…>`. */
export function backtestCommand(): Command {
  return new Command("backtest")
    .description("Replay stored history through an SLO: which alerts would have fired, and when")
    .argument("<specs...>", "spec files or folders with the SLO, and what it refers to")
    .option("--slo <name>", "which SLO, where the files hold several")
    .addOption(
      new Option("--since <length>", "how far back")
        .argParser(lengthOption)
        .default(lengthOption(DEFAULT_SINCE), DEFAULT_SINCE),
    )
    .option("--target <percent...>", "what if the target were this; may be given several times", targetOption)
    .option(
      "--window <length...>",
      "what if it were a rolling window of this length; may be given several times",
      windowOption,
    )
    .option("--server <url>", "the Noroshi that holds the history (default: http://127.0.0.1:7070)")
    .addOption(
      new Option("--prometheus <url>", "a Prometheus that holds it, for SLOs on metrics").conflicts("server"),
    )
    .addOption(
      new Option("--step <length>", "how finely a Prometheus is asked")
        .argParser(lengthOption)
        .default(lengthOption("1m"), "1m"),
    )
    .addOption(new Option("--api-key <key>", "sent as Authorization: Bearer").env("NOROSHI_API_KEY"))
    .addOption(
      new Option("--format <format>", "how to print: for people, for programs, or as a page")
        .choices(BACKTEST_FORMATS)
        .default("text"),
    )
    .addHelpText(
      "after",
      `
Examples:
  noroshi backtest slo-specs/payout.yaml --since 30d
  noroshi backtest slo-specs --slo payment-availability --target 99.9 99.95 99.99
  noroshi backtest shop.yaml --prometheus http://prometheus:9090 --window 7d 30d
  noroshi backtest shop.yaml --target 99.9 --format html > backtest.html

Exit codes: 0 done, 2 it could not run: no such SLO, or no history of it.`,
    )
    .action(async (paths: string[], options: BacktestOptions) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      const io = { stdout: process.stdout, stderr: process.stderr, isTerminal };
      process.exitCode = await runBacktest(paths, options, io, Date.now());
    });
}
