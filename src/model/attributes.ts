/** The types an OpenTelemetry attribute is stored under. `json` holds arrays, key-value lists and bytes. */
export const AttributeType = { string: 0, int: 1, double: 2, bool: 3, json: 4 } as const;
export type AttributeType = (typeof AttributeType)[keyof typeof AttributeType];

/**
 * string: string · int: number when it is a safe integer, else bigint · double: number (NaN and infinities
 * included) · bool: boolean · json: the OTLP/JSON text of the AnyValue (e.g. `{"arrayValue":{…}}`).
 */
export type AttributeValue = string | number | bigint | boolean;

/** A set of attributes in columns: entry i is keys[i], types[i], values[i]. Keys are unique: of repeated keys the last wins. */
export interface Attributes {
  readonly keys: readonly string[];
  readonly types: readonly AttributeType[];
  readonly values: readonly AttributeValue[];
}

export const NO_ATTRIBUTES: Attributes = { keys: [], types: [], values: [] };

/** The value of `key` if it is there and is a string, else undefined. */
export function stringAttribute(attributes: Attributes, key: string): string | undefined {
  const index = attributes.keys.indexOf(key);
  if (index < 0 || attributes.types[index] !== AttributeType.string) return undefined;
  return attributes.values[index] as string;
}
