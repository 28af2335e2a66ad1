import type { ScriptCase, ScriptReport } from "../promql/script/run-script.ts";

const CODES = { bold: 1, dim: 2, red: 31, green: 32 } as const;

/** A line for each script, below it what failed in it with its line, query, expectation and result; the sum last. */
export function printScriptReports(reports: readonly ScriptReport[], colours: boolean): string {
  const lines = reports.flatMap((report) => reportLines(report, colours));
  const cases = reports.flatMap((report) => report.cases);
  const failed = cases.filter(({ failure }) => failure !== undefined).length;
  const unreadable = reports.filter(({ fault }) => fault !== undefined).length;
  if (reports.length > 1 && cases.length > 0) {
    const text = `${cases.length - failed} of ${cases.length} passed`;
    lines.push(paint(failed + unreadable === 0 ? "green" : "red", text, colours));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function reportLines({ name, fault, cases }: ScriptReport, colours: boolean): readonly string[] {
  if (fault !== undefined) {
    const where = paint("bold", printable(`${name}:${fault.line}:`), colours);
    const hint = /\.ya?ml$/.test(name) ? "; a script is no YAML, noroshi promql test --help shows one" : "";
    return [`${where} ${paint("red", "not understood:", colours)} ${printable(fault.message)}${hint}`];
  }
  const failed = cases.filter(({ failure }) => failure !== undefined);
  if (failed.length === 0)
    return [`${paint("green", "ok", colours)}    ${printable(name)}  ${cases.length} passed`];
  const head = `${paint("red", "FAIL", colours)}  ${printable(name)}  ${failed.length} of ${cases.length} failed`;
  return [head, ...failed.flatMap((failure) => failureLines(name, failure, colours))];
}

function failureLines(
  name: string,
  { line, query, failure }: ScriptCase,
  colours: boolean,
): readonly string[] {
  const where = paint("bold", printable(`${name}:${line}:`), colours);
  return [
    `  ${where} ${printable(query)}`,
    ...labelled("expected", failure!.expected, colours),
    ...labelled("got", failure!.got, colours),
  ];
}

function labelled(label: string, text: string, colours: boolean): readonly string[] {
  return text
    .split("\n")
    .map((line, i) => `    ${paint("dim", (i === 0 ? label : "").padEnd(9), colours)} ${printable(line)}`);
}

function paint(style: keyof typeof CODES, text: string, colours: boolean): string {
  return colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** What a file says must not steer the terminal: without control characters. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
