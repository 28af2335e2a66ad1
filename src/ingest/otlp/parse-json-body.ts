import type { DecodeError } from "./decode-result.ts";
import { TooManyItems } from "./decode-tally.ts";
import { JsonFieldError, type JsonPath, pathText } from "./json-fields.ts";
import { quoteLongIntegers, scanJson } from "./scan-json.ts";

/** Depth of everything around an attribute value; each array or map in a value adds four. */
const DEPTH_AROUND_VALUES = 24;
const DEPTH_PER_VALUE = 4;
/** Objects, arrays and commas for each item that is allowed: an attribute has four, and outnumbers the rest. */
const TOKENS_PER_ITEM = 4;
/** What no limit on items goes below: a few spans without attributes have more tokens for each item. */
const LEAST_MAX_TOKENS = 100_000;

type Parsed =
  | { readonly kind: "parsed"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: DecodeError };

/** JSON.parse, bounded: what it would allocate is known before it starts. Long integers come out as strings. */
export function parseJsonBody(
  body: Uint8Array,
  limits: { readonly itemsPerRequest: number; readonly valueDepth: number },
): Parsed {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const start = body.byteOffset + (hasMark ? 3 : 0);
  const bytes = Buffer.from(body.buffer, start, body.byteLength - (hasMark ? 3 : 0));
  if (bytes.length === 0) return { kind: "parsed", value: {} };
  const maxDepth = DEPTH_AROUND_VALUES + DEPTH_PER_VALUE * limits.valueDepth;
  const maxTokens = Math.max(LEAST_MAX_TOKENS, TOKENS_PER_ITEM * limits.itemsPerRequest);
  const scan = scanJson(bytes, maxDepth, maxTokens);
  if (scan.depth > maxDepth) return failed("malformed", "objects and arrays are nested too deeply");
  if (scan.tokens > maxTokens) return failed("too_large", new TooManyItems().message);
  try {
    return { kind: "parsed", value: JSON.parse(quoteLongIntegers(bytes, scan.longIntegers)) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position \d+/.exec(error.message)?.[0];
    return failed("malformed", `the body is not valid JSON${position === undefined ? "" : ` (${position})`}`);
  }
}

function failed(kind: DecodeError["kind"], message: string): Parsed {
  return { kind: "failed", error: { kind, path: "", offset: undefined, message } };
}

/** What a decoder's error says to the sender; undefined for one that has nothing to do with the body. */
export function jsonDecodeError(error: unknown, path: JsonPath): DecodeError | undefined {
  if (error instanceof JsonFieldError) {
    const whole = error.field === "" ? path : [...path, error.field];
    return { kind: "malformed", path: pathText(whole), offset: undefined, message: error.message };
  }
  if (!(error instanceof TooManyItems)) return undefined;
  return { kind: "too_large", path: pathText(path), offset: undefined, message: error.message };
}
