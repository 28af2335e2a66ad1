import { answerQuery } from "../eval/answer-query.ts";
import type { QueryLimits, QueryOutcome, QueryRequest } from "../query-request.ts";
import { compareAnnotations, fits, patternText } from "./compare-annotations.ts";
import { compareResult, compareStep, type Mismatch } from "./compare-result.ts";
import { eachCustomBucketHistogram } from "./custom-bucket-series.ts";
import { createMemoryReader, type MemoryReader } from "./memory-reader.ts";
import { parseScript } from "./parse-script.ts";
import type { EvalCommand, LoadCommand, ScriptGrid } from "./script.ts";

/** One evaluation of a script. */
export interface ScriptCase {
  /** From 1. */
  readonly line: number;
  readonly query: string;
  /** undefined: it passed. */
  readonly failure: Mismatch | undefined;
}

export interface ScriptReport {
  readonly name: string;
  /** The script itself cannot be read; there are no cases then. */
  readonly fault: { readonly line: number; readonly message: string } | undefined;
  readonly cases: readonly ScriptCase[];
}

/** Scripts are small; these only end what runs away. */
const LIMITS: QueryLimits = {
  maxSeries: 1_000_000,
  maxSamples: 50_000_000,
  maxSteps: 11_000,
  maxPoints: 50_000_000,
};
const LOOKBACK_MS = 300_000;
const SUBQUERY_STEP_MS = 60_000;
const MINUTE_MS = 60_000;

/**
 * Runs a script (see parseScript). Each instant query without ordered results is run over a range around its time, too,
 * and must give the same there.
 */
export async function runScript(text: string, name: string): Promise<ScriptReport> {
  const parsed = parseScript(text);
  if (parsed.kind === "invalid") {
    return { name, fault: { line: parsed.line, message: parsed.message }, cases: [] };
  }
  const reader = createMemoryReader();
  const { signal } = new AbortController();
  const answer = (request: QueryRequest): Promise<QueryOutcome> =>
    answerQuery(request, { reader, limits: LIMITS, signal });
  const cases: ScriptCase[] = [];
  for (const command of parsed.commands) {
    switch (command.kind) {
      case "clear":
        reader.clear();
        break;
      case "load":
        load(command, reader);
        break;
      case "eval": {
        const failure = await evaluate(command, answer);
        cases.push({ line: command.line, query: command.query, failure });
      }
    }
  }
  return { name, fault: undefined, cases };
}

function load(command: LoadCommand, reader: MemoryReader): void {
  for (const { labels, values } of command.series) {
    for (const [step, value] of values.entries()) {
      if (value === undefined) continue;
      const stored = typeof value === "object" ? value.histogram : value;
      reader.add(labels, step * command.stepMs, stored);
    }
  }
  if (!command.withCustomBuckets) return;
  eachCustomBucketHistogram(command.series, (labels, step, histogram) => {
    reader.add(labels, step * command.stepMs, histogram);
  });
}

async function evaluate(
  command: EvalCommand,
  answer: (request: QueryRequest) => Promise<QueryOutcome>,
): Promise<Mismatch | undefined> {
  const outcome = await answer(requestOf(command, command.grid, command.instant));
  if (outcome.kind !== "answered") return compareFailure(command, outcome.error.message);
  if (command.fail !== undefined) return { expected: failureText(command), got: "an answer" };
  const mismatch = compareAnnotations(command, outcome.annotations) ?? compareResult(command, outcome.value);
  if (mismatch !== undefined || !repeatsOverRange(command, outcome.value.type)) return mismatch;
  const atMs = command.grid.startMs;
  const grid = { startMs: atMs - MINUTE_MS, endMs: atMs + MINUTE_MS, stepMs: MINUTE_MS };
  const ranged = await answer(requestOf(command, grid, false));
  const difference =
    ranged.kind === "answered"
      ? compareStep(command, ranged.value, 1)
      : { expected: "an answer", got: ranged.error.message };
  return (
    difference && { ...difference, got: `${difference.got}\n(as a range query from 1m before to 1m after)` }
  );
}

/** Some results depend on the range itself, and a range query has no order. */
function repeatsOverRange(command: EvalCommand, type: string): boolean {
  if (!command.instant || command.ordered || type === "string" || type === "matrix") return false;
  return !/\b(start|end|step|range)\s*\(\s*\)/.test(command.query);
}

function compareFailure(command: EvalCommand, message: string): Mismatch | undefined {
  if (command.fail === undefined) return { expected: "an answer", got: `the error: ${message}` };
  return fits(message, command.fail.message)
    ? undefined
    : { expected: failureText(command), got: `the error: ${message}` };
}

function failureText(command: EvalCommand): string {
  return `the error: ${patternText(command.fail?.message)}`;
}

function requestOf(command: EvalCommand, grid: ScriptGrid, instant: boolean): QueryRequest {
  return {
    query: command.query,
    instant,
    startMs: grid.startMs,
    endMs: grid.endMs,
    stepMs: grid.stepMs,
    lookbackMs: LOOKBACK_MS,
    subqueryStepMs: SUBQUERY_STEP_MS,
  };
}
