import { nearestName } from "../model/nearest-name.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";
import type { Intrinsic, KindName, StatusName } from "./span-filter.ts";

/** `root` stands for the two ways to ask whether a span has a parent. */
export type IntrinsicWord = Intrinsic | "nestedSetParent" | "parentId";

/** Every spelling of every intrinsic that one span alone can answer. */
const INTRINSICS: ReadonlyMap<string, IntrinsicWord> = new Map<string, IntrinsicWord>([
  ["name", "name"],
  ["span:name", "name"],
  ["kind", "kind"],
  ["span:kind", "kind"],
  ["status", "status"],
  ["span:status", "status"],
  ["statusMessage", "statusMessage"],
  ["span:statusMessage", "statusMessage"],
  ["duration", "duration"],
  ["span:duration", "duration"],
  ["rootName", "rootName"],
  ["trace:rootName", "rootName"],
  ["rootServiceName", "rootServiceName"],
  ["trace:rootService", "rootServiceName"],
  ["nestedSetParent", "nestedSetParent"],
  ["span:parentID", "parentId"],
]);

/** Intrinsics of Tempo that need more than the span that arrives. */
const OTHER_INTRINSICS: ReadonlySet<string> = new Set([
  ..."traceDuration childCount parent nestedSetLeft nestedSetRight".split(" "),
  ..."trace:duration trace:id span:id span:childCount event:name event:timeSinceStart".split(" "),
  ..."link:traceID link:spanID instrumentation:name instrumentation:version".split(" "),
]);

const KINDS: ReadonlyMap<string, KindName> = new Map(KIND_NAMES.map((name) => [name, name]));
const STATUSES: ReadonlyMap<string, StatusName> = new Map(STATUS_NAMES.map((name) => [name, name]));

/** The word as what it means in a filter. */
export type WordMeaning =
  | { readonly type: "intrinsic"; readonly word: IntrinsicWord }
  | { readonly type: "kind"; readonly value: KindName }
  | { readonly type: "status"; readonly value: StatusName }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "nil" }
  | { readonly type: "unsupported" }
  | { readonly type: "unknown"; readonly hint: string };

/** Case matters, as in Tempo; the hint for an unknown word names the nearest known one. */
export function meaningOf(word: string): WordMeaning {
  const intrinsic = INTRINSICS.get(word);
  if (intrinsic !== undefined) return { type: "intrinsic", word: intrinsic };
  const kind = KINDS.get(word);
  if (kind !== undefined) return { type: "kind", value: kind };
  const status = STATUSES.get(word);
  if (status !== undefined) return { type: "status", value: status };
  if (word === "true" || word === "false") return { type: "boolean", value: word === "true" };
  if (word === "nil") return { type: "nil" };
  if (OTHER_INTRINSICS.has(word)) return { type: "unsupported" };
  return { type: "unknown", hint: hintFor(word) };
}

function hintFor(word: string): string {
  if (word.toLowerCase() === "not") return "write !( … )";
  const known = [...INTRINSICS.keys(), ...KINDS.keys(), ...STATUSES.keys(), "true", "false", "nil"];
  const near = nearestName(word, known);
  if (near !== undefined) return `did you mean ${near}?`;
  return `a text is quoted: "${word}"; an attribute is written span.${word}, resource.${word} or .${word}`;
}
