import { isScalar } from "yaml";
import { suggestName } from "../../model/nearest-name.ts";
import { readMapping, type Fields } from "../fields.ts";
import type { Place } from "../place.ts";
import { readText } from "../scalars.ts";
import type { LossList } from "./loss.ts";

/** Reads a mapping whose unknown fields the dialect's own tool passes over: they are worth a warning. */
export function readLenientFields(
  place: Place,
  known: readonly string[],
  tool: string,
  losses: LossList,
): Fields | undefined {
  const fields = readMapping(place);
  if (fields === undefined) return undefined;
  for (const name of fields.names) {
    if (known.includes(name)) continue;
    losses.warn(
      fields.key(name),
      `unknown field "${name}": ${tool} passes over it`,
      suggestName(name, known),
    );
  }
  return fields;
}

/** A mapping of texts. Numbers and booleans are taken as they are written, as the dialects' own tools take them. */
export function readTexts(place: Place | undefined): Readonly<Record<string, string>> {
  const fields = place && readMapping(place);
  const texts = new Map<string, string>();
  for (const name of fields?.names ?? []) {
    const value = fields!.get(name);
    if (value === undefined) texts.set(name, "");
    else if (isScalar(value.node) && typeof value.node.value !== "string")
      texts.set(name, value.node.source ?? String(value.node.value));
    else texts.set(name, readText(value) ?? "");
  }
  return Object.fromEntries(texts);
}
