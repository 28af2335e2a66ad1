import { meaningOf } from "./known-words.ts";
import type { WordMeaning } from "./known-words.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { QueryIntrinsic } from "./query.ts";

/** Every spelling of every intrinsic: those with a scope, and those that came before them. */
const INTRINSICS: ReadonlyMap<string, QueryIntrinsic> = new Map<string, QueryIntrinsic>([
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
  ["traceDuration", "traceDuration"],
  ["trace:duration", "traceDuration"],
  ["nestedSetParent", "nestedSetParent"],
  ["nestedSetLeft", "nestedSetLeft"],
  ["nestedSetRight", "nestedSetRight"],
  ["childCount", "span:childCount"],
  ["span:childCount", "span:childCount"],
  ["trace:id", "trace:id"],
  ["span:id", "span:id"],
  ["span:parentID", "span:parentID"],
  ["event:name", "event:name"],
  ["event:timeSinceStart", "event:timeSinceStart"],
  ["link:traceID", "link:traceID"],
  ["link:spanID", "link:spanID"],
  ["instrumentation:name", "instrumentation:name"],
  ["instrumentation:version", "instrumentation:version"],
]);

export type QueryWordMeaning =
  | { readonly type: "intrinsic"; readonly name: QueryIntrinsic }
  | Extract<WordMeaning, { type: "kind" | "status" | "boolean" | "nil" | "unknown" }>;

/** What a word means in the braces of a query. Case matters, as in Tempo. */
export function meaningInQuery(word: string): QueryWordMeaning {
  const name = INTRINSICS.get(word);
  if (name !== undefined) return { type: "intrinsic", name };
  const meaning = meaningOf(word);
  if (meaning.type !== "intrinsic" && meaning.type !== "unsupported" && meaning.type !== "unknown")
    return meaning;
  const near = nearestName(word, [...INTRINSICS.keys()]);
  if (near !== undefined) return { type: "unknown", hint: `did you mean ${near}?` };
  return meaning.type === "unknown" ? meaning : { type: "unknown", hint: "it has no values here" };
}

/** What the values of an intrinsic are. */
export type IntrinsicType = "string" | "duration" | "number" | "kind" | "status";

export const INTRINSIC_TYPES: Readonly<Record<QueryIntrinsic, IntrinsicType>> = {
  name: "string",
  kind: "kind",
  status: "status",
  statusMessage: "string",
  duration: "duration",
  rootName: "string",
  rootServiceName: "string",
  traceDuration: "duration",
  nestedSetParent: "number",
  nestedSetLeft: "number",
  nestedSetRight: "number",
  "span:childCount": "number",
  "trace:id": "string",
  "span:id": "string",
  "span:parentID": "string",
  "event:name": "string",
  "event:timeSinceStart": "duration",
  "link:traceID": "string",
  "link:spanID": "string",
  "instrumentation:name": "string",
  "instrumentation:version": "string",
};
