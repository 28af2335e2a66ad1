import {
  type Attributes,
  AttributeType,
  type AttributeValue,
  NO_ATTRIBUTES,
} from "../../model/attributes.ts";

/** A value of OTLP/JSON as `attributesJson` writes it: one member, or none. */
interface JsonValue {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly JsonValue[] };
  readonly kvlistValue?: { readonly values: readonly JsonEntry[] };
  readonly bytesValue?: string;
}

interface JsonEntry {
  readonly key: string;
  readonly value: JsonValue;
}

/** Reads what `attributesJson` wrote, losing nothing. */
export function parseAttributesJson(text: string): Attributes {
  if (text === "[]" || text === "") return NO_ATTRIBUTES;
  const keys: string[] = [];
  const types: AttributeType[] = [];
  const values: AttributeValue[] = [];
  for (const { key, value } of JSON.parse(text) as readonly JsonEntry[]) {
    const [type, read] = typedValue(value);
    keys.push(key);
    types.push(type);
    values.push(read);
  }
  return { keys, types, values };
}

function typedValue(value: JsonValue): readonly [AttributeType, AttributeValue] {
  if (value.stringValue !== undefined) return [AttributeType.string, value.stringValue];
  if (value.intValue !== undefined) return [AttributeType.int, plainInt(BigInt(value.intValue))];
  // Number reads the names of NaN and the infinities, too.
  if (value.doubleValue !== undefined) return [AttributeType.double, Number(value.doubleValue)];
  if (value.boolValue !== undefined) return [AttributeType.bool, value.boolValue];
  return [AttributeType.json, valueText(value)];
}

/** Integers are numbers where that is exact. */
export function plainInt(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** As JSON.stringify, which would lose the sign of -0. */
function valueText(value: unknown): string {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${valueText(member)}`,
  );
  return `{${members.join(",")}}`;
}
