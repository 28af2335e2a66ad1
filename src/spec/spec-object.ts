import { isScalar } from "yaml";
import { describe, readFields, requireField, type Fields } from "./fields.ts";
import { readMetadata, type Metadata } from "./metadata.ts";
import { suggestName } from "../model/nearest-name.ts";
import { location, report, type Place } from "./place.ts";
import { readText } from "./scalars.ts";
import type { OpenSloKind } from "./document-kind.ts";
import type { SourceLocation } from "../slo/slo.ts";

/** A document, or the same thing written inline: its metadata is read, its spec is not. */
export interface SpecObject {
  readonly kind: OpenSloKind;
  readonly self: Place;
  readonly metadata: Metadata;
  readonly fields: Fields;
  /** Nothing so far is wrong with it: neither its metadata nor its outer fields, and no field is written twice. */
  readonly sound: boolean;
}

const OBJECT_FIELDS = ["apiVersion", "kind", "metadata", "spec"];

/** Reads what all kinds have. Undefined, and reported, when it is no mapping. */
export function readObject(
  place: Place,
  kind: OpenSloKind,
  alsoAllowed: readonly string[] = [],
): SpecObject | undefined {
  const { sink, duplicateOffsets } = place.document;
  const errorsBefore = sink.errorCount();
  const fields = readFields(place, [...OBJECT_FIELDS, ...alsoAllowed]);
  if (fields === undefined) return undefined;
  const kindPlace = fields.get("kind");
  const written = kindPlace === undefined ? kind : readText(kindPlace);
  if (kindPlace !== undefined && written !== undefined && written !== kind) {
    report(kindPlace, "error", `expected kind ${kind}, found ${written}`, `write kind: ${kind}`);
  }
  const metadata = readMetadata(fields);
  const [start, end] = place.node?.range ?? [0, 0];
  const ambiguous = duplicateOffsets.some((offset) => offset >= start && offset < end);
  return { kind, self: place, metadata, fields, sound: !ambiguous && sink.errorCount() === errorsBefore };
}

/** The fields of `spec`. */
export function readSpecFields(object: SpecObject, known: readonly string[]): Fields | undefined {
  const place = requireField(object.fields, "spec", `write spec: with ${known.join(", ")} below`);
  return place === undefined ? undefined : readFields(place, known);
}

/** Objects of one kind by name. */
export interface Registry<T> {
  readonly kind: OpenSloKind;
  readonly entries: ReadonlyMap<string, RegistryEntry<T>>;
  /** False where each document is judged by itself: what a reference leads to is not asked for. */
  readonly resolves: boolean;
}

export interface RegistryEntry<T> {
  readonly object: SpecObject;
  /** Undefined when it has errors of its own. */
  readonly value: T | undefined;
}

/**
 * What a reference names. Reports names that nothing has, and objects that have errors; unless documents are judged by
 * themselves, which gives undefined.
 */
export function resolveReference<T>(reference: Place, registry: Registry<T>): T | undefined {
  const name = readText(reference);
  if (name === undefined || !registry.resolves) return undefined;
  const entry = registry.entries.get(name);
  if (entry === undefined) {
    const names = [...registry.entries.keys()];
    const hint =
      names.length === 0
        ? `add a document of kind ${registry.kind} with this name`
        : suggestName(name, names);
    report(reference, "error", `there is no ${registry.kind} named "${name}"`, hint);
    return undefined;
  }
  if (entry.value === undefined) reportBroken(reference, registry.kind, name, location(entry.object.self));
  return entry.value;
}

function reportBroken(reference: Place, kind: string, name: string, at: SourceLocation): void {
  const where = `${at.file}:${at.line}`;
  report(reference, "error", `${kind} "${name}" has errors of its own`, `mend ${where} first`);
}

/** Reads an object that is written inline or named by a reference such as `conditionRef: name`. */
export function readInlineOrReference<T>(
  place: Place,
  referenceField: string,
  registry: Registry<T>,
  readInline: (object: SpecObject) => T | undefined,
): T | undefined {
  if (isScalar(place.node) && typeof place.node.value === "string") {
    const hint = `write ${referenceField}: ${place.node.value}`;
    report(place, "error", `expected a mapping, found ${describe(place)}`, hint);
    return undefined;
  }
  const fields = readFields(place, [...OBJECT_FIELDS, referenceField]);
  if (fields === undefined) return undefined;
  const reference = fields.get(referenceField);
  if (reference === undefined) {
    const object = readObject(place, registry.kind, [referenceField]);
    return object === undefined ? undefined : readInline(object);
  }
  if (fields.get("spec") !== undefined || fields.get("metadata") !== undefined) {
    report(
      fields.key(referenceField),
      "error",
      `${referenceField} stands beside an inline ${registry.kind}`,
      "keep the reference or the inline object, not both",
    );
  }
  return resolveReference(reference, registry);
}
