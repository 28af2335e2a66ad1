import { escapeSqlText, sqlString } from "../../model/sql-string.ts";
import type { QueryParam } from "./clickhouse.ts";

/** A name that is ours (table, column, setting): anything but word characters is refused, nothing is quoted. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new TypeError(`not an identifier: ${JSON.stringify(name)}`);
  return name;
}

/** The text form of a parameter as `SET param_<name>` takes it: Escaped (TSV) for scalars, array text for arrays. */
export function paramText(value: QueryParam): string {
  if (typeof value === "string") return escapeSqlText(value);
  if (typeof value === "object") {
    return `[${value.map((item) => (typeof item === "string" ? sqlString(item) : numberText(item))).join(",")}]`;
  }
  return typeof value === "boolean" ? String(value) : numberText(value);
}

function numberText(value: number | bigint): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`a query parameter must be finite, not ${value}`);
  }
  return String(value);
}

/** `SET a = 1, b = 'x', c = DEFAULT`; undefined restores the default. */
export function setStatement(settings: ReadonlyMap<string, string | number | undefined>): string {
  const parts: string[] = [];
  for (const [name, value] of settings) {
    const text =
      value === undefined ? "DEFAULT" : typeof value === "number" ? String(value) : sqlString(value);
    parts.push(`${identifier(name)} = ${text}`);
  }
  return `SET ${parts.join(", ")}`;
}
