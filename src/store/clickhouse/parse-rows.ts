import { ClickHouseError } from "./clickhouse-error.ts";

/**
 * The rows of a JSONEachRow result. One line is one row (line breaks inside strings are escaped), whatever parts the
 * engine wrote them in. Throws ClickHouseError (`limit`) above `maxBytes`.
 */
export function parseRows<Row>(result: Uint8Array | string, maxBytes: number): readonly Row[] {
  checkResultSize(typeof result === "string" ? result.length : result.byteLength, maxBytes);
  const text = (typeof result === "string" ? result : textOf(result)).trimEnd();
  return text === "" ? [] : (JSON.parse(`[${text.replaceAll("\n", ",")}]`) as readonly Row[]);
}

/** Throws ClickHouseError (`limit`) above `maxBytes`. */
export function checkResultSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new ClickHouseError("limit", `the result is larger than ${maxBytes} bytes: ask for less at once`);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
