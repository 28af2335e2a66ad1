import { labelsKey, type Labels } from "../../model/labels.ts";
import type { QueryValue } from "../query-request.ts";
import type { GridSeries, RawSeries } from "../value.ts";
import { printPoint, printSeries, type Point } from "./print-value.ts";
import { sameNumber, samePoint } from "./same-point.ts";
import type { EvalCommand, ExpectedResult, ScriptGrid, ScriptValue } from "./script.ts";

/** What was expected and what came instead, as text. */
export interface Mismatch {
  readonly expected: string;
  readonly got: string;
}

interface ResultSeries {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

/** What differs between the value of a query and what the script expects; undefined when nothing does. */
export function compareResult(command: EvalCommand, value: QueryValue): Mismatch | undefined {
  const { result, instant } = command;
  switch (value.type) {
    case "string":
      return result.kind === "string" && result.value === value.value
        ? undefined
        : { expected: expectedText(result), got: `the string ${JSON.stringify(value.value)}` };
    case "scalar":
      if (!instant) return compareSeries(command, [{ labels: [], points: [...value.values] }]);
      return compareScalar(result, value.values[0]!);
    case "vector":
      return compareSeries(command, value.series.map(gridSeries));
    case "matrix":
      return compareMatrix(command, value.series);
  }
}

/** Of an instant query that was run over a range as well: the values at one step of that are compared. */
export function compareStep(command: EvalCommand, value: QueryValue, step: number): Mismatch | undefined {
  if (value.type === "scalar") return compareScalar(command.result, value.values[step]!);
  if (value.type !== "vector") return { expected: expectedText(command.result), got: `a ${value.type}` };
  const series = value.series
    .map(gridSeries)
    .map(({ labels, points }) => ({ labels, points: [points[step]] }));
  return compareSeries(
    command,
    series.filter(({ points }) => points[0] !== undefined),
  );
}

function compareScalar(result: ExpectedResult, got: number): Mismatch | undefined {
  return result.kind === "scalar" && sameNumber(result.value, got)
    ? undefined
    : { expected: expectedText(result), got: `the scalar ${printPoint(got)}` };
}

function compareMatrix(command: EvalCommand, series: readonly RawSeries[]): Mismatch | undefined {
  const grid = command.rangeVector;
  if (grid === undefined) return { expected: expectedText(command.result), got: "a range of samples" };
  const onGrid: ResultSeries[] = [];
  for (const raw of series) {
    const points: Point[] = Array.from({ length: stepsOf(grid) }, () => undefined);
    for (const [i, timeMs] of raw.timesMs.entries()) {
      const step = (timeMs - grid.startMs) / grid.stepMs;
      if (!Number.isInteger(step) || step < 0 || step >= points.length) {
        return { expected: "samples at the expected times", got: `a sample at ${timeMs} ms` };
      }
      points[step] = raw.histograms?.[i] ?? raw.values[i]!;
    }
    onGrid.push({ labels: raw.labels, points });
  }
  return compareSeries(command, onGrid);
}

function compareSeries(command: EvalCommand, got: readonly ResultSeries[]): Mismatch | undefined {
  if (command.result.kind !== "series") {
    return { expected: expectedText(command.result), got: resultText(got) };
  }
  // As where series are loaded: the last line about a series counts.
  const expected = new Map(command.result.series.map((series) => [labelsKey(series.labels), series]));
  const seen = new Set<string>();
  for (const [position, { labels, points }] of got.entries()) {
    const key = labelsKey(labels);
    const wanted = expected.get(key);
    if (wanted === undefined) return { expected: "no such series", got: printSeries(labels, points) };
    if (seen.has(key)) return { expected: "each series once", got: `twice: ${printSeries(labels, points)}` };
    if (command.ordered && [...expected.keys()][position] !== key) {
      return { expected: `another series in place ${position + 1}`, got: printSeries(labels, points) };
    }
    seen.add(key);
    if (!samePoints(wanted.values, points)) {
      return { expected: printSeries(labels, wanted.values.map(pointOf)), got: printSeries(labels, points) };
    }
  }
  for (const [key, { labels, values }] of expected) {
    const empty = values.every((value) => value === undefined);
    if (!empty && !seen.has(key))
      return { expected: printSeries(labels, values.map(pointOf)), got: "no such series" };
  }
  return undefined;
}

function samePoints(expected: readonly ScriptValue[], got: readonly Point[]): boolean {
  const length = Math.max(expected.length, got.length);
  for (let i = 0; i < length; i++) if (!samePoint(expected[i], got[i])) return false;
  return true;
}

function gridSeries({ labels, values, present, histograms }: GridSeries): ResultSeries {
  const points = Array.from(values, (value, i): Point =>
    present[i] === 1 ? (histograms?.[i] ?? value) : undefined,
  );
  return { labels, points };
}

function pointOf(value: ScriptValue): Point {
  return value === "stale" ? undefined : typeof value === "object" ? value.histogram : value;
}

function expectedText(result: ExpectedResult): string {
  switch (result.kind) {
    case "scalar":
      return `the scalar ${printPoint(result.value)}`;
    case "string":
      return `the string ${JSON.stringify(result.value)}`;
    case "series":
      return resultText(result.series.map(({ labels, values }) => ({ labels, points: values.map(pointOf) })));
  }
}

function resultText(series: readonly ResultSeries[]): string {
  return series.length === 0
    ? "no series"
    : series.map(({ labels, points }) => printSeries(labels, points)).join("\n");
}

/** How many times a grid has. */
function stepsOf({ startMs, endMs, stepMs }: ScriptGrid): number {
  return Math.floor((endMs - startMs) / stepMs) + 1;
}
