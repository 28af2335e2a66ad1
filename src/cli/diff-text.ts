import type { DiffBody } from "../api/spec-change-schema.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { shortUtc } from "./backtest-report.ts";

export type SloDiffBody = DiffBody["slos"][number];
type Effect = NonNullable<SloDiffBody["effect"]>;
type Budget = NonNullable<Effect["before"]>;
type Fired = Effect["gained"][number];

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
type Paint = (style: keyof typeof CODES, text: string) => string;

export const SIGNS = { added: "+", changed: "~", removed: "-", kept: "=", unchanged: " " } as const;
const STYLES = { added: "green", changed: "yellow", removed: "red", kept: "dim", unchanged: "dim" } as const;
const BAR_WIDTH = 20;
/** Longer texts have a line each. */
const LONGEST_BESIDE = 44;
const MOST_ALERTS = 12;

/** For people: what changes in one line, then a block for each SLO. */
export function printDiff(diff: DiffBody, about: DiffAbout, options: { readonly colours: boolean }): string {
  const paint: Paint = (style, text) => (options.colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text);
  const lines = [
    `${paint("bold", diff.source)} ${paint("dim", `(from ${about.sourceFrom}) on ${about.server}`)}`,
    summaryLine(diff),
    ...diff.conflicts.map(
      ({ slo, file, owner, ownerFile }) =>
        `\n${paint("red", "conflict")} ${slo} of ${file} belongs to ${owner} (${ownerFile}): rename it, or take it out there first`,
    ),
    ...(diff.conflicts.length === 0
      ? []
      : ["\nTo see what they would change there: noroshi diff --in-place-of <that folder or repository>"]),
    ...diagnosticLines(diff, paint),
    ...diff.corrections.flatMap(({ name, change }) => ["", `${SIGNS[change]} correction ${name}  ${change}`]),
    ...diff.slos
      .filter(({ change }) => change !== "unchanged")
      .flatMap((slo) => ["", ...blockOf(slo, paint)]),
  ];
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

/** What the answer does not tell. */
export interface DiffAbout {
  readonly server: string;
  readonly sourceFrom: string;
}

/** `2 changed, 1 added, 14 unchanged · alerts: 2 more, 1 fewer`. */
export function summaryLine(diff: DiffBody): string {
  if (!diff.valid) {
    const errors =
      diff.diagnostics.filter(({ severity }) => severity === "error").length + diff.conflicts.length;
    return `${errors === 1 ? "1 error" : `${errors} errors`}: nothing was compared, and nothing would be applied`;
  }
  const parts = (["changed", "added", "removed", "kept", "unchanged"] as const).flatMap((change) =>
    diff.summary[change] === 0 ? [] : [`${diff.summary[change]} ${change}`],
  );
  if (!diff.differs) {
    return parts.length === 0 ? "no SLOs, there as here" : `no changes: ${parts.join(", ")}`;
  }
  const { length } = diff.corrections;
  if (length > 0) parts.push(length === 1 ? "1 correction differs" : `${length} corrections differ`);
  const { gained, lost } = alertTotals(diff);
  const ends = diff.slos.reduce((sum, { effect }) => sum + (effect?.ends.length ?? 0), 0);
  const alerts = gained + lost === 0 ? [] : [`alerts: ${gained} more, ${lost} fewer`];
  const open = ends === 0 ? [] : [`${ends === 1 ? "1 open alert" : `${ends} open alerts`} would end`];
  return [parts.join(", "), ...alerts, ...open].join(" · ");
}

function alertTotals(diff: DiffBody): { readonly gained: number; readonly lost: number } {
  const sum = (of: (effect: Effect) => number): number =>
    diff.slos.reduce((total, { effect }) => total + (effect === null ? 0 : of(effect)), 0);
  return { gained: sum(({ gained }) => gained.length), lost: sum(({ lost }) => lost.length) };
}

function diagnosticLines({ diagnostics }: DiffBody, paint: Paint): readonly string[] {
  return diagnostics.flatMap(({ severity, file, line, column, message, hint }) => [
    "",
    `${paint(severity === "error" ? "red" : "yellow", severity)} ${file}:${line}:${column}: ${message}`,
    `  ${hint}`,
  ]);
}

function blockOf(slo: SloDiffBody, paint: Paint): readonly string[] {
  const head = `${SIGNS[slo.change]} ${slo.name}`;
  const place = slo.change === "kept" ? "" : `, ${slo.file}:${slo.line}`;
  const where = `${slo.change}, service ${slo.service}${place}`;
  const lines = [`${paint(STYLES[slo.change], head)}  ${paint("dim", where)}`];
  if (slo.change === "kept") {
    lines.push("    no longer in the files; it runs on: --prune ends it");
    return lines;
  }
  for (const change of slo.fields) lines.push(...fieldLines(change));
  if (slo.effect === null) {
    if (slo.change === "changed") lines.push("    budget and alerts stay as they are");
    return lines;
  }
  return [...lines, ...effectLines(slo.effect, paint)];
}

const label = (text: string): string => `    ${text.padEnd(18)} `;

function fieldLines({ field, before, after }: SloDiffBody["fields"][number]): readonly string[] {
  if (Math.max(before.length, after.length) <= LONGEST_BESIDE) {
    return [`${label(field)}${before || "nothing"} → ${after || "nothing"}`];
  }
  return [`    ${field}`, `      - ${before || "nothing"}`, `      + ${after || "nothing"}`];
}

function effectLines(effect: Effect, paint: Paint): readonly string[] {
  const { before, after } = effect;
  const lines: string[] = [];
  if (before !== null)
    lines.push(`${label(after === null ? "error budget" : "budget before")}${budgetText(before)}`);
  if (after !== null)
    lines.push(`${label(before === null ? "error budget" : "budget after")}${budgetText(after)}`);
  if (effect.replayed !== null) lines.push(...alertLines(effect, paint));
  for (const { alert, severity, startedAt, reason } of effect.ends) {
    const why = ENDS[reason];
    lines.push(
      `    ${paint("red", "!")} the ${alert === severity ? severity : `${severity} ${alert}`} alert that is open since ${utc(startedAt)} would end: ${why}`,
    );
  }
  for (const limit of effect.limits) lines.push(`    ${paint("dim", `(${limit})`)}`);
  return lines;
}

export const ENDS = {
  slo_removed: "its SLO goes",
  alert_removed: "the SLO has no such alert then",
  not_breaching: "it would not fire as the SLO is judged then",
} as const;

/** `71 %  ██████████████░░░░░░  SLI 99.971 %, 290 bad of 1,000,000`. */
function budgetText(budget: Budget): string {
  const { remainingRatio, sli } = budget;
  if (remainingRatio === null || sli === null) return `no data${knownText(budget)}`;
  const left = formatPercent(remainingRatio).padStart(8);
  const events = `${number(budget.badEvents)} bad of ${number(budget.totalEvents)}`;
  return `${left}  ${bar(remainingRatio)}  SLI ${formatPercent(sli)}, ${events}${knownText(budget)}`;
}

/** What of the window is not known. */
export function knownText({ windowStart, windowEnd, knownFrom }: Budget): string {
  if (knownFrom === null) return ", nothing is stored";
  const whole = Date.parse(windowEnd) - Date.parse(windowStart);
  const known = Date.parse(windowEnd) - Date.parse(knownFrom);
  return known >= whole ? "" : `, of ${formatDuration(known)} that are known`;
}

/** What is left, as a bar; nothing where it is overspent. */
export function bar(remainingRatio: number): string {
  const full = Math.round(Math.min(1, Math.max(0, remainingRatio)) * BAR_WIDTH);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}

function alertLines(effect: Effect, paint: Paint): readonly string[] {
  const { gained, lost } = effect;
  return [
    `${label("alerts")}${alertCounts(effect)}`,
    ...listAlerts(gained).map((line) => `      ${paint("red", "+")} ${line}`),
    ...listAlerts(lost).map((line) => `      ${paint("green", "-")} ${line}`),
  ];
}

/** `1 more, 2 fewer, 3 as before in the last 7 d`. */
export function alertCounts({ gained, lost, same, replayed }: Effect): string {
  if (replayed === null) return "not known";
  const length = formatDuration(Date.parse(replayed.end) - Date.parse(replayed.start));
  const unchanged = same === 0 ? "none" : `${same} as before`;
  const counts = `${gained.length} more, ${lost.length} fewer, ${same} as before`;
  return `${gained.length + lost.length === 0 ? unchanged : counts} in the last ${length}`;
}

function listAlerts(alerts: readonly Fired[]): readonly string[] {
  const shown = alerts.slice(0, MOST_ALERTS).map(firedText);
  return alerts.length > shown.length ? [...shown, `and ${alerts.length - shown.length} more`] : shown;
}

/** `critical page-quick, 2026-01-30 03:04 UTC, 27 min`. */
export function firedText({ alert, severity, tier, firedAt, resolvedAt }: Fired): string {
  const lasted =
    resolvedAt === null ? "still firing" : formatDuration(Date.parse(resolvedAt) - Date.parse(firedAt));
  const own = alert === severity ? "" : ` ${alert.replace(/^policy\//, "")}`;
  return `${severity}${own} ${tier}, ${utc(firedAt)}, ${lasted}`;
}

const utc = (iso: string): string => `${shortUtc(Date.parse(iso))} UTC`;

/** `1,000,000`; metrics may give fractions. */
export function number(value: number): string {
  return (Number.isInteger(value) ? value : Number(value.toFixed(1))).toLocaleString("en-US");
}
