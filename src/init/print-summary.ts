import { formatPercent } from "../slo/format-percent.ts";
import { countText, lengthText } from "./number-text.ts";
import type { PassedOver, Proposal } from "./proposal.ts";
import type { MeasuredRequests } from "./request-proposals.ts";
import type { Telemetry } from "./telemetry.ts";

export interface InitSummary {
  readonly service: string;
  readonly telemetry: Telemetry;
  readonly measured: readonly MeasuredRequests[];
  readonly proposals: readonly Proposal[];
  readonly passedOver: readonly PassedOver[];
}

/** What was found, what is proposed and measured, and what nothing came of. */
export function printInitSummary(summary: InitSummary, colours: boolean): string {
  const { service, telemetry, measured, proposals, passedOver } = summary;
  const bold = (text: string): string => (colours ? `\u001b[1m${text}\u001b[0m` : text);
  const dim = (text: string): string => (colours ? `\u001b[2m${text}\u001b[0m` : text);
  const range = `${telemetry.start.slice(0, 10)} to ${telemetry.end.slice(0, 10)}`;
  const lines = [`${bold(printable(service))}  ${dim(range)}`, ...foundLines(telemetry, measured), ""];
  const rows = proposals.map((proposal) => [
    proposal.name,
    [formatPercent(proposal.chosen.target), proposal.promise].filter((part) => part !== "").join(" "),
    `was ${formatPercent(1 - proposal.bad / proposal.events)}`,
    `${formatPercent(proposal.chosen.spent)} of the budget spent`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    lines.push(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
  }
  if (proposals.length === 0) lines.push("  nothing to propose");
  lines.push(...passedOver.map(({ what, why }) => dim(printable(`  no ${what}: ${why}`))), "");
  return lines.map((line) => `${line}\n`).join("");
}

function foundLines(telemetry: Telemetry, measured: readonly MeasuredRequests[]): readonly string[] {
  const requests = measured.map(({ protocol, requests, bad, durationMs, metric }) => {
    const noun = protocol === "http" ? "HTTP requests" : "gRPC calls";
    const times =
      durationMs === undefined
        ? ""
        : `, p50 ${lengthText(durationMs.p50)}, p95 ${lengthText(durationMs.p95)}, p99 ${lengthText(durationMs.p99)}`;
    const source = metric === undefined ? "spans" : metric.name;
    return `  ${countText(requests)} ${noun}, ${formatPercent(bad / requests)} bad${times}  (${source})`;
  });
  const kinds = telemetry.spans.map(({ kind, spans }) => `${countText(spans)} ${kind}`);
  const metrics = telemetry.metrics.length;
  return [
    ...requests,
    ...(kinds.length > 0 ? [`  spans: ${kinds.join(", ")}`] : []),
    ...(metrics > 0 ? [`  metrics: ${countText(metrics)} names`] : []),
  ];
}

/** Names from telemetry must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
