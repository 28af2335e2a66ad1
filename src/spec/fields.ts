import { isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { nearestName, suggestName } from "../model/nearest-name.ts";
import { childPath, isEmpty, placeOf, report, type Place } from "./place.ts";

/** The fields of a mapping. */
export interface Fields {
  readonly self: Place;
  readonly names: readonly string[];
  /** The value of a field; undefined when it is absent or empty. */
  get(name: string): Place | undefined;
  /** Where the field's name is written; the mapping itself when it is absent. */
  key(name: string): Place;
  /** Fields that are not there because another has been reported as what was meant to be them. */
  readonly misspelt: ReadonlySet<string>;
}

/** How deep `<<` may lead through other mappings. */
const MERGE_DEPTH = 8;

interface Entry {
  readonly key: Place;
  readonly value: Place;
}

/** Reads a mapping whose field names are free (labels, annotations). Reports what is not a mapping. */
export function readMapping(place: Place): Fields | undefined {
  if (!isMap(place.node)) {
    report(
      place,
      "error",
      `expected a mapping, found ${describe(place)}`,
      "write `field: value` lines, indented below",
    );
    return undefined;
  }
  const entries = new Map<string, Entry>();
  collectEntries(place, place.node, entries, 0);
  return {
    self: place,
    names: [...entries.keys()],
    get(name) {
      const value = entries.get(name)?.value;
      return value === undefined || isEmpty(value) ? undefined : value;
    },
    key: (name) => entries.get(name)?.key ?? place,
    misspelt: new Set(),
  };
}

/** Reads a mapping with these fields alone; others are errors, with the name that was probably meant. */
export function readFields(place: Place, known: readonly string[]): Fields | undefined {
  const fields = readMapping(place);
  if (fields === undefined) return undefined;
  const misspelt = new Set<string>();
  const strangers: string[] = [];
  for (const name of fields.names) {
    if (known.includes(name)) continue;
    const absent = known.filter((candidate) => fields.get(candidate) === undefined);
    const near = nearestName(name, absent);
    if (near === undefined) strangers.push(name);
    else {
      misspelt.add(near);
      report(fields.key(name), "error", `unknown field "${name}"`, suggestName(name, absent));
    }
  }
  const specIsMissing = known.includes("spec") && fields.get("spec") === undefined && !misspelt.has("spec");
  if (strangers.length > 0 && specIsMissing) {
    misspelt.add("spec");
    const names = strangers.join(", ");
    const hint = `write spec: here, and ${names} below it, indented`;
    report(fields.key(strangers[0]!), "error", `spec: is missing above ${names}`, hint);
  } else {
    for (const name of strangers) {
      report(fields.key(name), "error", `unknown field "${name}"`, suggestName(name, known));
    }
  }
  return { ...fields, misspelt };
}

/** The value of a field that has to be there; reports its absence with what to write. */
export function requireField(fields: Fields, name: string, hint: string): Place | undefined {
  const value = fields.get(name);
  if (value === undefined) reportMissing(fields, name, hint);
  return value;
}

/** Reports that a field is not there, or has no value; unless its name is misspelt, which has been reported. */
export function reportMissing(fields: Fields, name: string, hint: string): void {
  if (fields.misspelt.has(name)) return;
  const place = { ...fields.key(name), path: childPath(fields.self.path, name) };
  report(place, "error", `${name} is missing`, hint);
}

/** The items of a list. */
export function readItems(place: Place): readonly Place[] | undefined {
  if (!isSeq(place.node)) {
    const hint = isMap(place.node)
      ? "write `- ` before the first field, and indent the others as far as it"
      : "write one `- ` line for each item";
    report(place, "error", `expected a list, found ${describe(place)}`, hint);
    return undefined;
  }
  return place.node.items.map((item, index) =>
    placeOf(place.document, item, childPath(place.path, index), place.offset),
  );
}

/** What is written there, for messages: `a list`, `the number 3`, `the text "x"`. */
export function describe(place: Place): string {
  if (isMap(place.node)) return "a mapping";
  if (isSeq(place.node)) return "a list";
  const value = isScalar(place.node) ? place.node.value : null;
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return `the text ${JSON.stringify(shorten(value))}`;
  if (typeof value === "number" || typeof value === "bigint") return `the number ${value}`;
  return typeof value === "boolean" ? `the boolean ${value}` : "a value of another type";
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

function collectEntries(place: Place, map: YAMLMap, into: Map<string, Entry>, depth: number): void {
  const merged: Place[] = [];
  for (const pair of map.items) {
    const keyPlace = placeOf(place.document, pair.key, place.path, place.offset);
    const name = isScalar(keyPlace.node) ? String(keyPlace.node.value) : undefined;
    if (name === undefined) {
      report(keyPlace, "error", "a field name must be plain text", "write `name: value`");
      continue;
    }
    const path = childPath(place.path, name);
    const value = placeOf(place.document, pair.value, path, keyPlace.offset);
    if (name === "<<") merged.push(value);
    // Of repeated names the first counts; the parser has reported the second.
    else if (!into.has(name)) into.set(name, { key: { ...keyPlace, path }, value });
  }
  // `<<` comes last: what is written beside it takes precedence.
  for (const source of merged) mergeEntries(place, source, into, depth);
}

function mergeEntries(place: Place, source: Place, into: Map<string, Entry>, depth: number): void {
  const sources = isSeq(source.node) ? (readItems(source) ?? []) : [source];
  for (const item of sources) {
    if (isMap(item.node) && depth < MERGE_DEPTH) {
      collectEntries({ ...item, path: place.path }, item.node, into, depth + 1);
    } else {
      report(item, "error", "`<<` takes a mapping", "write `<<: *anchor` where the anchor names a mapping");
    }
  }
}
