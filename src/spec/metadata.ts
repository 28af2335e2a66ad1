import { isScalar, isSeq } from "yaml";
import { readFields, readItems, readMapping, requireField, type Fields } from "./fields.ts";
import { report, type Place } from "./place.ts";
import { readFilledText, readText } from "./scalars.ts";

export interface Metadata {
  /** "" when there is no usable one, which has been reported. */
  readonly name: string;
  /** Where the name is written, or should be. */
  readonly namePlace: Place;
  /** The name where no display name is given. */
  readonly displayName: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where each annotation's key and value are written. */
  readonly annotationPlaces: ReadonlyMap<string, { readonly key: Place; readonly value: Place }>;
}

const METADATA_FIELDS = ["name", "displayName", "labels", "annotations"];
/** Longest name of an object. */
export const NAME_CHARACTERS = 63;

/**
 * Reads `metadata` of a document or of an inline object. Without a usable name it still gives the rest, so that the
 * errors further down are found in the same run.
 */
export function readMetadata(parent: Fields): Metadata {
  const place = requireField(parent, "metadata", "write metadata: {name: my-name}");
  const fields = place === undefined ? undefined : readFields(place, METADATA_FIELDS);
  const displayName = fields?.get("displayName");
  const shown = displayName === undefined ? undefined : readText(displayName);
  const labels = readLabels(fields?.get("labels"));
  const { annotations, annotationPlaces } = readAnnotations(fields?.get("annotations"));
  const namePlace = fields && requireField(fields, "name", "write name: my-name (lower case, digits and -)");
  const name = (namePlace && readObjectName(namePlace)) ?? "";
  return {
    name,
    namePlace: namePlace ?? parent.self,
    displayName: shown === undefined || shown.trim() === "" ? name : shown,
    labels,
    annotations,
    annotationPlaces,
  };
}

/** A name as RFC 1123 has it: lower-case letters, digits and `-`, at most 63 characters. */
function readObjectName(place: Place): string | undefined {
  const name = readFilledText(place);
  if (name === undefined) return undefined;
  if (name.length <= NAME_CHARACTERS && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return name;
  const problem =
    name.length > NAME_CHARACTERS
      ? `the name has ${name.length} characters; ${NAME_CHARACTERS} is the most`
      : `"${name}" is not a name: only a-z, 0-9 and "-" are allowed, with a letter or digit at both ends`;
  const repaired = nearbyName(name).slice(0, NAME_CHARACTERS).replace(/-+$/, "");
  report(place, "error", problem, `write ${repaired === "" ? "my-name" : repaired}`);
  return undefined;
}

/** The text with only what may be in a name, however long. */
export function nearbyName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

function readLabels(place: Place | undefined): Metadata["labels"] {
  const labels = new Map<string, readonly string[]>();
  const fields = place === undefined ? undefined : readMapping(place);
  for (const name of fields?.names ?? []) {
    const value = fields!.get(name);
    if (value === undefined) labels.set(name, []);
    else if (!isSeq(value.node)) labels.set(name, [readText(value) ?? ""]);
    else
      labels.set(
        name,
        (readItems(value) ?? []).flatMap((item) => readText(item) ?? []),
      );
  }
  return Object.fromEntries(labels);
}

function readAnnotations(place: Place | undefined): Pick<Metadata, "annotations" | "annotationPlaces"> {
  const annotations = new Map<string, string>();
  const annotationPlaces = new Map<string, { key: Place; value: Place }>();
  const fields = place === undefined ? undefined : readMapping(place);
  for (const name of fields?.names ?? []) {
    const value = fields!.get(name);
    const text = value === undefined ? "" : readAnnotation(value);
    if (text === undefined) continue;
    annotations.set(name, text);
    annotationPlaces.set(name, { key: fields!.key(name), value: value ?? fields!.key(name) });
  }
  return { annotations: Object.fromEntries(annotations), annotationPlaces };
}

/** Annotations are texts; a bare number or boolean is taken as it is written, for everybody writes one some day. */
function readAnnotation(place: Place): string | undefined {
  const value: unknown = isScalar(place.node) ? place.node.value : undefined;
  if (typeof value !== "number" && typeof value !== "boolean") return readText(place);
  const written = isScalar(place.node) ? (place.node.source ?? String(value)) : String(value);
  report(place, "warning", "annotations are texts", `write it in quotes: "${written}"`);
  return written;
}
