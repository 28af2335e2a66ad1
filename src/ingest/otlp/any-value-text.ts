/**
 * The OTLP/JSON text of an AnyValue in one fixed form, so that both encodings of a value store the same text:
 * integers in quotes, the oneof's lowerCamelCase name, `values` always there, no spaces.
 */

/** The text of a value that is not set. */
export const EMPTY_VALUE_TEXT = "{}";

export const stringValueText = (value: string): string => `{"stringValue":${JSON.stringify(value)}}`;
export const boolValueText = (value: boolean): string => `{"boolValue":${value}}`;
export const intValueText = (value: number | bigint): string => `{"intValue":"${value}"}`;
export const bytesValueText = (bytes: Buffer): string => `{"bytesValue":"${bytes.toString("base64")}"}`;
export const arrayValueText = (values: readonly string[]): string =>
  `{"arrayValue":{"values":[${values.join(",")}]}}`;
export const keyValueText = (key: string, value: string): string =>
  `{"key":${JSON.stringify(key)},"value":${value}}`;
export const kvlistValueText = (entries: readonly string[]): string =>
  `{"kvlistValue":{"values":[${entries.join(",")}]}}`;

export function doubleValueText(value: number): string {
  if (!Number.isFinite(value)) return `{"doubleValue":"${value}"}`;
  return `{"doubleValue":${Object.is(value, -0) ? "-0" : value}}`;
}
