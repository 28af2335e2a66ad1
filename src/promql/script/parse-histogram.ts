import {
  CUSTOM_BUCKETS_SCHEMA,
  type CounterResetHint,
  type HistogramBuckets,
} from "../../model/native-histogram.ts";
import { withoutEmpty } from "../../model/histogram-buckets.ts";
import { ScriptFailure, type WrittenHistogram } from "./script.ts";

const FIELD = /^\s*([a-z_]+):(\[[^\]]*\]|[^\s[]+)/;
const HINTS: ReadonlySet<string> = new Set<CounterResetHint>(["unknown", "reset", "not_reset", "gauge"]);
const NUMBER_FIELDS = ["schema", "sum", "count", "z_bucket", "z_bucket_w", "offset", "n_offset"] as const;
const LIST_FIELDS = ["buckets", "n_buckets", "custom_values"] as const;

/** The inside of `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}`. Throws ScriptFailure. */
export function parseHistogram(text: string): WrittenHistogram {
  const fields = readFields(text);
  const numbers = Object.fromEntries(NUMBER_FIELDS.map((name) => [name, numberOf(fields, name)]));
  const [buckets, negative, customBounds] = LIST_FIELDS.map((name) => listOf(fields, name));
  const hint = fields.get("counter_reset_hint");
  if (hint !== undefined && !HINTS.has(hint)) throw new ScriptFailure(`counter_reset_hint cannot be ${hint}`);
  const schema = numbers["schema"]!;
  if (schema !== CUSTOM_BUCKETS_SCHEMA && (schema < -4 || schema > 8 || !Number.isInteger(schema))) {
    throw new ScriptFailure(`schema must be -4 to 8, or ${CUSTOM_BUCKETS_SCHEMA}; it is ${schema}`);
  }
  return {
    hintWritten: hint !== undefined,
    histogram: {
      schema,
      sum: numbers["sum"]!,
      count: numbers["count"]!,
      zeroCount: numbers["z_bucket"]!,
      zeroThreshold: numbers["z_bucket_w"]!,
      positive: bucketsFrom(numbers["offset"]!, buckets!),
      negative: bucketsFrom(numbers["n_offset"]!, negative!),
      customBounds: customBounds!,
      counterReset: (hint as CounterResetHint | undefined) ?? "unknown",
    },
  };
}

function readFields(text: string): ReadonlyMap<string, string> {
  const known: ReadonlySet<string> = new Set([...NUMBER_FIELDS, ...LIST_FIELDS, "counter_reset_hint"]);
  const fields = new Map<string, string>();
  let rest = text;
  while (rest.trim() !== "") {
    const found = FIELD.exec(rest);
    if (found === null) throw new ScriptFailure(`not a field of a histogram: ${rest.trim()}`);
    const [whole, name, value] = found as unknown as [string, string, string];
    if (!known.has(name)) throw new ScriptFailure(`a histogram has no field ${name}`);
    if (fields.has(name)) throw new ScriptFailure(`the histogram has ${name} twice`);
    fields.set(name, value);
    rest = rest.slice(whole.length);
  }
  return fields;
}

function numberOf(fields: ReadonlyMap<string, string>, name: string): number {
  const text = fields.get(name);
  return text === undefined ? 0 : readNumber(text);
}

function listOf(fields: ReadonlyMap<string, string>, name: string): readonly number[] {
  const text = fields.get(name);
  if (text === undefined) return [];
  if (!text.startsWith("[")) throw new ScriptFailure(`${name} must be a list in brackets`);
  return text
    .slice(1, -1)
    .split(/[\s,]+/)
    .filter((item) => item !== "")
    .map(readNumber);
}

function bucketsFrom(offset: number, counts: readonly number[]): HistogramBuckets {
  return withoutEmpty({
    indexes: Int32Array.from(counts, (_, i) => offset + i),
    counts: Float64Array.from(counts),
  });
}

/** `12`, `-.5e3`, `+Inf`, `NaN` in any case. Throws ScriptFailure. */
export function readNumber(text: string): number {
  const named = /^([+-]?)(inf|nan)$/i.exec(text);
  if (named !== null) {
    if (named[2]!.toLowerCase() === "nan") return NaN;
    return named[1] === "-" ? -Infinity : Infinity;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new ScriptFailure(`not a number: ${text}`);
  return Number(text);
}
