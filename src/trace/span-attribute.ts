import type { AttributeValue, Attributes } from "../model/attributes.ts";
import type { Span } from "../model/span.ts";

/** The value of the first of these keys that is there. */
function attributeOf(attributes: Attributes, ...keys: readonly string[]): AttributeValue | undefined {
  for (const key of keys) {
    const index = attributes.keys.indexOf(key);
    if (index >= 0) return attributes.values[index];
  }
  return undefined;
}

/** As text; empty when none of the keys is there. */
export function textOf(attributes: Attributes, ...keys: readonly string[]): string {
  const value = attributeOf(attributes, ...keys);
  return value === undefined ? "" : String(value);
}

/** As a number, also where it was sent as text; undefined when it is none. */
function numberOf(attributes: Attributes, ...keys: readonly string[]): number | undefined {
  const value = attributeOf(attributes, ...keys);
  if (value === undefined || value === "" || typeof value === "boolean") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** The HTTP status, in today's and in the older spelling. */
export function httpStatus({ attributes }: Span): number | undefined {
  return numberOf(attributes, "http.response.status_code", "http.status_code");
}

/** The gRPC status code. */
export function grpcStatus({ attributes }: Span): number | undefined {
  return numberOf(attributes, "rpc.grpc.status_code", "rpc.response.status_code");
}
