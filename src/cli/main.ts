#!/usr/bin/env node
import { Command } from "commander";
import { applyCommand } from "./apply.ts";
import { convertCommand } from "./convert.ts";
import { correctionsCommand } from "./corrections.ts";
import { backtestCommand } from "./backtest.ts";
import { diffCommand } from "./diff.ts";
import { demoCommand } from "./demo/demo-command.ts";
import { episodesCommand } from "./episodes.ts";
import { explainCommand } from "./explain.ts";
import { promqlCommand } from "./promql-test.ts";
import { notifyCommand } from "./notify.ts";
import { routesCommand } from "./routes-test.ts";
import { initCommand } from "./init.ts";
import { reportCommand } from "./report.ts";
import { schemaCommand } from "./schema.ts";
import { serveCommand } from "./serve.ts";
import { silenceCommand } from "./silence.ts";
import { sloTestCommand } from "./slo-test.ts";
import { specsCommand } from "./specs.ts";
import { validateCommand } from "./validate.ts";
import { packageVersion } from "./package-version.ts";

const EXAMPLES = `
First steps:
  noroshi demo                     see the whole thing work in a minute and a half, nothing to set up
  noroshi init payment             look at what a service sends, and write SLOs for it
  noroshi validate slo-specs       check spec files, as CI would (exit code 1 names what is wrong)
  noroshi convert sloth.yml        turn Sloth and Pyrra specs into OpenSLO
  noroshi test slo-specs           play traffic through SLOs, and check which alerts come of it
  noroshi schema                   a JSON Schema of spec files, for editors
  noroshi backtest payment.yaml    replay stored history: what would have fired, with which target
  noroshi explain payment-slo      what its number is made of, now or at any time before
  noroshi diff slo-specs           what applying these files would change: budgets, alerts
  noroshi apply slo-specs          let a Noroshi run them, from CI say
  noroshi corrections list         maintenance and excused incidents: time that does not count
  noroshi episodes list            alerts that are open, and who has taken them on
  noroshi silence add …            tell nobody of some alerts for a time
  noroshi notify test              send a marked test alert through every receiver
  noroshi specs status             whether what folders and git repositories hold runs
  noroshi report                   how the SLOs did last month: Markdown, HTML, CSV
  noroshi promql test x.test       run PromQL scripts, in the grammar of Prometheus's own tests
  noroshi serve                    run the service: OTLP in on :4318, API and pages on http://127.0.0.1:7070

Send traces and metrics to it from any OpenTelemetry SDK:
  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node --require ./tracing.js app.js
Prometheus sends its metrics by remote write to http://127.0.0.1:7070/prometheus/api/v1/write;
a Grafana data source of type Prometheus asks http://127.0.0.1:7070/prometheus.

Exit codes: 0 fine, 1 it found what it looks for (an invalid spec, a story that did not come true), 2 it could not run.`;

const program = new Command("noroshi")
  .description("Keeps every error budget up to the second, and lights a signal when one burns.")
  .version(packageVersion())
  .showHelpAfterError("(noroshi --help lists the commands)")
  .addCommand(serveCommand())
  .addCommand(initCommand())
  .addCommand(validateCommand())
  .addCommand(sloTestCommand())
  .addCommand(backtestCommand())
  .addCommand(diffCommand())
  .addCommand(applyCommand())
  .addCommand(specsCommand())
  .addCommand(correctionsCommand())
  .addCommand(episodesCommand())
  .addCommand(silenceCommand())
  .addCommand(explainCommand())
  .addCommand(reportCommand())
  .addCommand(convertCommand())
  .addCommand(schemaCommand())
  .addCommand(routesCommand())
  .addCommand(notifyCommand())
  .addCommand(promqlCommand())
  .addCommand(demoCommand())
  .addHelpText("after", EXAMPLES)
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
for (const command of program.commands.flatMap((command) => [command, ...command.commands])) {
  command.exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
}

await program.parseAsync();
