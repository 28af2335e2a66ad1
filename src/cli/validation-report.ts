import { describeCounting } from "../slo/describe-counting.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { windowName } from "../slo/format-duration.ts";
import type { Diagnostic } from "../spec/diagnostic.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { Slo } from "../slo/slo.ts";
import { groupLine } from "./group-line.ts";
import { presetLine } from "./preset-line.ts";
import type { LoadedSpecs } from "../spec/load-specs.ts";

export interface ValidationReport {
  readonly valid: boolean;
  readonly specs: LoadedSpecs;
  /** Why the answer would mean nothing; empty when it does. */
  readonly couldNotRun: readonly string[];
}

/** Notes shown to people; a folder of other people's YAML has one for each file. */
const MOST_NOTES = 10;

/** `file:line:column: error: message`, a hint below each, and one line that sums up. */
export function printForPeople(report: ValidationReport, colours: boolean): string {
  const { diagnostics, files } = report.specs;
  const lines = diagnostics.flatMap((diagnostic) => diagnosticLines(diagnostic, colours));
  lines.push(
    ...report.specs.slos.flatMap((slo) => [
      ...queriesLine(slo, colours),
      ...countingLine(slo, colours),
      ...windowLine(slo, colours),
      ...groupLines(slo, colours),
    ]),
  );
  const notes = files.flatMap(({ path, notes }) =>
    notes.map((note) => `${path}: note: passed over: ${note}`),
  );
  lines.push(...notes.slice(0, MOST_NOTES).map((note) => paint("dim", printable(note), colours)));
  if (notes.length > MOST_NOTES)
    lines.push(paint("dim", `… and ${notes.length - MOST_NOTES} more notes`, colours));
  if (report.couldNotRun.length === 0) lines.push(summaryLine(report, colours));
  return lines.map((line) => `${line}\n`).join("");
}

function diagnosticLines(diagnostic: Diagnostic, colours: boolean): readonly string[] {
  const { file, line, column, severity, path, message, hint } = diagnostic;
  const where = paint("bold", printable(`${file}:${line}:${column}:`), colours);
  const what = paint(severity === "error" ? "red" : "yellow", `${severity}:`, colours);
  const field = path === "" ? "" : paint("dim", printable(` [${path}]`), colours);
  return [`${where} ${what} ${printable(message)}${field}`, `  hint: ${printable(hint)}`];
}

/** What follows from the parts of a composite. */
function partsText({ indicator, target }: Slo): string {
  if (indicator.source !== "composite") return "";
  const weights = indicator.parts.reduce((sum, { weight }) => sum + weight, 0);
  const parts = indicator.parts.map(
    (part) => `${part.name} ${formatPercent(part.weight / weights)} at ${formatPercent(part.target)}`,
  );
  return `, which makes a target of ${formatPercent(target)}: ${parts.join(", ")}`;
}

/** How an SLO on metrics is counted: what cannot be counted from counters is worth knowing before it runs. */
function countingLine(slo: Slo, colours: boolean): readonly string[] {
  if (slo.indicator.source === "traces") return [];
  return [infoLine(slo, `is ${describeCounting(slo.indicator)}${partsText(slo)}`, colours)];
}

function groupLines(slo: Slo, colours: boolean): readonly string[] {
  const line = groupLine(slo);
  return line === undefined ? [] : [infoLine(slo, line, colours)];
}

/** The queries that a preset stands for. */
function queriesLine(slo: Slo, colours: boolean): readonly string[] {
  const line = presetLine(slo);
  return line === undefined ? [] : [infoLine(slo, line, colours)];
}

/** Which calendar periods an SLO has: what was meant by a duration and a start is worth seeing in words. */
function windowLine(slo: Slo, colours: boolean): readonly string[] {
  if (slo.window.kind !== "calendar") return [];
  return [infoLine(slo, `has a budget for each ${describeWindow(slo.window)}`, colours)];
}

function infoLine({ name, location }: Slo, text: string, colours: boolean): string {
  const where = paint("bold", printable(`${location.file}:${location.line}:${location.column}:`), colours);
  return `${where} ${paint("dim", "info:", colours)} SLO "${name}" ${printable(text)}`;
}

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

function paint(style: keyof typeof CODES, text: string, colours: boolean): string {
  return colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** What a file says must not steer the terminal: without control characters. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}

function summaryLine(report: ValidationReport, colours: boolean): string {
  const { slos, files } = report.specs;
  const errors = countOf(report.specs, "error");
  const warnings = countOf(report.specs, "warning");
  const counted = `${plural(slos.length, "SLO")} in ${plural(files.length, "file")}`;
  const problems = [
    errors > 0 ? plural(errors, "error") : "",
    warnings > 0 ? plural(warnings, "warning") : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
  if (report.valid)
    return paint("green", `valid: ${counted}${problems === "" ? "" : ` (${problems})`}`, colours);
  return paint("red", `invalid: ${problems}; ${counted} would run`, colours);
}

function countOf(specs: LoadedSpecs, severity: Diagnostic["severity"]): number {
  return specs.diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** One JSON document. Its shape is stable: fields may be added, none is removed or changes its meaning. */
export function printJson(report: ValidationReport): string {
  const { slos, files, diagnostics } = report.specs;
  const body = {
    valid: report.valid,
    couldNotRun: report.couldNotRun,
    summary: {
      slos: slos.length,
      files: files.length,
      errors: countOf(report.specs, "error"),
      warnings: countOf(report.specs, "warning"),
    },
    slos: slos.map((slo) => ({
      name: slo.name,
      service: slo.service,
      target: slo.target,
      targetPercent: formatPercent(slo.target),
      window: windowName(slo.windowMs),
      method: slo.method.kind,
      windowKind: slo.window.kind,
      windowDescription: describeWindow(slo.window),
      indicator: slo.indicator.id,
      source: slo.indicator.source,
      counting: describeCounting(slo.indicator),
      alerts: slo.alerts.map((alert) => ({ key: alert.key, severity: alert.severity })),
      file: slo.location.file,
      line: slo.location.line,
    })),
    files: files.map(({ path, slos: names, notes }) => ({ path, slos: names, notes })),
    diagnostics,
  };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}

/**
 * Workflow commands that GitHub turns into annotations of a pull request.
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function printForGithub(report: ValidationReport): string {
  const lines = report.specs.diagnostics.map(({ severity, file, line, column, message, hint, path }) => {
    const title = path === "" ? "SLO spec" : `SLO spec: ${path}`;
    const properties = `file=${escapeProperty(file)},line=${line},col=${column},title=${escapeProperty(title)}`;
    return `::${severity} ${properties}::${escapeData(`${message}\n${hint}`)}`;
  });
  if (report.couldNotRun.length === 0) lines.push(summaryLine(report, false));
  return lines.map((line) => `${line}\n`).join("");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
