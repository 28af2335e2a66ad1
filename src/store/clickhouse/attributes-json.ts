import { type Attributes, AttributeType, type AttributeValue } from "../../model/attributes.ts";

/**
 * Attributes as the OTLP/JSON text of a list of KeyValue, losing nothing: integers are strings, NaN and infinities are
 * the names that Protocol Buffers' JSON mapping gives them. No attributes: "[]".
 */
export function attributesJson(attributes: Attributes): string {
  if (attributes.keys.length === 0) return "[]";
  const parts = attributes.keys.map((key, index) => {
    const value = valueJson(
      attributes.types[index] as AttributeType,
      attributes.values[index] as AttributeValue,
    );
    return `{"key":${JSON.stringify(key)},"value":${value}}`;
  });
  return `[${parts.join(",")}]`;
}

function valueJson(type: AttributeType, value: AttributeValue): string {
  switch (type) {
    case AttributeType.string:
      return `{"stringValue":${JSON.stringify(value)}}`;
    case AttributeType.int:
      return `{"intValue":"${String(value)}"}`;
    case AttributeType.double:
      return `{"doubleValue":${doubleJson(value as number)}}`;
    case AttributeType.bool:
      return `{"boolValue":${String(value)}}`;
    case AttributeType.json:
      return String(value);
  }
}

function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}
