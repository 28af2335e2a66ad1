import { createHash } from "node:crypto";
import { NO_VALUE } from "../traceql/group-field.ts";
import type { GroupKey } from "../traceql/group-field.ts";

/** Of events that do not have the attribute or label. */
const NONE = "(none)";
/** RFC 1123. */
const NAME_CHARACTERS = 63;
const HASH_CHARACTERS = 6;

/** A value for people. */
export function groupValueText(value: GroupKey): string {
  if (value === NO_VALUE) return NONE;
  const text = value.slice(1);
  if (value.startsWith("b")) return text === "1" ? "true" : "false";
  // What cannot be seen is shown in quotes.
  return text.trim() === "" ? JSON.stringify(text) : text;
}

/**
 * The name of a group's SLO: that of the whole and the values, with only what may be in a name. Where this loses
 * something, or the name is taken, a short hash of the values tells it apart. The same values always have the same name,
 * whatever was found before, as long as the names of other documents stay.
 */
export function groupName(parent: string, values: readonly GroupKey[], taken: ReadonlySet<string>): string {
  const slug = values
    .map(slugOf)
    .filter((text) => text !== "")
    .join("-");
  const plain = `${parent}-${slug}`;
  if (isFaithful(values) && plain.length <= NAME_CHARACTERS && !taken.has(plain)) return plain;
  for (let length = HASH_CHARACTERS; ; length += HASH_CHARACTERS) {
    const name = hashedName(parent, slug, hashOf(parent, values).slice(0, length));
    if (!taken.has(name) || length > 4 * HASH_CHARACTERS) return name;
  }
}

function hashedName(parent: string, slug: string, hash: string): string {
  const room = NAME_CHARACTERS - hash.length - 1;
  // Both keep at least a third, so that people see which SLO and which group it is.
  const ofSlug = Math.min(slug.length, Math.max(Math.floor(room / 3), room - parent.length - 1));
  const start = cut(parent, ofSlug === 0 ? room : room - ofSlug - 1);
  const middle = cut(slug, ofSlug);
  return [start, middle, hash].filter((part) => part !== "").join("-");
}

const cut = (text: string, length: number): string => text.slice(0, length).replace(/-+$/, "");

function slugOf(value: GroupKey): string {
  if (value === NO_VALUE) return "none";
  const text = value.startsWith("b") ? groupValueText(value) : value.slice(1);
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

/** Whether the values can be told from the slug: no other values of these keys have it. */
function isFaithful(values: readonly GroupKey[]): boolean {
  const allowed = values.length === 1 ? /^[sikt][a-z0-9]+(-[a-z0-9]+)*$/ : /^[sikt][a-z0-9]+$/;
  // "none" is also how events without the value are called.
  return values.every(
    (value) => allowed.test(value) && value !== "snone" && !/^s(\d+|true|false)$/.test(value),
  );
}

function hashOf(parent: string, values: readonly GroupKey[]): string {
  return createHash("sha256")
    .update(JSON.stringify([parent, ...values]))
    .digest("hex");
}
