import type { Scalar } from "yaml";

/**
 * Where in the file the character at `index` of a text scalar is written, in characters from the start of the file.
 * Knows every style: plain, quoted with their escapes, and blocks with their indentation and folding. The text and
 * its source have the same characters in the same order but for white space and escapes, so characters that are not
 * white space are counted off one against the other.
 */
export function sourceOffset(source: string, scalar: Scalar, index: number): number {
  const value = String(scalar.value);
  const [start, end] = scalar.range ?? [0, 0];
  const steps = sourceSteps(source, contentStart(source, start, scalar.type), end, scalar.type);
  let after = start;
  let valueIndex = 0;
  for (const step of steps) {
    // White space of the value lies between two characters that can be found; it is where the first of them ends.
    while (valueIndex < value.length && isWhitespace(value[valueIndex]!) && !step.whitespace) {
      if (valueIndex === index) return gapOffset(source, after, start);
      valueIndex += 1;
    }
    if (index < valueIndex + step.units) return step.offset;
    valueIndex += step.units;
    after = step.offset + step.length;
  }
  return gapOffset(source, after, start);
}

interface Step {
  readonly offset: number;
  /** Characters in the source. */
  readonly length: number;
  /** Characters (UTF-16 units) in the value. */
  readonly units: number;
  /** White space written as an escape, which therefore is in the value for certain. */
  readonly whitespace: boolean;
}

function gapOffset(source: string, after: number, start: number): number {
  return Math.max(start, Math.min(after, source.length));
}

function isWhitespace(character: string): boolean {
  return character === " " || character === "\n" || character === "\t" || character === "\r";
}

function contentStart(source: string, start: number, type: Scalar["type"]): number {
  if (type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE") return start + 1;
  if (type !== "BLOCK_LITERAL" && type !== "BLOCK_FOLDED") return start;
  // Behind the header: `|`, `>-`, `|2 # with a comment`.
  const lineEnd = source.indexOf("\n", start);
  return lineEnd < 0 ? source.length : lineEnd + 1;
}

function* sourceSteps(source: string, from: number, end: number, type: Scalar["type"]): Generator<Step> {
  let offset = from;
  while (offset < end) {
    const character = source[offset]!;
    if (type === "QUOTE_DOUBLE" && character === '"') return;
    if (type === "QUOTE_SINGLE" && character === "'" && source[offset + 1] !== "'") return;
    if (type === "QUOTE_SINGLE" && character === "'") {
      yield { offset, length: 2, units: 1, whitespace: false };
      offset += 2;
    } else if (type === "QUOTE_DOUBLE" && character === "\\") {
      const step = escapeStep(source, offset);
      if (step.units > 0) yield step;
      offset += step.length;
    } else {
      if (!isWhitespace(character)) yield { offset, length: 1, units: 1, whitespace: false };
      offset += 1;
    }
  }
}

/** An escape of a double-quoted text: `\n`, `\x41`, `\u00e9`, `\U0001F600`, or a line end that continues the line. */
function escapeStep(source: string, offset: number): Step {
  const kind = source[offset + 1] ?? "";
  if (kind === "\n" || kind === "\r") return { offset, length: 2, units: 0, whitespace: true };
  const digits = kind === "x" ? 2 : kind === "u" ? 4 : kind === "U" ? 8 : 0;
  const codePoint = digits === 0 ? 0 : Number.parseInt(source.slice(offset + 2, offset + 2 + digits), 16);
  const whitespace = "nrt \t".includes(kind) || (digits > 0 && isWhitespace(String.fromCharCode(codePoint)));
  return { offset, length: 2 + digits, units: codePoint > 0xffff ? 2 : 1, whitespace };
}
