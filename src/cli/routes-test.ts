import { Command } from "commander";
import { ALERT_LABELS } from "../alert/alert-labels.ts";
import { routeAlert, type RoutingDecision } from "../alert/routing/route-alert.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { assumedRouting } from "../wire/assumed-routing.ts";

interface Options {
  readonly config?: string;
  readonly label: readonly string[];
  readonly target: readonly string[];
  readonly at?: string;
  readonly format: string;
  readonly [label: string]: unknown;
}

/** `noroshi routes test`: where an alert would go, and why. */
export function routesCommand(): Command {
  const test = new Command("test")
    .description("Say where an alert with these labels would go, and why.")
    .option(
      "--config <file>",
      "noroshi.yaml with receivers and routes (default: $NOROSHI_CONFIG or ./noroshi.yaml)",
    );
  for (const label of ALERT_LABELS) test.option(`--${label} <value>`, `the alert's ${label}`);
  test
    .option("--label <name=value>", "a label of its SLO; may be repeated", collect, [])
    .option("--target <name>", "a notification target that its spec names; may be repeated", collect, [])
    .option("--at <time>", "RFC 3339; routes may rest at times (default: now)")
    .option("--format <format>", "text or json", "text")
    .action((options: Options) => {
      process.exitCode = run(options);
    });
  return new Command("routes").description("Routes of alerts to receivers.").addCommand(test);
}

function run(options: Options): number {
  const atMs = options.at === undefined ? Date.now() : Date.parse(options.at);
  if (Number.isNaN(atMs))
    return fail(`--at: "${options.at}" is not a time; write for instance 2026-01-31T03:00:00Z`);
  const labels: Record<string, string> = {};
  for (const label of ALERT_LABELS) {
    const value = options[label];
    if (typeof value === "string") labels[label] = value;
  }
  if (!["critical", "warning"].includes(labels["severity"] ?? "critical"))
    return fail(`--severity: "${labels["severity"]}" is neither critical nor warning`);
  labels["severity"] ??= "critical";
  for (const text of options.label) {
    const [name = "", ...value] = text.split("=");
    if (name === "" || value.length === 0) return fail(`--label: "${text}" is not name=value`);
    labels[name] = value.join("=");
  }
  const assumed = assumedRouting(options.config ?? process.env["NOROSHI_CONFIG"], process.env);
  if (!assumed.ok) return fail(assumed.problems.join("\n"));
  const decision = routeAlert(labels, options.target, assumed.routing, atMs);
  process.stdout.write(
    options.format === "json" ? asJson(decision) : asText(decision, labels, assumed.notes),
  );
  return 0;
}

function asText(
  { routed, reasons }: RoutingDecision,
  labels: Record<string, string>,
  notes: readonly string[],
): string {
  const about = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const lines = [`An alert with ${about.join(", ")} goes to`, ""];
  for (const { receiver, receiverType, groupKey, policy } of routed) {
    const how = [
      groupKey === null ? [] : "grouped with others",
      policy.digest === null || labels["severity"] === "critical"
        ? []
        : `told at ${policy.digest.hours.map((hour) => `${hour}:00`).join(", ")}`,
      policy.repeatIntervalMs === null ? [] : `again every ${formatDuration(policy.repeatIntervalMs)}`,
    ].flat();
    const type = receiver === receiverType ? "" : ` (${receiverType})`;
    lines.push(`  ${receiver}${type}${how.length === 0 ? "" : `: ${how.join(", ")}`}`);
  }
  lines.push("", "because", "", ...reasons.map((reason) => `  ${reason}`));
  if (routed.some(({ receiver, receiverType }) => receiver === receiverType) && notes.length > 0)
    lines.push("", ...notes);
  return `${lines.join("\n")}\n`;
}

/** Without addresses: they may be secrets. */
function asJson({ routed, reasons }: RoutingDecision): string {
  const receivers = routed.map(({ receiver, receiverType, policy, groupKey }) => ({
    receiver,
    receiverType,
    policy,
    groupKey,
  }));
  return `${JSON.stringify({ receivers, reasons }, null, 2)}\n`;
}

function fail(text: string): number {
  process.stderr.write(`${text}\n`);
  return 2;
}

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];
