import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { configFileSchema } from "./file.ts";
import type { ConfigFile } from "./file.ts";

/**
 * Reads noroshi.yaml, or what `path` names; the defaults where there is no file. Each problem names the file, the field
 * and what to write instead.
 */
export function readConfigFile(path: string | undefined, problems: string[]): ConfigFile {
  const file = path || "./noroshi.yaml";
  const defaults = configFileSchema.parse({});
  if (!existsSync(file)) {
    if (path) problems.push(`NOROSHI_CONFIG: ${path} does not exist.`);
    return defaults;
  }
  let document: unknown;
  try {
    document = parse(readFileSync(file, "utf8"));
  } catch (error) {
    problems.push(`${file}: ${readFault(error)}`);
    return defaults;
  }
  const result = configFileSchema.safeParse(withoutNulls(document) ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const field = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
    problems.push(`${file}: ${field}${issue.message}`);
  }
  return defaults;
}

function readFault(error: unknown): string {
  if (error instanceof Error && "syscall" in error && "code" in error) {
    return `cannot be read (${String(error.code)}); NOROSHI_CONFIG names the file.`;
  }
  // The parser's first line ends with the place; a drawing of it follows.
  const message = error instanceof Error ? error.message : String(error);
  return `not valid YAML: ${message.split("\n", 1)[0]!.replace(/:$/, "")}`;
}

/** `retention:` with nothing below it, as when all its lines are commented out, is as if it were not there. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}
