import type { TagField, TagScope, TagValue } from "../../model/tag-field.ts";

/** What a tag stands for: a field whose values are looked up, or one whose values are known. */
export type Tag =
  | { readonly kind: "field"; readonly field: TagField }
  | { readonly kind: "known"; readonly values: readonly TagValue[] };

const keywords = (...values: readonly string[]): Tag => ({
  kind: "known",
  values: values.map((value) => ({ type: "keyword", value })),
});
const text = (name: Extract<TagField, { kind: "text" }>["name"], ofRoots = false): Tag => ({
  kind: "field",
  field: { kind: "text", name, ofRoots },
});

const KINDS = keywords("unspecified", "internal", "server", "client", "producer", "consumer");
const STATUSES = keywords("error", "ok", "unset");
/** Nobody picks a duration or an id from a list. */
const NONE: Tag = { kind: "known", values: [] };

const INTRINSICS: Readonly<Record<string, Tag>> = {
  duration: NONE,
  "event:name": text("eventName"),
  "event:timeSinceStart": NONE,
  "instrumentation:name": text("scopeName"),
  "instrumentation:version": text("scopeVersion"),
  kind: KINDS,
  name: text("name"),
  rootName: text("name", true),
  rootServiceName: text("service", true),
  "span:duration": NONE,
  "span:kind": KINDS,
  "span:name": text("name"),
  "span:status": STATUSES,
  "span:statusMessage": text("statusMessage"),
  status: STATUSES,
  statusMessage: text("statusMessage"),
  "trace:duration": NONE,
  "trace:rootName": text("name", true),
  "trace:rootService": text("service", true),
  traceDuration: NONE,
};

/** As they are listed. */
export const INTRINSIC_TAGS: readonly string[] = Object.keys(INTRINSICS);

/** What those called these fields who asked by tags. */
const LEGACY: Readonly<Record<string, Tag>> = {
  "root.name": text("name", true),
  "root.service.name": text("service", true),
  "status.code": STATUSES,
};

const SCOPES: readonly (readonly [prefix: string, scopes: readonly TagScope[]])[] = [
  ["resource.", ["resource"]],
  ["span.", ["span"]],
  ["event.", ["event"]],
  ["link.", ["link"]],
  ["instrumentation.", ["scope"]],
  [".", ["span", "resource"]],
];

/** The name of a tag with its scope: `span.http.route`, `.http.route`, `name`, `span."a b"`. Without a scope it is any scope's. */
export function readTag(name: string): Tag {
  const intrinsic = Object.hasOwn(INTRINSICS, name) ? INTRINSICS[name] : undefined;
  if (intrinsic !== undefined) return intrinsic;
  const scoped = SCOPES.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length);
  return scoped === undefined ? readLegacyTag(name) : attribute(scoped[1], name.slice(scoped[0].length));
}

/** The name of a tag as it was before scopes; those of attributes hold dots. */
export function readLegacyTag(name: string): Tag {
  const known = Object.hasOwn(LEGACY, name) ? LEGACY[name] : undefined;
  if (known !== undefined) return known;
  if (name === "name" || name === "status" || name === "kind") return INTRINSICS[name]!;
  return attribute(["span", "resource"], name);
}

function attribute(scopes: readonly TagScope[], key: string): Tag {
  const plain = unquoted(key);
  // The first column of the table: all of it is read.
  return plain === "service.name" && scopes.includes("resource")
    ? text("service")
    : { kind: "field", field: { kind: "attribute", scopes, key: plain } };
}

function unquoted(key: string): string {
  if (!/^".*"$/s.test(key)) return key;
  try {
    return String(JSON.parse(key));
  } catch {
    return key.slice(1, -1);
  }
}
