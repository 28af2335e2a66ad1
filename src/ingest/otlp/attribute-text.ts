import { AttributeType, type AttributeValue } from "../../model/attributes.ts";

/** An attribute's value as the value of a label: texts as they are, arrays and maps as plain JSON, bytes as base64. */
export function attributeText(type: AttributeType, value: AttributeValue): string {
  if (type !== AttributeType.json) return String(value);
  const plain = plainText(JSON.parse(String(value)) as TaggedValue);
  // What is not inside of something else needs no quotes.
  return plain.startsWith('"') ? (JSON.parse(plain) as string) : plain === "null" ? "" : plain;
}

/** An AnyValue as any-value-text.ts writes it. */
interface TaggedValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number | string;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values: readonly TaggedValue[] };
  readonly kvlistValue?: {
    readonly values: readonly { readonly key: string; readonly value: TaggedValue }[];
  };
}

function plainText(tagged: TaggedValue): string {
  if (tagged.intValue !== undefined) return tagged.intValue;
  if (tagged.arrayValue !== undefined) return `[${tagged.arrayValue.values.map(plainText).join(",")}]`;
  if (tagged.kvlistValue !== undefined) {
    const fields = new Map(tagged.kvlistValue.values.map(({ key, value }) => [key, value]));
    const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${plainText(value)}`).join(",")}}`;
  }
  const scalar = tagged.stringValue ?? tagged.boolValue ?? tagged.doubleValue ?? tagged.bytesValue ?? null;
  return JSON.stringify(scalar);
}
