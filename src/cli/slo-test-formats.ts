import { offsetText } from "../slo-test/offset-text.ts";
import { escapeMarkup } from "./escape-markup.ts";
import type { CaseReport } from "../slo-test/run-case.ts";
import type { TestFileReport } from "../slo-test/run-test-file.ts";

/** JSON of a stable shape; times both as RFC 3339 and from the case's time 0. */
export function printTestsAsJson(reports: readonly TestFileReport[]): string {
  const cases = reports.flatMap((report) => report.cases);
  const failed = cases.filter(({ passed }) => !passed).length;
  const faults = reports.flatMap((report) => report.faults).filter(({ severity }) => severity === "error");
  const body = {
    passed: failed === 0 && faults.length === 0 && reports.length > 0,
    summary: {
      files: reports.length,
      cases: cases.length,
      failed,
      faults: faults.length,
      simulatedMs: cases.reduce((sum, { simulatedMs }) => sum + simulatedMs, 0),
    },
    files: reports.map((report) => ({
      path: report.path,
      faults: report.faults,
      cases: report.cases.map(caseBody),
    })),
  };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}

function caseBody({ testCase, passed, checks, replay, simulatedMs }: CaseReport): object {
  const time = (atMs: number): object => ({
    at: new Date(atMs).toISOString(),
    after: offsetText(atMs - testCase.originMs),
  });
  return {
    name: testCase.name,
    line: testCase.location.line,
    slo: testCase.slo.name,
    passed,
    simulatedMs,
    expectations: checks.map(({ text, location, result }) => ({
      text,
      line: location.line,
      passed: result.passed,
      instead: result.passed ? null : result.instead,
    })),
    alerts: replay.alerts.map(({ definition, episodes }) => ({
      key: definition.key,
      severity: definition.severity,
      episodes: episodes.map((episode) => ({
        fired: time(episode.firedMs),
        resolved: episode.resolvedMs === null ? null : time(episode.resolvedMs),
        resolution: episode.resolution,
        tiers: episode.told.map(({ tier, atMs }) => ({ name: tier, ...time(atMs) })),
      })),
    })),
  };
}

/** JUnit XML, as CI servers read it: a suite for each file, a fault as a test of its own. */
export function printTestsAsJunit(reports: readonly TestFileReport[]): string {
  const suites = reports.map((report) => {
    const errors = report.faults.filter(({ severity }) => severity === "error");
    const failed = report.cases.filter(({ passed }) => !passed).length;
    const tests = [
      ...errors.map(({ file, line, column, message, hint }) =>
        testcase(report.path, `${file}:${line}:${column}`, element("error", message, hint)),
      ),
      ...report.cases.map((each) => testcase(report.path, each.testCase.name, failureOf(each))),
    ];
    const counts = `tests="${tests.length}" failures="${failed}" errors="${errors.length}"`;
    return `  <testsuite name="${escapeMarkup(report.path)}" ${counts}>\n${tests.join("")}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="noroshi test">\n${suites.join("")}</testsuites>\n`;
}

function failureOf({ checks }: CaseReport): string {
  const failed = checks.flatMap(({ text, location, result }) =>
    result.passed ? [] : [`${location.file}:${location.line}: ${text}, but ${result.instead}`],
  );
  return failed.length === 0
    ? ""
    : element("failure", `${failed.length} of ${checks.length} failed`, failed.join("\n"));
}

function element(kind: "error" | "failure", message: string, text: string): string {
  return `      <${kind} message="${escapeMarkup(message)}">${escapeMarkup(text)}</${kind}>\n`;
}

function testcase(file: string, name: string, inner: string): string {
  const head = `    <testcase classname="${escapeMarkup(file)}" name="${escapeMarkup(name)}"`;
  return inner === "" ? `${head}/>\n` : `${head}>\n${inner}    </testcase>\n`;
}
