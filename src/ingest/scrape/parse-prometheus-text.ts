import type { MetricType } from "../../model/sample-batch.ts";
import { ExpositionFault } from "./exposition-fault.ts";
import type { ExpositionSink } from "./exposition-sink.ts";
import { readTimestampMs, readValue } from "./read-number.ts";
import { isBlank, readMetricName, seriesEnd, skipBlanks } from "./series-text.ts";

const HASH = 0x23;
const TYPES: ReadonlyMap<string, MetricType> = new Map([
  ["counter", "counter"],
  ["gauge", "gauge"],
  ["histogram", "histogram"],
  ["summary", "summary"],
  ["untyped", "unknown"],
]);
const METADATA = /^#[ \t]+(HELP|TYPE)[ \t]+("(?:\\.|[^"\\])*"|[^ \t]+)(?:[ \t]+(.*))?$/;

/** One line, without its end, of the Prometheus text format 0.0.4 (and 1.0.0, which adds names in quotes). */
export function parsePrometheusLine(text: string, start: number, end: number, sink: ExpositionSink): void {
  const from = skipBlanks(text, start, end);
  if (from === end) return;
  if (text.charCodeAt(from) === HASH) {
    parseMetadata(text.slice(from, end), sink);
    return;
  }
  const nameEnd = seriesEnd(text, from, end);
  const valueFrom = skipBlanks(text, nameEnd, end);
  const valueEnd = tokenEnd(text, valueFrom, end);
  const value = readValue(text.slice(valueFrom, valueEnd));
  const timeFrom = skipBlanks(text, valueEnd, end);
  let timeMs: number | undefined;
  if (timeFrom < end) {
    const timeEnd = tokenEnd(text, timeFrom, end);
    timeMs = readTimestampMs(text.slice(timeFrom, timeEnd));
    if (skipBlanks(text, timeEnd, end) < end) throw new ExpositionFault("there is text after the timestamp");
  }
  sink.sample(text.slice(from, nameEnd), value, timeMs);
}

function tokenEnd(text: string, from: number, end: number): number {
  let i = from;
  while (i < end && !isBlank(text.charCodeAt(i))) i += 1;
  return i;
}

/** Lines with # that are neither TYPE nor HELP are comments. */
function parseMetadata(line: string, sink: ExpositionSink): void {
  const match = METADATA.exec(line);
  if (match === null) return;
  const [, kind, token = "", rest = ""] = match;
  const metric = readMetricName(token);
  if (metric === undefined) throw new ExpositionFault(`${JSON.stringify(token)} is not a metric's name`);
  if (kind === "HELP") {
    sink.help(metric, unescapedHelp(rest));
    return;
  }
  const type = TYPES.get(rest.trim());
  if (type === undefined) throw new ExpositionFault(`${JSON.stringify(rest)} is not a type of metrics`);
  sink.type(metric, type);
}

/** Help texts escape line feeds and backslashes, and no quotes. */
function unescapedHelp(text: string): string {
  return text.replaceAll(/\\([\\n])/g, (_, code: string) => (code === "n" ? "\n" : code));
}
