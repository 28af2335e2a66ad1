import { FilterSyntaxError } from "./filter-error.ts";
import type { Literal } from "./span-filter.ts";

const NUMBER = /-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const DURATION = /-?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+/y;
const DURATION_PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g;
const WORD_AFTER = /[\p{L}\p{N}_.]+/uy;

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const fitsInt64 = (value: bigint) => BigInt.asIntN(64, value) === value;

/** Reads the integer, float or duration (`300ms`, `1m30s`, `1.5s`; parts of a nanosecond are cut off) at `start`. */
export function readNumber(text: string, start: number): { readonly literal: Literal; readonly end: number } {
  const duration = matchAt(DURATION, text, start);
  const number = matchAt(NUMBER, text, start);
  const longest =
    duration !== undefined && duration.length > (number?.length ?? 0) ? duration : (number ?? "");
  const end = start + longest.length;
  const rest = matchAt(WORD_AFTER, text, end);
  if (rest !== undefined) {
    throw new FilterSyntaxError(
      `${longest}${rest} is neither a number nor a duration`,
      start,
      "durations have the units ns, us, ms, s, m, h, as in 1m30s; texts are quoted",
    );
  }
  return { literal: longest === duration ? durationOf(longest, start) : numberOf(longest, start), end };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function numberOf(text: string, position: number): Literal {
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (!fitsInt64(value)) {
      throw new FilterSyntaxError(
        `${text} does not fit in 64 bits`,
        position,
        `write it as a float: ${text}.0`,
      );
    }
    return { type: "int", value };
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw new FilterSyntaxError(`${text} is too large for a float`, position);
  return { type: "float", value };
}

function durationOf(text: string, position: number): Literal {
  let nanos = 0n;
  for (const [, whole = "", fraction = "", unit = ""] of text.matchAll(DURATION_PART)) {
    const unitNanos = UNIT_NANOS[unit] ?? 0n;
    nanos += BigInt(whole === "" ? "0" : whole) * unitNanos;
    if (fraction !== "") nanos += (BigInt(fraction) * unitNanos) / 10n ** BigInt(fraction.length);
  }
  if (text.startsWith("-")) nanos = -nanos;
  if (!fitsInt64(nanos))
    throw new FilterSyntaxError(
      `${text} is longer than a duration can be`,
      position,
      "the longest is 2562047h",
    );
  return { type: "duration", nanos };
}
