import type { Diagnostic } from "../spec/diagnostic.ts";
import type { LoadedFile } from "../spec/load-specs.ts";
import type { ValidationReport } from "./validation-report.ts";

/**
 * A JUnit report, as CI servers show them: a suite for each file, a case for each SLO that would run, and a failed one
 * for each error. Warnings are the suite's output.
 */
export function printJunit({ specs, couldNotRun }: ValidationReport): string {
  const suites = specs.files.map(suiteOf);
  const obstacles = couldNotRun.map(
    (why) =>
      `    <testcase name="run" classname="noroshi validate"><error message="${escapeXml(why)}"/></testcase>`,
  );
  if (obstacles.length > 0) {
    const attributes = `name="noroshi validate" tests="${obstacles.length}" failures="0" errors="${obstacles.length}"`;
    suites.push(`  <testsuite ${attributes}>\n${obstacles.join("\n")}\n  </testsuite>`);
  }
  const failures = specs.files.reduce((sum, { errors }) => sum + errors.length, 0);
  const tests = specs.files.reduce((sum, file) => sum + casesOf(file).length, obstacles.length);
  const totals = `name="noroshi validate" tests="${tests}" failures="${failures}" errors="${obstacles.length}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${totals}>\n${suites.map((suite) => `${suite}\n`).join("")}</testsuites>\n`;
}

function suiteOf(file: LoadedFile): string {
  const cases = casesOf(file);
  const attributes = `name="${escapeXml(file.path)}" tests="${cases.length}" failures="${file.errors.length}" errors="0"`;
  const output = [
    ...file.warnings.map((warning) => `${where(warning)}: warning: ${text(warning)}`),
    ...file.notes.map((note) => `note: passed over: ${note}`),
  ];
  const lines = [
    ...cases,
    ...(output.length === 0 ? [] : [`    <system-out>${escapeXml(output.join("\n"))}</system-out>`]),
  ];
  return lines.length === 0
    ? `  <testsuite ${attributes}/>`
    : `  <testsuite ${attributes}>\n${lines.join("\n")}\n  </testsuite>`;
}

function casesOf({ path, slos, errors }: LoadedFile): readonly string[] {
  const classname = `classname="${escapeXml(path)}"`;
  return [
    ...slos.map((name) => `    <testcase name="${escapeXml(name)}" ${classname}/>`),
    ...errors.map((error) => {
      const field = error.path === "" ? "" : ` ${error.path}`;
      const name = `${error.line}:${error.column}${field}`;
      const failure = `<failure message="${escapeXml(error.message)}">${escapeXml(`${where(error)}: ${text(error)}`)}</failure>`;
      return `    <testcase name="${escapeXml(name)}" ${classname}>${failure}</testcase>`;
    }),
  ];
}

function where({ file, line, column }: Diagnostic): string {
  return `${file}:${line}:${column}`;
}

function text({ message, hint }: Diagnostic): string {
  return `${message}\n  hint: ${hint}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** Without what XML 1.0 cannot hold at all: control characters and halves of surrogate pairs. */
function escapeXml(value: string): string {
  return value
    .replaceAll(/[^\P{Cc}\n\t]|\p{Surrogate}|[\uFFFE\uFFFF]/gu, " ")
    .replaceAll(/[&<>"\n\t]/g, (character) => ENTITIES[character]!);
}
