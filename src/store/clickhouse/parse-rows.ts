import { ClickHouseError } from "./clickhouse-error.ts";

/**
 * The rows of a JSONEachRow result. One line is one row (line breaks inside strings are escaped), whatever parts the
 * engine wrote them in. Throws ClickHouseError (`limit`) above `maxBytes`.
 */
export function parseRows<Row>(bytes: Uint8Array, maxBytes: number): readonly Row[] {
  if (bytes.byteLength > maxBytes) throw resultTooLarge(maxBytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").trimEnd();
  return text === "" ? [] : (JSON.parse(`[${text.replaceAll("\n", ",")}]`) as readonly Row[]);
}

export const resultTooLarge = (maxBytes: number): ClickHouseError =>
  new ClickHouseError("limit", `the result is larger than ${maxBytes} bytes: ask for less at once`);
