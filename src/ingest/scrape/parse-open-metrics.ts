import type { MetricType } from "../../model/sample-batch.ts";
import { ExpositionFault } from "./exposition-fault.ts";
import type { ExpositionSink } from "./exposition-sink.ts";
import { readTimestampSeconds, readValue } from "./read-number.ts";
import { labelsEnd, readLabels, readMetricName, seriesEnd, unescaped } from "./series-text.ts";

const HASH = 0x23;
const SPACE = 0x20;
const OPEN = 0x7b;
const TYPES: ReadonlySet<string> = new Set<MetricType>([
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
  "unknown",
]);
const METADATA = /^# (HELP|TYPE|UNIT) ("(?:\\.|[^"\\])*"|[^ ]+)(?: (.*))?$/;

/** One line, without its end and other than `# EOF`, of OpenMetrics 1.0. */
export function parseOpenMetricsLine(text: string, start: number, end: number, sink: ExpositionSink): void {
  if (start === end) throw new ExpositionFault("an empty line");
  if (text.charCodeAt(start) === HASH) {
    parseMetadata(text.slice(start, end), sink);
    return;
  }
  const nameEnd = seriesEnd(text, start, end);
  const valueEnd = tokenEnd(text, after(text, nameEnd, end), end);
  const value = readValue(text.slice(nameEnd + 1, valueEnd));
  const series = text.slice(start, nameEnd);
  if (valueEnd === end) {
    sink.sample(series, value, undefined);
    return;
  }
  const next = after(text, valueEnd, end);
  if (text.charCodeAt(next) === HASH) {
    sink.sample(series, value, undefined);
    parseExemplar(text, next, end, sink);
    return;
  }
  const timeEnd = tokenEnd(text, next, end);
  sink.sample(series, value, readTimestampSeconds(text.slice(next, timeEnd)));
  if (timeEnd === end) return;
  const last = after(text, timeEnd, end);
  if (text.charCodeAt(last) !== HASH) throw new ExpositionFault("there is text after the timestamp");
  parseExemplar(text, last, end, sink);
}

/** The place after the one space that must stand at `at`. */
function after(text: string, at: number, end: number): number {
  if (at >= end) throw new ExpositionFault("a value is missing");
  if (text.charCodeAt(at) !== SPACE) throw new ExpositionFault("one space is missing after the series");
  return at + 1;
}

function tokenEnd(text: string, from: number, end: number): number {
  const space = text.indexOf(" ", from);
  return space < 0 || space > end ? end : space;
}

/** `# {trace_id="…"} 0.67 1520879607.789`, from its # to the end of the line. */
function parseExemplar(text: string, from: number, end: number, sink: ExpositionSink): void {
  if (text.charCodeAt(from + 1) !== SPACE || text.charCodeAt(from + 2) !== OPEN) {
    throw new ExpositionFault("an exemplar begins with # {");
  }
  const close = labelsEnd(text, from + 2, end);
  const labels = readLabels(text.slice(from + 2, close));
  const [value = "", time, ...more] = text.slice(after(text, close, end), end).split(" ");
  if (more.length > 0) throw new ExpositionFault("there is text after the exemplar");
  sink.exemplar(labels, readValue(value), time === undefined ? undefined : readTimestampSeconds(time));
}

function parseMetadata(line: string, sink: ExpositionSink): void {
  const match = METADATA.exec(line);
  if (match === null) throw new ExpositionFault("only # HELP, # TYPE, # UNIT and # EOF may begin with #");
  const [, kind, token = "", rest = ""] = match;
  const metric = readMetricName(token);
  if (metric === undefined) throw new ExpositionFault(`${JSON.stringify(token)} is not a metric's name`);
  switch (kind) {
    case "HELP":
      sink.help(metric, unescaped(rest));
      break;
    case "TYPE":
      if (!TYPES.has(rest)) throw new ExpositionFault(`${JSON.stringify(rest)} is not a type of metrics`);
      sink.type(metric, rest as MetricType);
      break;
    default:
      if (rest !== "" && !metric.endsWith(`_${rest}`)) {
        throw new ExpositionFault(`${metric} does not end with its unit, ${rest}`);
      }
      sink.unit(metric, rest);
  }
}
