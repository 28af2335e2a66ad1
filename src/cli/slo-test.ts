import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { runTestFile, type TestFileReport } from "../slo-test/run-test-file.ts";
import { comparePaths } from "../spec/diagnostic.ts";
import { isPassedOver, isTestFile, readSpecSources } from "../spec/spec-folder.ts";
import { printTestsAsJson, printTestsAsJunit } from "./slo-test-formats.ts";
import { printTests } from "./slo-test-report.ts";
import type { CommandOutput } from "./validate.ts";

const TEST_FORMATS = ["text", "json", "junit"] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

export interface SloTestOptions {
  readonly format: TestFormat;
  /** Steady milliseconds, to say how long it took. */
  readonly clock?: () => number;
}

/**
 * Runs tests of SLOs. Resolves to the exit code: 0 every case passes, 1 one does not or a file has a fault, 2 it could not
 * run: a path cannot be read, or there is no test in any of them.
 */
export async function runSloTests(
  paths: readonly string[],
  { format, clock = () => performance.now() }: SloTestOptions,
  io: CommandOutput,
): Promise<0 | 1 | 2> {
  const startedAt = clock();
  const { files, unread } = await findTestFiles(paths);
  const reports: TestFileReport[] = [];
  for (const path of files)
    reports.push(await runTestFile(path, await readFile(path, "utf8"), readSpecSources));
  if (files.length === 0 && unread.length === 0) {
    unread.push(`no test in ${paths.join(", ")}; tests are named *.test.yaml, see docs/testing-slos.md`);
  }
  const tookMs = clock() - startedAt;
  if (format === "json") io.stdout.write(printTestsAsJson(reports));
  else if (format === "junit") io.stdout.write(printTestsAsJunit(reports));
  else io.stdout.write(printTests(reports, { colours: io.isTerminal, tookMs }));
  if (unread.length > 0) {
    io.stderr.write(`noroshi test: could not run: ${unread.join("; ")}\n`);
    return 2;
  }
  const failed = reports.some(
    ({ faults, cases }) => hasErrors(faults) || cases.some(({ passed }) => !passed),
  );
  return failed ? 1 : 0;
}

function hasErrors(faults: TestFileReport["faults"]): boolean {
  return faults.some(({ severity }) => severity === "error");
}

/** A file is taken as it is; a folder is searched for *.test.yaml. In the order of paths, each once. */
async function findTestFiles(paths: readonly string[]): Promise<{ files: string[]; unread: string[] }> {
  const files = new Set<string>();
  const unread: string[] = [];
  for (const path of paths.map((path) => join(path))) {
    try {
      const found = await stat(path);
      for (const file of found.isDirectory() ? await testsBelow(path) : [path]) files.add(file);
    } catch {
      unread.push(`${path}: there is no such file or folder, or it cannot be read`);
    }
  }
  return { files: [...files].sort(comparePaths), unread };
}

async function testsBelow(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isPassedOver(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await testsBelow(path)));
    else if (isTestFile(path)) found.push(path);
  }
  return found;
}

/** `noroshi test <paths…>`. */
export function sloTestCommand(): Command {
  return new Command("test")
    .description("Play traffic through SLOs in simulated time, and check which alerts come of it")
    .argument("<paths...>", "test files, or folders to search for *.test.yaml")
    .addOption(
      new Option("--format <format>", "how to print: for people, for programs, or for CI servers")
        .choices(TEST_FORMATS)
        .default("text"),
    )
    .addHelpText(
      "after",
      `
A test, beside the spec of its SLO (docs/testing-slos.md has the whole grammar):
  cases:
    - name: an outage of half of the requests pages within minutes
      slo: payment-availability
      traffic:
        - {before: 30d, rate: 50, errors: 0.002%}
        - {for: 20m, errors: 50%, mark: outage}
        - {for: 6h, errors: 0%}
      expect:
        - critical fires within 2m of outage
        - critical resolves before 1h
        - budget at 6h is between -0.1 and 0.9

Examples:
  noroshi test slo-specs                               every *.test.yaml in the folder
  noroshi test --format junit slo-specs > tests.xml    for a CI server

No server and no store are needed: the evaluation and the alerts are the service's own.

Exit codes: 0 everything passes, 1 something does not or a file has a fault, 2 a path is missing or holds no test.`,
    )
    .action(async (paths: string[], options: { format: TestFormat }) => {
      const isTerminal = process.stdout.isTTY && process.stdout.hasColors();
      process.exitCode = await runSloTests(paths, options, {
        stdout: process.stdout,
        stderr: process.stderr,
        isTerminal,
      });
    });
}
