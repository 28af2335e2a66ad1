import { resolve } from "node:path";
import { Command } from "commander";
import { createApp } from "../app.ts";
import type { Addresses } from "../app.ts";
import { loadConfig } from "../config.ts";
import type { Config } from "../config.ts";
import { timestampMs } from "../model/time.ts";
import { createLog } from "../self/log.ts";
import type { Log } from "../self/log.ts";
import { startTracing } from "../self/tracing.ts";
import { packageVersion } from "./package-version.ts";

const HELP = `
Everything is configured by the environment and noroshi.yaml; nothing is needed to try it. The most useful:
  NOROSHI_SPECS=./slo-specs          folders with OpenSLO files, watched
  NOROSHI_DATA_DIR=./.noroshi        embedded stores
  PAGERDUTY_ROUTING_KEY=…            where critical alerts go
  SLACK_BOT_TOKEN=… SLACK_CHANNEL=…  where the rest goes
  CLICKHOUSE_URL=… DATABASE_URL=…    real servers instead of the embedded stores
  NOROSHI_CONFIG=./noroshi.yaml      targets to scrape, limits, how long data is kept
The README lists all of them.`;

/** \`noroshi serve\`: runs until SIGTERM or SIGINT, then stops gracefully. Exit code 2 when it cannot run. */
export function serveCommand(): Command {
  return new Command("serve").description("Run the service").addHelpText("after", HELP).action(serve);
}

async function serve(): Promise<void> {
  const result = loadConfig(process.env);
  if (!result.ok) {
    process.stderr.write(
      `noroshi cannot start:\n${result.problems.map((problem) => `  - ${problem}\n`).join("")}`,
    );
    process.exitCode = 2;
    return;
  }
  const { config } = result;
  const { level, format } = config.file.log;
  const log = createLog(level, format === "auto" ? (process.stderr.isTTY ? "pretty" : "json") : format);
  for (const warning of config.warnings) log.warn(warning);
  const version = packageVersion();
  const stopTracing = await startTracing(process.env["OTEL_EXPORTER_OTLP_ENDPOINT"], version);
  const app = createApp({ config, log, version, now: () => timestampMs(Date.now()) });
  try {
    const addresses = await app.start();
    process.stdout.write(banner(version, addresses, config));
  } catch (error) {
    process.stderr.write(`noroshi cannot start: ${startFault(error, config.dataDir)}\n`);
    log.debug("start failed", { error });
    await app.stop().catch(() => {});
    await stopTracing();
    process.exit(2);
  }
  const signal = await stopSignal();
  log.info("stopping: taking no more requests, finishing those in flight", { signal });
  forceOnSecondInterrupt(log);
  await app.stop();
  await stopTracing();
  log.info("stopped");
  process.exit(0);
}

function startFault(error: unknown, dataDir: string): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (path === undefined || !resolve(path).startsWith(resolve(dataDir))) return error.message;
  return `the data directory ${dataDir} cannot be written (${code}); NOROSHI_DATA_DIR sets another one`;
}

function banner(version: string, addresses: Addresses, config: Config): string {
  const missing = [
    config.pagerduty.routingKey === undefined ? "PAGERDUTY_ROUTING_KEY" : "",
    config.slack.botToken === undefined ? "SLACK_BOT_TOKEN" : "",
  ].filter((name) => name !== "");
  const embedded = config.clickhouseUrl === undefined || config.databaseUrl === undefined;
  return [
    `Noroshi ${version}`,
    `  ${config.roles.has("api") ? "API and pages" : "health       "}  ${addresses.url}`,
    `  OTLP/HTTP      ${addresses.otlpHttpUrl ?? "off"}`,
    `  OTLP/gRPC      ${addresses.otlpGrpcUrl ?? "off"}`,
    `  SLO specs      ${[...config.specs, ...config.gitSpecs.map(({ name }) => name)].join(", ")}`,
    ...(embedded ? [`  data           ${config.dataDir}`] : []),
    ...(missing.length > 0 ? [`  not set        ${missing.join(", ")}: those alerts go to the log`] : []),
    "",
  ].join("\n");
}

/** The listeners stay: without one, a second signal would end the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
  });
}

/** One Ctrl-C in a terminal arrives twice where npm passes it on, and supervisors repeat themselves. */
const ONE_REQUEST_MS = 1_000;

/** A person who presses Ctrl-C again does not want to wait; SIGTERM again changes nothing. */
function forceOnSecondInterrupt(log: Log): void {
  const stoppingSince = performance.now();
  process.on("SIGINT", () => {
    if (performance.now() - stoppingSince < ONE_REQUEST_MS) return;
    log.warn("interrupted again: leaving at once");
    process.exit(1);
  });
}
