import { METRIC_NAME, labelsOf } from "../../model/labels.ts";
import type { Labels } from "../../model/labels.ts";
import { ExpositionFault } from "./exposition-fault.ts";

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** The first place in [from, end) that holds no blank, or `end`. */
export function skipBlanks(text: string, from: number, end: number): number {
  let i = from;
  while (i < end && isBlank(text.charCodeAt(i))) i += 1;
  return i;
}

/** Where the series that begins at `from` ends: after its closing brace, or after its name where it has no labels. */
export function seriesEnd(text: string, from: number, end: number): number {
  let i = from;
  for (; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code === OPEN) return labelsEnd(text, i, end);
    if (isBlank(code)) break;
  }
  const next = skipBlanks(text, i, end);
  return next < end && text.charCodeAt(next) === OPEN ? labelsEnd(text, next, end) : i;
}

/** Where the label set that opens at `from` ends, after its brace. */
export function labelsEnd(text: string, from: number, end: number): number {
  let quoted = false;
  for (let i = from + 1; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) quoted = !quoted;
    else if (code === BACKSLASH && quoted) i += 1;
    else if (code === CLOSE && !quoted) return i + 1;
  }
  throw new ExpositionFault(quoted ? "a quoted text does not end" : "the labels do not end with }");
}

const BARE_METRIC = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const BARE_LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const BLANKS = /[ \t]*/y;

interface Cursor {
  readonly text: string;
  at: number;
}

/** The labels of a series as it is written: `name`, `name{a="b"}`, `{"name with dots",a="b"}`. */
export function readSeries(text: string): Labels {
  const cursor: Cursor = { text, at: 0 };
  const pairs: [string, string][] = [];
  const name = take(cursor, BARE_METRIC);
  if (name !== undefined) pairs.push([METRIC_NAME, name]);
  skip(cursor);
  if (cursor.at < text.length) readLabelSet(cursor, pairs, true);
  if (cursor.at < text.length) throw new ExpositionFault(unreadable(cursor));
  if (!pairs.some(([label, value]) => label === METRIC_NAME && value !== "")) {
    throw new ExpositionFault("a sample has no metric name");
  }
  return sortedOnce(pairs);
}

/** The labels of an exemplar: `{trace_id="…"}`. */
export function readLabels(text: string): Labels {
  const pairs: [string, string][] = [];
  readLabelSet({ text, at: 0 }, pairs, false);
  return sortedOnce(pairs);
}

/** `name` as it is written after `# TYPE` and the like: bare, or in quotes. Undefined when it is neither. */
export function readMetricName(token: string): string | undefined {
  const cursor: Cursor = { text: token, at: 0 };
  const name = take(cursor, BARE_METRIC) ?? takeQuoted(cursor);
  return name !== undefined && name !== "" && cursor.at === token.length ? name : undefined;
}

function readLabelSet(cursor: Cursor, pairs: [string, string][], mayName: boolean): void {
  if (cursor.text.charCodeAt(cursor.at) !== OPEN) throw new ExpositionFault(unreadable(cursor));
  cursor.at += 1;
  for (;;) {
    skip(cursor);
    if (cursor.text[cursor.at] === "}") break;
    pairs.push(readPair(cursor, mayName));
    skip(cursor);
    if (cursor.text[cursor.at] === ",") cursor.at += 1;
    else if (cursor.text[cursor.at] !== "}") throw new ExpositionFault(unreadable(cursor));
  }
  cursor.at += 1;
}

/** A label, or in a series the metric's name alone in quotes. */
function readPair(cursor: Cursor, mayName: boolean): [string, string] {
  const bare = take(cursor, BARE_LABEL);
  const name = bare ?? takeQuoted(cursor);
  if (name === undefined) throw new ExpositionFault(unreadable(cursor));
  skip(cursor);
  if (cursor.text[cursor.at] !== "=") {
    if (mayName && bare === undefined) return [METRIC_NAME, name];
    throw new ExpositionFault(`label ${JSON.stringify(name)} has no value`);
  }
  if (name === "") throw new ExpositionFault("a label has an empty name");
  cursor.at += 1;
  skip(cursor);
  const value = takeQuoted(cursor);
  if (value === undefined) throw new ExpositionFault(`the value of label ${name} is not in double quotes`);
  return [name, value];
}

function sortedOnce(pairs: readonly [string, string][]): Labels {
  const seen = new Set<string>();
  for (const [name] of pairs) {
    if (seen.has(name)) throw new ExpositionFault(`label ${name} is there twice`);
    seen.add(name);
  }
  return labelsOf(pairs);
}

function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.text);
  if (match === null) return undefined;
  cursor.at = pattern.lastIndex;
  return match[0];
}

function takeQuoted(cursor: Cursor): string | undefined {
  const { text, at } = cursor;
  if (text.charCodeAt(at) !== QUOTE) return undefined;
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i += 1;
    else if (code === QUOTE) {
      cursor.at = i + 1;
      return unescaped(text.slice(at + 1, i));
    }
  }
  throw new ExpositionFault("a quoted text does not end");
}

/** Line feed, backslash and quote are escaped; any other backslash stands for itself. */
export function unescaped(raw: string): string {
  if (!raw.includes("\\")) return raw;
  return raw.replaceAll(/\\([\\n"])/g, (_, code: string) => (code === "n" ? "\n" : code));
}

function skip(cursor: Cursor): void {
  take(cursor, BLANKS);
}

function unreadable({ text, at }: Cursor): string {
  const rest = text.slice(at, at + 40);
  return rest === "" ? "the line ends too early" : `cannot read on at ${JSON.stringify(rest)}`;
}
