import type { LowTrafficGate } from "../slo/low-traffic.ts";
import type { Metadata } from "./metadata.ts";
import { suggestName } from "../model/nearest-name.ts";
import { isGroupAnnotation } from "./read-group-by.ts";
import { report, type Place } from "./place.ts";
import { isPresetAnnotation } from "./preset/preset-parameters.ts";

/** What OpenSLO cannot say and annotations do. */
export interface SloAnnotations {
  readonly owner: string | undefined;
  readonly runbookUrl: string | undefined;
  readonly minEvents: number;
  /** Left out where the default counts. */
  readonly lowTrafficGate?: LowTrafficGate | null;
}

const PREFIX = "noroshi.dev/";
const KNOWN = [
  "preset",
  "owner",
  "runbook",
  "min-events",
  "low-traffic-confidence",
  "alert-tiers",
  "no-data",
  "group-by",
  "group-limit",
  "group-alerts",
];

/** Reads the annotations with our prefix; others are none of our business. */
export function readSloAnnotations(metadata: Metadata): SloAnnotations {
  let owner: string | undefined;
  let runbookUrl: string | undefined;
  let minEvents = 1;
  let gate: LowTrafficGate | null | undefined;
  for (const [name, { key, value }] of metadata.annotationPlaces) {
    if (!name.startsWith(PREFIX)) continue;
    const text = metadata.annotations[name] ?? "";
    const own = name.slice(PREFIX.length);
    if (own === "owner") owner = text.trim() === "" ? undefined : text.trim();
    else if (own === "runbook") runbookUrl = readUrl(text, value);
    else if (own === "min-events") minEvents = readPositiveWhole(text, value) ?? 1;
    else if (own === "low-traffic-confidence") gate = readGate(text, value);
    // readAlertTiers reads it, with the target and the window.
    else if (own === "alert-tiers") continue;
    // readNoData reads it, with the method.
    else if (own === "no-data") continue;
    // readPreset reads them, and says what is wrong with them.
    else if (isPresetAnnotation(name)) continue;
    // readGroupBy reads them, with the indicator.
    else if (isGroupAnnotation(name)) continue;
    else report(key, "warning", `${name} is not an annotation of ours`, suggestAnnotation(own));
  }
  return { owner, runbookUrl, minEvents, ...(gate === undefined ? {} : { lowTrafficGate: gate }) };
}

/** On anything but an SLO our annotations do nothing, which is worth saying. */
export function warnAnnotationsWithoutEffect(metadata: Metadata, kind: string): void {
  for (const [name, { key }] of metadata.annotationPlaces) {
    if (!name.startsWith(PREFIX)) continue;
    report(key, "warning", `${name} has no effect on a ${kind}`, "write it in the metadata of the SLO");
  }
}

function suggestAnnotation(own: string): string {
  return suggestName(own, KNOWN).replace(/"(.*)"/, `"${PREFIX}$1"`);
}

function readUrl(text: string, place: Place): string | undefined {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url !== undefined && (url.protocol === "https:" || url.protocol === "http:")) return text.trim();
  report(
    place,
    "error",
    `"${text}" is not a web address`,
    "write the whole address, e.g. https://runbooks.example/payment",
  );
  return undefined;
}

function readPositiveWhole(text: string, place: Place): number | undefined {
  const value = Number(text.trim());
  if (/^[1-9]\d*$/.test(text.trim()) && Number.isSafeInteger(value)) return value;
  report(
    place,
    "error",
    `"${text}" is not a number of events`,
    'write a whole number of at least 1, e.g. "100"',
  );
  return undefined;
}

/** A confidence such as `0.95`, which then counts however many events are bad; or `off`. */
function readGate(text: string, place: Place): LowTrafficGate | null | undefined {
  const written = text.trim();
  if (written === "off") return null;
  const confidence = /^0?\.\d+$/.test(written) ? Number(written) : 0;
  if (confidence >= 0.5 && confidence < 1) return { confidence, badEventsBelow: Number.POSITIVE_INFINITY };
  const percent = /^(\d{2}(?:\.\d+)?)\s*%?$/.exec(written)?.[1];
  const share = percent === undefined ? 0.95 : Number((Number(percent) / 100).toPrecision(15));
  const hint = `write "${share >= 0.5 ? share : 0.95}", or "off"`;
  report(place, "error", `"${text}" is not a confidence: at least 0.5 and below 1`, hint);
  return undefined;
}
