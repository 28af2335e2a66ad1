import { apiKeyOption, serverOption } from "./ask-command.ts";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { getJsonFrom, HistoryError, type GetJson } from "../backtest/history.ts";
import { askPromqlOf } from "../init/ask-promql.ts";
import { printInitSummary } from "../init/print-summary.ts";
import { printProposals, SCHEMA_FILE } from "../init/print-proposals.ts";
import type { Proposal } from "../init/proposal.ts";
import { proposeSlos, stemOf } from "../init/propose-slos.ts";
import { readTelemetry } from "../init/telemetry.ts";
import { nothingSent } from "../init/nothing-sent.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { readSpecSources } from "../spec/spec-folder.ts";
import { printSchema } from "./schema.ts";
import type { CommandOutput } from "./validate.ts";

export interface InitOptions {
  readonly server: string;
  /** A whole number and m, h, d or w. */
  readonly since: string;
  readonly out: string;
  readonly source?: "traces" | "metrics";
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly apiKey?: string;
}

/**
 * Proposes SLOs for a service from what it sent, and writes them. Resolves to the exit code: 0 done, 1 nothing can be
 * proposed, 2 it could not run: no server, no telemetry of the service, or a file is there already.
 */
export async function runInit(service: string, options: InitOptions, io: CommandOutput): Promise<0 | 1 | 2> {
  const headers: Record<string, string> = {};
  if (options.apiKey !== undefined) headers["authorization"] = `Bearer ${options.apiKey}`;
  try {
    return await propose(service, options, io, getJsonFrom(options.server, headers));
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    io.stderr.write(`noroshi init: could not run: ${printable(error.message)}\n`);
    return 2;
  }
}

async function propose(
  service: string,
  options: InitOptions,
  io: CommandOutput,
  getJson: GetJson,
): Promise<0 | 1 | 2> {
  const telemetry = await readTelemetry(service, options.since, getJson);
  if (telemetry.spans.length === 0 && telemetry.metrics.length === 0) {
    io.stderr.write(`noroshi init: ${nothingSent(service, telemetry.services, options)}\n`);
    return 2;
  }
  const endMs = Date.parse(telemetry.end);
  const ask = askPromqlOf(getJson, endMs);
  const found = await proposeSlos(service, telemetry, ask, { source: options.source, since: options.since });
  const target = join(options.out, `${stemOf(service)}.yaml`);
  const elsewhere = await namesElsewhere(options.out, target);
  const isNew = ({ name }: Proposal): boolean => !elsewhere.has(name);
  const proposals = found.proposals.filter(isNew);
  const passedOver = [
    ...found.passedOver,
    ...found.proposals
      .filter((proposal) => !isNew(proposal))
      .map(({ name }) => ({ what: name, why: `${elsewhere.get(name)!} has an SLO of this name already` })),
  ];
  const summary = { service, telemetry, ...found, proposals, passedOver };
  io.stderr.write(printInitSummary(summary, io.isTerminal));
  if (proposals.length === 0) return 1;
  const text = printProposals({
    service,
    startMs: Date.parse(telemetry.start),
    endMs,
    routes: found.measured.flatMap(({ routes }) => routes),
    proposals,
  });
  refuseUnsound(target, text);
  if (options.dryRun === true) {
    io.stdout.write(text);
    return 0;
  }
  await write(target, text, options);
  const count = `${proposals.length} SLO${proposals.length === 1 ? "" : "s"}`;
  io.stderr.write(
    `wrote ${target} (${count})\n\nnext: noroshi validate ${options.out}\nThe service loads it from its NOROSHI_SPECS.\n`,
  );
  return 0;
}

/** What is written must run; anything else is a fault of ours, better seen here than at start-up. */
function refuseUnsound(target: string, text: string): void {
  const { diagnostics } = loadSpecs([{ path: target, text }]);
  const [first] = diagnostics.filter(({ severity }) => severity === "error");
  if (first !== undefined) {
    throw new HistoryError(
      `what was proposed is not valid (${first.line}: ${first.message}); please report this`,
    );
  }
}

/** Names of SLOs in other files of the folder, and where. */
async function namesElsewhere(folder: string, target: string): Promise<ReadonlyMap<string, string>> {
  if (!(await exists(folder))) return new Map();
  const { texts, problems } = await readSpecSources([folder]);
  const others = loadSpecs(
    texts.filter(({ path }) => join(path) !== target),
    problems,
  );
  return new Map(others.slos.map(({ name, location }) => [name, location.file]));
}

async function write(target: string, text: string, options: InitOptions): Promise<void> {
  if (options.force !== true && (await exists(target))) {
    throw new HistoryError(
      `${target} is there already; --dry-run shows the proposal, --force replaces the file`,
    );
  }
  try {
    await mkdir(options.out, { recursive: true });
    await writeFile(target, text);
    const schema = join(options.out, SCHEMA_FILE);
    if (!(await exists(schema))) await writeFile(schema, printSchema());
  } catch (error) {
    throw new HistoryError(error instanceof Error ? error.message : String(error));
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What comes from elsewhere must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

function sinceOption(text: string): string {
  if (/^[1-9]\d{0,4}[mhdw]$/.test(text)) return text;
  throw new InvalidArgumentError("Write a whole number and m, h, d or w, e.g. 12h or 7d.");
}

/** `noroshi init <service>`. */
export function initCommand(): Command {
  return new Command("init")
    .description("Look at what a service sends, propose SLOs with targets it would have met, and write them")
    .argument("<service>", "the service, as its telemetry names it (service.name)")
    .addOption(serverOption("the Noroshi that it sends to"))
    .addOption(
      new Option("--since <length>", "how far back to look, up to 31d").argParser(sinceOption).default("7d"),
    )
    .option("--out <folder>", "where to write", "slo-specs")
    .addOption(
      new Option("--source <source>", "count spans or metrics (default: spans where there are some)").choices(
        ["traces", "metrics"],
      ),
    )
    .option("--dry-run", "print the file instead of writing it")
    .option("--force", "replace a file that is there")
    .addOption(apiKeyOption())
    .addHelpText(
      "after",
      `
Examples:
  noroshi init payment                          writes slo-specs/payment.yaml
  noroshi init payment --since 1d --dry-run     shows what it would write
  noroshi init payment --source metrics         where spans are sampled, metrics count all requests

Targets are the highest usual ones that would have been met with half of the budget left.

Exit codes: 0 done, 1 nothing can be proposed, 2 it could not run: no server, no telemetry, a file in the way.`,
    )
    .action(async (service: string, options: InitOptions) => {
      const isTerminal = process.stderr.isTTY && process.stderr.hasColors();
      const io = { stdout: process.stdout, stderr: process.stderr, isTerminal };
      process.exitCode = await runInit(service, options, io);
    });
}
