import { labelsOf, METRIC_NAME, type Labels } from "../../model/labels.ts";
import { addHistograms, subtractHistograms } from "../histogram/histogram-arithmetic.ts";
import { readString } from "../syntax/read-string.ts";
import { parseHistogram, readNumber } from "./parse-histogram.ts";
import { ScriptFailure, type ScriptValue, type WrittenHistogram } from "./script.ts";

const NUMBER = String.raw`(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|nan)`;
/** `1`, `1x3`, `1+2x3`, `1-2x3`; a word ends at a space. */
const FLOATS = new RegExp(String.raw`^([+-]?${NUMBER})(?:([+-])(${NUMBER}))?(?:x(\d+))?(?=\s|$)`, "i");
const GAPS = /^_(?:x(\d+))?(?=\s|$)/;
const STALE = /^stale(?:x(\d+))?(?=\s|$)/;
const HISTOGRAMS = /^\{\{(.*?)\}\}(?:([+-])\{\{(.*?)\}\})?(?:x(\d+))?(?=\s|$)/;
/** More values than any script needs; a slip of the keyboard shall not fill the memory. */
const MAX_VALUES = 1_000_000;

/** A series and its values: `metric{a="b"} 0+1x10 _ stale`. Throws ScriptFailure. */
export function parseSeries(text: string): {
  readonly labels: Labels;
  readonly values: readonly ScriptValue[];
} {
  const { labels, end } = readLabels(text);
  const values: ScriptValue[] = [];
  let rest = text.slice(end).trimStart();
  while (rest !== "") {
    const length = readItem(rest, values);
    if (values.length > MAX_VALUES) throw new ScriptFailure(`more than ${MAX_VALUES} values`);
    rest = rest.slice(length).trimStart();
  }
  return { labels, values };
}

/** Appends the values of the item that `text` begins with, and gives the length of its text. */
function readItem(text: string, values: ScriptValue[]): number {
  const gaps = GAPS.exec(text);
  if (gaps !== null) {
    append(values, Number(gaps[1] ?? 1), () => undefined);
    return gaps[0].length;
  }
  const stale = STALE.exec(text);
  if (stale !== null) {
    append(values, Number(stale[1] ?? 0) + 1, () => "stale");
    return stale[0].length;
  }
  const floats = FLOATS.exec(text);
  if (floats !== null) {
    const [whole, first, sign, step, times] = floats;
    if (step !== undefined && times === undefined)
      throw new ScriptFailure(`${whole} needs a number of steps: ${whole}x3`);
    const start = readNumber(first!);
    const by = step === undefined ? 0 : readNumber(`${sign}${step}`);
    let value = start;
    append(values, Number(times ?? 0) + 1, (i) => {
      if (i > 0) value += by;
      return value;
    });
    return whole.length;
  }
  const histograms = HISTOGRAMS.exec(text);
  if (histograms === null) throw new ScriptFailure(`not a value: ${text.split(/\s/)[0]!}`);
  const [whole, base, sign, step, times] = histograms;
  if (step !== undefined && times === undefined)
    throw new ScriptFailure("the histograms need a number of steps: x3");
  const by = step === undefined ? undefined : parseHistogram(step);
  let histogram = parseHistogram(base!);
  append(values, Number(times ?? 0) + 1, (i) => {
    if (i > 0 && by !== undefined) histogram = stepped(histogram, by, sign!);
    return histogram;
  });
  return whole.length;
}

function stepped(from: WrittenHistogram, by: WrittenHistogram, sign: string): WrittenHistogram {
  const combine = sign === "-" ? subtractHistograms : addHistograms;
  const next = combine(from.histogram, by.histogram);
  if (next.kind === "incompatible") {
    throw new ScriptFailure("histograms with exponential and with custom buckets cannot be combined");
  }
  return { histogram: next.histogram, hintWritten: from.hintWritten || by.hintWritten };
}

function append(values: ScriptValue[], count: number, value: (i: number) => ScriptValue): void {
  if (count > MAX_VALUES) throw new ScriptFailure(`more than ${MAX_VALUES} values`);
  for (let i = 0; i < count; i++) values.push(value(i));
}

/** The name and labels that a text begins with. */
function readLabels(text: string): { labels: Labels; end: number } {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(text)?.[0] ?? "";
  const pairs: [string, string][] = name === "" ? [] : [[METRIC_NAME, name]];
  let end = name.length;
  if (text[end] === "{") end = readPairs(text, end + 1, pairs);
  else if (name === "") throw new ScriptFailure(`not a series: ${text}`);
  return { labels: labelsOf(pairs), end };
}

/** Reads `a="b", "quoted name"}` from `start`; gives where the text after it begins. */
function readPairs(text: string, start: number, pairs: [string, string][]): number {
  let at = start;
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] === "}") return at + 1;
    let name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(text.slice(at))?.[0] ?? "";
    const quoted = name === "";
    if (quoted) {
      const piece = readQuoted(text, at);
      name = piece.value;
      at = piece.end;
    } else at += name.length;
    at = skipSpace(text, at);
    if (text[at] === "=") {
      const piece = readQuoted(text, skipSpace(text, at + 1));
      pairs.push([name, piece.value]);
      at = skipSpace(text, piece.end);
    } else if (quoted) pairs.push([METRIC_NAME, name]);
    else throw new ScriptFailure(`the label ${name} has no value`);
    if (text[at] === ",") at++;
    else if (text[at] !== "}") throw new ScriptFailure("labels end with }");
  }
}

function readQuoted(text: string, at: number): { value: string; end: number } {
  const quote = text[at];
  if (quote !== '"' && quote !== "'" && quote !== "`")
    throw new ScriptFailure(`a quoted text is missing at ${text.slice(at)}`);
  return readString(text, at);
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (text[next] === " " || text[next] === "\t") next++;
  return next;
}
