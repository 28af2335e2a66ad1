/** What was asked for before there was TraceQL. */
export interface LegacyQuery {
  /** logfmt: `service.name=checkout error=true url="a b"`. */
  readonly tags: string;
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
}

const ENTRY = /([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)/g;

const INTRINSICS: Readonly<Record<string, string>> = {
  name: "name",
  "root.name": "rootName",
  "root.service.name": "rootServiceName",
};

/** The same question in TraceQL: values are parts of a text whatever their case, or the number or truth value that they spell. */
export function legacyQuery({ tags, minMs, maxMs }: LegacyQuery): string {
  const conditions = [...tags.matchAll(ENTRY)].map(([, key = "", value = ""]) =>
    condition(key, unquoted(value)),
  );
  if (minMs !== undefined) conditions.push(`traceDuration >= ${Math.round(minMs * 1e6)}ns`);
  if (maxMs !== undefined) conditions.push(`traceDuration <= ${Math.round(maxMs * 1e6)}ns`);
  return conditions.length === 0 ? "{ }" : `{ ${conditions.join(" && ")} }`;
}

function condition(key: string, value: string): string {
  if (key === "error" && value === "true") return "status = error";
  if ((key === "status" || key === "status.code") && /^(ok|error|unset)$/.test(value))
    return `status = ${value}`;
  const part = JSON.stringify(`(?is).*${value.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)}.*`);
  const intrinsic = INTRINSICS[key];
  if (intrinsic !== undefined) return `${intrinsic} =~ ${part}`;
  const attribute = /^[\w.\-/]+$/.test(key) ? `.${key}` : `.${JSON.stringify(key)}`;
  const isTyped = /^(true|false|-?\d{1,15}(\.\d{1,15})?)$/.test(value);
  return isTyped ? `(${attribute} =~ ${part} || ${attribute} = ${value})` : `${attribute} =~ ${part}`;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value.slice(1, -1);
  }
}
