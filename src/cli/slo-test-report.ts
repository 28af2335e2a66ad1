import { timelinePicture } from "../replay/timeline-picture.ts";
import { offsetText } from "../slo-test/offset-text.ts";
import type { CaseReport, CheckedExpectation } from "../slo-test/run-case.ts";
import type { TestFileReport } from "../slo-test/run-test-file.ts";
import { formatDuration } from "../slo/format-duration.ts";
import type { Diagnostic } from "../spec/diagnostic.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
const PICTURE_COLUMNS = 64;

export interface TestReportOptions {
  readonly colours: boolean;
  readonly tookMs: number;
}

/** A line for each case with when its alerts fired; for one that fails, what came instead and a picture. The sum last. */
export function printTests(reports: readonly TestFileReport[], options: TestReportOptions): string {
  const { colours, tookMs } = options;
  const lines = reports.flatMap((report) => fileLines(report, colours));
  const cases = reports.flatMap((report) => report.cases);
  if (reports.length > 0) {
    const failed = cases.filter(({ passed }) => !passed).length;
    const faults = reports.reduce((sum, report) => sum + errorsOf(report).length, 0);
    const simulatedMs = cases.reduce((sum, each) => sum + each.simulatedMs, 0);
    const outcome = [
      `${cases.length - failed} of ${cases.length} passed`,
      ...(faults === 0 ? [] : [`${faults} ${faults === 1 ? "fault" : "faults"}`]),
    ].join(", ");
    const took = `${formatDuration(simulatedMs)} simulated in ${(tookMs / 1_000).toFixed(2)} s`;
    lines.push(`${paint(failed + faults === 0 ? "green" : "red", outcome, colours)}; ${took}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function errorsOf({ faults }: TestFileReport): readonly Diagnostic[] {
  return faults.filter(({ severity }) => severity === "error");
}

function fileLines(report: TestFileReport, colours: boolean): readonly string[] {
  return [
    paint("bold", printable(report.path), colours),
    ...report.faults.flatMap((fault) => faultLines(fault, colours)),
    ...report.cases.flatMap((each) => caseLines(each, colours)),
  ];
}

function faultLines(fault: Diagnostic, colours: boolean): readonly string[] {
  const { severity, file, line, column, path, message, hint } = fault;
  const word = paint(severity === "error" ? "red" : "yellow", `${severity}:`, colours);
  const field = path === "" ? "" : ` [${path}]`;
  return [
    `  ${printable(`${file}:${line}:${column}:`)} ${word} ${printable(`${message}${field}`)}`,
    `    hint: ${printable(hint)}`,
  ];
}

function caseLines(report: CaseReport, colours: boolean): readonly string[] {
  const { testCase, passed, checks } = report;
  const mark = passed ? paint("green", "ok  ", colours) : paint("red", "FAIL", colours);
  const head = `  ${mark} ${printable(testCase.name)}`;
  if (passed) return [`${head}  ${paint("dim", episodesText(report), colours)}`];
  const failed = checks.filter(({ result }) => !result.passed);
  const picture = timelinePicture(report.counts, report.replay, {
    columns: PICTURE_COLUMNS,
    timeText: (atMs) => offsetText(atMs - testCase.originMs),
  });
  return [
    head,
    ...failed.flatMap((check) => checkLines(check, colours)),
    ...picture.map((line) => `       ${paint("dim", line, colours)}`),
  ];
}

function checkLines({ text, location, result }: CheckedExpectation, colours: boolean): readonly string[] {
  const where = paint("bold", printable(`${location.file}:${location.line}:`), colours);
  const instead = result.passed ? "" : result.instead;
  return [
    `       ${where} ${printable(text)}`,
    `         ${paint("red", "but", colours)} ${printable(instead)}`,
  ];
}

/** `critical 12m–34m; warning 40m–`. */
function episodesText({ replay, testCase }: CaseReport): string {
  const after = (atMs: number): string => offsetText(atMs - testCase.originMs);
  const alerts = replay.alerts.flatMap(({ definition, episodes }) => {
    if (episodes.length === 0) return [];
    const first = episodes
      .slice(0, 3)
      .map(({ firedMs, resolvedMs }) => `${after(firedMs)}–${resolvedMs === null ? "" : after(resolvedMs)}`);
    const more = episodes.length > 3 ? ` and ${episodes.length - 3} more` : "";
    return [`${definition.key} ${first.join(", ")}${more}`];
  });
  return alerts.length === 0 ? "nothing fired" : alerts.join("; ");
}

function paint(style: keyof typeof CODES, text: string, colours: boolean): string {
  return colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** What a file says must not steer the terminal: without control characters. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
