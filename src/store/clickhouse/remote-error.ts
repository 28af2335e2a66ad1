import { ClickHouseError as ServerError } from "@clickhouse/client";
import { ClickHouseError, clickHouseErrorFromCode } from "./clickhouse-error.ts";

const AUTHENTICATION_FAILED = 516;

/**
 * Sorts what the HTTP client throws: an exception of the server by its number, anything else means that the server was
 * not reached or did not answer. No cause is kept, since it might hold the password.
 */
export function fromRemote(error: unknown, host: string, redact: (text: string) => string): ClickHouseError {
  if (error instanceof ClickHouseError) return error;
  if (error instanceof ServerError) {
    const code = Number(error.code);
    const hint = code === AUTHENTICATION_FAILED ? " (CLICKHOUSE_URL holds user and password)" : "";
    const text = `ClickHouse at ${host}: Code: ${error.code}. ${error.message.trim()}${hint}`;
    return clickHouseErrorFromCode(code, redact(text));
  }
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? "") : "";
  const text = error instanceof Error ? error.message : String(error);
  const message = [code, text].filter((part) => part !== "").join(": ");
  const kind = /timeout/i.test(text) || code === "ETIMEDOUT" ? "timeout" : "unavailable";
  return new ClickHouseError(kind, redact(`ClickHouse at ${host}: ${message.slice(0, 500)}`));
}
