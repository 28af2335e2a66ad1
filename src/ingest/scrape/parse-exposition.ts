import { setImmediate } from "node:timers/promises";
import { ExpositionFault } from "./exposition-fault.ts";
import type { ExpositionFormat } from "./exposition-format.ts";
import type { ExpositionSink } from "./exposition-sink.ts";
import { parseOpenMetricsLine } from "./parse-open-metrics.ts";
import { parsePrometheusLine } from "./parse-prometheus-text.ts";

export type ParsedExposition = { readonly ok: true } | { readonly ok: false; readonly problem: string };

const EOF_LINE = "# EOF";
const SHOWN_CHARACTERS = 120;

/** Lines that are read in one go: a few milliseconds, tens where every series is new. */
const LINES_AT_ONCE = 2_000;

/**
 * Tells `sink` what an exposition says. An exposition with one line that cannot be read is no exposition: `problem`
 * names the line and its text, and what was told before counts for nothing. Everything else that the process does has
 * its turn in between.
 */
export async function parseExposition(
  text: string,
  format: ExpositionFormat,
  sink: ExpositionSink,
): Promise<ParsedExposition> {
  const steps = parseSteps(text, format, sink);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

function* parseSteps(
  text: string,
  format: ExpositionFormat,
  sink: ExpositionSink,
): Generator<undefined, ParsedExposition> {
  const isOpenMetrics = format === "openmetrics";
  const parseLine = isOpenMetrics ? parseOpenMetricsLine : parsePrometheusLine;
  let start = 0;
  let line = 1;
  try {
    while (start < text.length) {
      const feed = text.indexOf("\n", start);
      const end = feed < 0 ? text.length : feed;
      if (isOpenMetrics && end - start === EOF_LINE.length && text.startsWith(EOF_LINE, start)) {
        return endsAfter(text, end, line);
      }
      parseLine(text, start, end, sink);
      start = end + 1;
      line += 1;
      if (line % LINES_AT_ONCE === 0) yield;
    }
  } catch (error) {
    if (!(error instanceof ExpositionFault)) throw error;
    return { ok: false, problem: `line ${line}: ${error.message}: ${lineAt(text, start)}` };
  }
  if (!isOpenMetrics) return { ok: true };
  return { ok: false, problem: `the text ends without ${EOF_LINE}, so a part of it is missing` };
}

function endsAfter(text: string, end: number, line: number): ParsedExposition {
  if (end + 1 >= text.length) return { ok: true };
  return {
    ok: false,
    problem: `line ${line + 1}: there is text after ${EOF_LINE}: ${lineAt(text, end + 1)}`,
  };
}

function lineAt(text: string, start: number): string {
  const feed = text.indexOf("\n", start);
  const line = text.slice(start, feed < 0 ? text.length : feed);
  return JSON.stringify(line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line);
}
