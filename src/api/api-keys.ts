import { createHash, timingSafeEqual } from "node:crypto";

const SCOPES = ["ingest", "read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** A key is kept as its hash; the text itself is forgotten once read. */
export interface ApiKey {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly sha256: Buffer;
  /** Short enough to be guessed: worth a warning at start. */
  readonly isShort: boolean;
}

type ApiKeysResult =
  | { readonly ok: true; readonly keys: readonly ApiKey[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Reads `name:scope+scope:key,…`. Problems name the entry by its position or name, never by its key. */
export function parseApiKeys(text: string): ApiKeysResult {
  const problems: string[] = [];
  const keys: ApiKey[] = [];
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  for (const [index, entry] of entries.entries()) {
    const [name = "", scopeText = "", ...rest] = entry.trim().split(":");
    const key = rest.join(":");
    const scopes = scopeText.split("+");
    const unknown = scopes.filter((scope) => !(SCOPES as readonly string[]).includes(scope));
    if (name === "" || key === "")
      problems.push(`entry ${index + 1} is not name:scope+scope:key, as team:ingest+read:<key>`);
    else if (unknown.length > 0)
      problems.push(`entry "${name}": unknown scope; the scopes are ${SCOPES.join(", ")}`);
    else if (keys.some((other) => other.name === name)) problems.push(`entry "${name}" is there twice`);
    else keys.push({ name, scopes: new Set(scopes as Scope[]), sha256: hash(key), isShort: key.length < 16 });
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, keys };
}

/** The key that was presented, if it is one of ours. Takes the same time whichever it is. */
export function findApiKey(keys: readonly ApiKey[], presented: string): ApiKey | undefined {
  const digest = hash(presented);
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(key.sha256, digest)) found = key;
  return found;
}

/** admin may do everything. */
export function mayUse(key: ApiKey, scope: Scope): boolean {
  return key.scopes.has(scope) || key.scopes.has("admin");
}
