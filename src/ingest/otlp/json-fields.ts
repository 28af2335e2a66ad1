/** An object of the request as JSON.parse made it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Thrown while decoding and turned into a DecodeError value by the decoder, with the path that was open then. */
export class JsonFieldError extends Error {
  /** Below the open path: `.name`, or "". */
  readonly field: string;
  constructor(message: string, field: string) {
    super(message);
    this.name = "JsonFieldError";
    this.field = field;
  }
}

/** The path to the object that is being read: names and indexes. */
export type JsonPath = (string | number)[];

export function pathText(path: JsonPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** The value of a field by its lowerCamelCase or (tolerated) its proto name; null means absent, as protobuf has it. */
function field(object: JsonObject, name: string, protoName: string): unknown {
  const value = object[name] ?? object[protoName];
  return value === null ? undefined : value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): JsonObject {
  if (!isObject(value)) throw new JsonFieldError("an object is needed", "");
  return value;
}

export function objectField(object: JsonObject, name: string, protoName = name): JsonObject | undefined {
  const value = field(object, name, protoName);
  if (value === undefined || isObject(value)) return value;
  throw new JsonFieldError("an object is needed", name);
}

const NOTHING: readonly unknown[] = [];

export function arrayField(object: JsonObject, name: string, protoName = name): readonly unknown[] {
  const value = field(object, name, protoName);
  if (value === undefined) return NOTHING;
  if (!Array.isArray(value)) throw new JsonFieldError("an array is needed", name);
  return value;
}

/** Lone surrogates become U+FFFD: stored text is UTF-8. */
export function wellFormed(text: string): string {
  // In every supported Node; typed from ES2024 on.
  return (text as string & { toWellFormed(): string }).toWellFormed();
}

export function textField(object: JsonObject, name: string, protoName = name): string {
  const value = field(object, name, protoName);
  if (value === undefined) return "";
  if (typeof value !== "string") throw new JsonFieldError("a string is needed", name);
  return wellFormed(value);
}

/** A uint32 as a number or in a string. */
export function uint32Field(object: JsonObject, name: string, protoName = name): number {
  const value = field(object, name, protoName);
  if (value === undefined) return 0;
  const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) {
    return number;
  }
  throw new JsonFieldError("a whole number from 0 to 4294967295 is needed", name);
}

/** A fixed64 as a string or a number. */
export function uint64Field(object: JsonObject, name: string, protoName = name): bigint {
  const value = field(object, name, protoName);
  if (value === undefined) return 0n;
  const integer = integerOf(value);
  if (integer !== undefined && integer >= 0n && integer <= 0xffff_ffff_ffff_ffffn) return integer;
  throw new JsonFieldError("a whole number from 0 to 2^64 - 1 is needed, as a string or a number", name);
}

/** A whole number, or a string that holds one in decimal; undefined for anything else. */
export function integerOf(value: unknown): bigint | undefined {
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  return undefined;
}

/** An enumeration by number (also in a string) or, tolerated, by name; what is unknown becomes 0. */
export function enumField(
  object: JsonObject,
  name: string,
  prefix: string,
  names: readonly string[],
): number {
  const value = object[name] ?? 0;
  if (typeof value === "number" && Number.isInteger(value)) return inRange(value, names);
  if (typeof value === "string") {
    if (/^-?\d{1,10}$/.test(value)) return inRange(Number(value), names);
    return Math.max(0, names.indexOf(value.startsWith(prefix) ? value.slice(prefix.length) : value));
  }
  throw new JsonFieldError("a whole number is needed", name);
}

function inRange(value: number, names: readonly string[]): number {
  return value >= 0 && value < names.length ? value : 0;
}

/** Writes a hex id into `into` and gives its length in bytes; 0 if absent, -1 if it is not hex or has another length. */
export function idField(object: JsonObject, name: string, protoName: string, into: Uint8Array): number {
  const text = textField(object, name, protoName);
  if (text === "") return 0;
  if (text.length !== into.length * 2) return -1;
  for (let i = 0; i < into.length; i += 1) {
    const high = hexDigit(text.charCodeAt(i * 2));
    const low = hexDigit(text.charCodeAt(i * 2 + 1));
    if (high < 0 || low < 0) return -1;
    into[i] = high * 16 + low;
  }
  return into.length;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  return -1;
}
