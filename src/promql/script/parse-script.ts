import { parseDurationText } from "../syntax/duration-text.ts";
import { ParseFailure } from "../syntax/parse-failure.ts";
import { applyExpectation, emptyExpectations, type Expectations } from "./parse-expectation.ts";
import { readNumber } from "./parse-histogram.ts";
import { parseSeries } from "./parse-series.ts";
import {
  ScriptFailure,
  type EvalCommand,
  type ScriptCommand,
  type ScriptGrid,
  type ScriptSeries,
} from "./script.ts";

export type ParsedScript =
  | { readonly kind: "parsed"; readonly commands: readonly ScriptCommand[] }
  /** `line` counts from 1. */
  | { readonly kind: "invalid"; readonly line: number; readonly message: string };

const LOAD = /^load(_with_nhcb)?\s+(\S+)$/;
const INSTANT = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/;
const RANGE = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;

/** The lines of a script; a comment is as an empty line, and both end a block. */
interface Lines {
  readonly texts: readonly string[];
  next: number;
}

/**
 * Reads a script of loads and evaluations, in the grammar of Prometheus's promqltest: blocks of a command line and the
 * lines below it, up to an empty line or a comment (`#`).
 */
export function parseScript(text: string): ParsedScript {
  const texts = text.split(/\r?\n/).map((line) => (line.trim().startsWith("#") ? "" : line.trim()));
  const lines: Lines = { texts, next: 0 };
  const commands: ScriptCommand[] = [];
  try {
    while (lines.next < texts.length) {
      const head = texts[lines.next++]!;
      if (head !== "") commands.push(readCommand(head, lines));
    }
  } catch (error) {
    if (!(error instanceof ScriptFailure || error instanceof ParseFailure)) throw error;
    return { kind: "invalid", line: lines.next, message: error.message };
  }
  return { kind: "parsed", commands };
}

function readCommand(head: string, lines: Lines): ScriptCommand {
  const line = lines.next;
  if (head === "clear") return { kind: "clear", line };
  const load = LOAD.exec(head);
  if (load !== null) {
    const stepMs = durationMs(load[2]!);
    const series: ScriptSeries[] = [];
    eachLine(lines, (text) => series.push({ ...parseSeries(text), line: lines.next }));
    return { kind: "load", line, stepMs, withCustomBuckets: load[1] !== undefined, series };
  }
  return readEval(head, line, lines);
}

function readEval(head: string, line: number, lines: Lines): EvalCommand {
  const instant = INSTANT.exec(head);
  const range = instant === null ? RANGE.exec(head) : null;
  const form = (instant ?? range)?.[1];
  const query = instant?.[3] ?? range?.[5];
  if (query === undefined) throw new ScriptFailure(`not a command: ${head}`);
  const atMs = durationMs(instant?.[2] ?? "0");
  const grid: ScriptGrid =
    range === null
      ? { startMs: atMs, endMs: atMs, stepMs: 1 }
      : { startMs: durationMs(range[2]!), endMs: durationMs(range[3]!), stepMs: durationMs(range[4]!) };
  if (grid.endMs < grid.startMs) throw new ScriptFailure("the end is before the start");
  const expected = emptyExpectations();
  if (form !== undefined) applyExpectation(expected, `expect ${form}`);
  const series: ScriptSeries[] = [];
  let scalar: number | undefined;
  eachLine(lines, (text) => {
    if (applyExpectation(expected, text)) return;
    const number = numberLine(text);
    if (number === undefined) series.push({ ...parseSeries(text), line: lines.next });
    else scalar = number;
  });
  const { annotations, fail, ordered, rangeVector } = expected;
  const result = expectedResult(expected, series, scalar);
  return {
    kind: "eval",
    line,
    query,
    instant: range === null,
    grid,
    result,
    rangeVector,
    ordered,
    fail,
    annotations,
  };
}

function expectedResult(
  expected: Expectations,
  series: readonly ScriptSeries[],
  scalar: number | undefined,
): EvalCommand["result"] {
  if (expected.string !== undefined) return { kind: "string", value: expected.string };
  if (scalar === undefined) return { kind: "series", series };
  if (series.length > 0) throw new ScriptFailure("a number and series are expected at once");
  return { kind: "scalar", value: scalar };
}

/** Gives the lines of the block one by one. */
function eachLine(lines: Lines, read: (text: string) => void): void {
  while (lines.next < lines.texts.length) {
    const text = lines.texts[lines.next++]!;
    if (text === "") return;
    read(text);
  }
}

function numberLine(text: string): number | undefined {
  return /^[+-]?(\d|\.\d|inf$|nan$)/i.test(text) ? readNumber(text) : undefined;
}

function durationMs(text: string): number {
  const negative = text.startsWith("-");
  const ms = parseDurationText(negative ? text.slice(1) : text);
  if (ms === undefined) throw new ScriptFailure(`not a duration: ${text}; write 30s, 5m, 1h30m`);
  return negative ? -ms : ms;
}
