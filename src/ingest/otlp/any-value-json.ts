import { AttributeType, type AttributeValue } from "../../model/attributes.ts";
import {
  arrayValueText,
  boolValueText,
  bytesValueText,
  doubleValueText,
  EMPTY_VALUE_TEXT,
  intValueText,
  keyValueText,
  kvlistValueText,
  stringValueText,
} from "./any-value-text.ts";
import { type AttributeSink, dropAttribute, isFull, putAttribute } from "./attribute-sink.ts";
import { countItem, type DecodeTally } from "./decode-tally.ts";
import {
  arrayField,
  asObject,
  integerOf,
  JsonFieldError,
  type JsonObject,
  type JsonPath,
  objectField,
  textField,
  wellFormed,
} from "./json-fields.ts";
import type { AttributeLimits } from "./span-limits.ts";

/** What reading a request needs. `path` names the object that is being read. */
export interface JsonReader {
  readonly path: JsonPath;
  readonly limits: AttributeLimits;
  readonly tally: DecodeTally;
  /** Strings seen before in this request: each is kept once. */
  readonly strings: Map<string, string>;
}

const LONGEST_SHARED = 64;
const MOST_SHARED = 8_192;
const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const NAMED_DOUBLES: Readonly<Record<string, number>> = { NaN, Infinity, "-Infinity": -Infinity };

/** The one copy of a text that comes again and again: keys and names. */
export function shared(from: JsonReader, text: string): string {
  if (text.length > LONGEST_SHARED) return text;
  const known = from.strings.get(text);
  if (known !== undefined) return known;
  if (from.strings.size < MOST_SHARED) from.strings.set(text, text);
  return text;
}

/** Calls `read` for each element of an array field, with the path open at it. */
export function eachOf(
  from: JsonReader,
  object: JsonObject,
  name: string,
  protoName: string,
  read: (element: JsonObject) => void,
): void {
  const elements = arrayField(object, name, protoName);
  for (let i = 0; i < elements.length; i += 1) {
    from.path.push(name, i);
    read(asObject(elements[i]));
    from.path.pop();
    from.path.pop();
  }
}

/** Reads the field `attributes`, or another, into the sink. Beyond the limit entries are counted, not read. */
export function readAttributes(
  from: JsonReader,
  object: JsonObject,
  sink: AttributeSink,
  name = "attributes",
  protoName = "attributes",
): void {
  eachOf(from, object, name, protoName, (entry) => {
    if (isFull(sink, from.limits)) return dropAttribute(sink, from.tally);
    countItem(from.tally);
    const key = shared(from, textField(entry, "key"));
    const value = objectField(entry, "value") ?? {};
    from.path.push("value");
    readInto(from, sink, key, value);
    from.path.pop();
  });
}

function readInto(from: JsonReader, sink: AttributeSink, key: string, value: JsonObject): void {
  const put = (type: AttributeType, attribute: AttributeValue) =>
    putAttribute(sink, key, type, attribute, from.limits, from.tally);
  const member = memberOf(value);
  switch (member?.kind) {
    case "string":
      return put(AttributeType.string, member.value);
    case "bool":
      return put(AttributeType.bool, member.value);
    case "int":
      return put(AttributeType.int, member.value);
    case "double":
      return put(AttributeType.double, member.value);
    case "array":
    case "kvlist":
    case "bytes":
    case undefined:
      return put(AttributeType.json, anyValueText(from, value, 0));
  }
}

type Member =
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "int"; readonly value: number | bigint }
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "array" | "kvlist"; readonly value: JsonObject }
  | { readonly kind: "bytes"; readonly value: Buffer };

/** What is set in an AnyValue; undefined for an empty one. */
function memberOf(value: JsonObject): Member | undefined {
  const text = value["stringValue"] ?? value["string_value"];
  if (typeof text === "string") return { kind: "string", value: wellFormed(text) };
  if (text !== undefined && text !== null) throw new JsonFieldError("a string is needed", "stringValue");
  const int = value["intValue"] ?? value["int_value"];
  if (int !== undefined && int !== null) return { kind: "int", value: int64Of(int) };
  const bool = value["boolValue"] ?? value["bool_value"];
  if (typeof bool === "boolean") return { kind: "bool", value: bool };
  if (bool !== undefined && bool !== null) throw new JsonFieldError("true or false is needed", "boolValue");
  const double = value["doubleValue"] ?? value["double_value"];
  if (double !== undefined && double !== null) return { kind: "double", value: doubleOf(double) };
  const array = objectField(value, "arrayValue", "array_value");
  if (array !== undefined) return { kind: "array", value: array };
  const kvlist = objectField(value, "kvlistValue", "kvlist_value");
  if (kvlist !== undefined) return { kind: "kvlist", value: kvlist };
  const bytes = value["bytesValue"] ?? value["bytes_value"];
  if (bytes !== undefined && bytes !== null) return { kind: "bytes", value: bytesOf(bytes) };
  return undefined;
}

/** An int64 in a string or a number: a number when that is exact, else a bigint. */
export function int64Of(value: unknown, field = "intValue"): number | bigint {
  const integer = integerOf(value);
  if (integer === undefined || BigInt.asIntN(64, integer) !== integer) {
    throw new JsonFieldError("a 64-bit integer is needed, as a string or a number", field);
  }
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

/** A double: a number, or a string that holds one or NaN, Infinity, -Infinity. */
export function doubleOf(value: unknown, field = "doubleValue"): number {
  if (typeof value === "number") return value;
  if (typeof value === "string") {
    if (Object.hasOwn(NAMED_DOUBLES, value)) return NAMED_DOUBLES[value]!;
    if (DECIMAL.test(value)) return Number(value);
  }
  throw new JsonFieldError("a number is needed", field);
}

function bytesOf(value: unknown): Buffer {
  if (typeof value === "string" && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value))
    return Buffer.from(value, "base64");
  throw new JsonFieldError("base64 text is needed", "bytesValue");
}

function anyValueText(from: JsonReader, value: JsonObject, depth: number): string {
  const member = memberOf(value);
  switch (member?.kind) {
    case undefined:
      return EMPTY_VALUE_TEXT;
    case "string":
      return stringValueText(member.value);
    case "bool":
      return boolValueText(member.value);
    case "int":
      return intValueText(member.value);
    case "double":
      return doubleValueText(member.value);
    case "bytes":
      return bytesValueText(member.value);
    case "array":
      return arrayValueText(nestedTexts(from, member.value, "arrayValue", depth + 1, anyValueText));
    case "kvlist":
      return kvlistValueText(nestedTexts(from, member.value, "kvlistValue", depth + 1, entryText));
  }
}

function nestedTexts(
  from: JsonReader,
  list: JsonObject,
  name: string,
  depth: number,
  toText: (from: JsonReader, element: JsonObject, depth: number) => string,
): string[] {
  if (depth > from.limits.valueDepth) throw new JsonFieldError("arrays and maps are nested too deeply", name);
  const texts: string[] = [];
  from.path.push(name);
  eachOf(from, list, "values", "values", (element) => {
    countItem(from.tally);
    texts.push(toText(from, element, depth));
  });
  from.path.pop();
  return texts;
}

function entryText(from: JsonReader, entry: JsonObject, depth: number): string {
  const key = textField(entry, "key");
  const value = objectField(entry, "value") ?? {};
  from.path.push("value");
  const text = anyValueText(from, value, depth);
  from.path.pop();
  return keyValueText(key, text);
}
