import { isSeq } from "yaml";
import { suggestName } from "../model/nearest-name.ts";
import { defineSchedule, type ScheduleFault, type ScheduleText } from "../slo/define-correction.ts";
import { isSelected, type Correction, type CorrectionSelector } from "../slo/correction.ts";
import type { Slo } from "../slo/slo.ts";
import { readItems, readMapping, reportMissing, requireField, type Fields } from "./fields.ts";
import { location, report, type Place } from "./place.ts";
import { readBoolean, readFilledText } from "./scalars.ts";
import { readSpecFields, type RegistryEntry, type SpecObject } from "./spec-object.ts";

const SCHEDULE_FIELDS = ["start", "end", "duration", "rrule", "timeZone"] as const;
const SELECTOR_FIELDS = ["slos", "services", "labels"];
const CORRECTION_FIELDS = ["reason", "author", "mutes", ...SELECTOR_FIELDS, ...SCHEDULE_FIELDS];

/** Reads a Correction: time that leaves the counts of some SLOs. */
export function readCorrection(object: SpecObject): Correction | undefined {
  const spec = readSpecFields(object, CORRECTION_FIELDS);
  if (spec === undefined) return undefined;
  const reason = requireText(spec, "reason", "write why: people will read it beside the budget");
  const author = requireText(spec, "author", "write who answers for it");
  const selects = readSelector(spec);
  const schedule = readSchedule(spec);
  if (reason === undefined || author === undefined || selects === undefined || schedule === undefined)
    return undefined;
  const { name, displayName } = object.metadata;
  const mutes = spec.get("mutes");
  return {
    id: `file:${name}`,
    name: displayName,
    reason,
    author,
    selects,
    schedule,
    ...(mutes !== undefined && readBoolean(mutes) === true ? { mutes: true } : {}),
    origin: { kind: "file", location: location(object.self) },
  };
}

/** One that fits no SLO corrects nothing, which may be a slip or a plan. */
export function warnSelectsNothing({ object, value }: RegistryEntry<Correction>, slos: readonly Slo[]): void {
  if (value === undefined || slos.some((slo) => isSelected(value.selects, slo))) return;
  const spec = object.fields.get("spec");
  const fields = spec && readMapping(spec);
  const [field = "slos"] = SELECTOR_FIELDS.filter((name) => fields?.get(name) !== undefined);
  const names = slos.map(({ name }) => name);
  const [only] = value.selects.slos.length === 1 ? value.selects.slos : [];
  report(
    fields?.key(field) ?? object.self,
    "warning",
    "no SLO here fits, so nothing is corrected",
    only === undefined || names.length === 0 ? "check slos, services and labels" : suggestName(only, names),
  );
}

function requireText(spec: Fields, name: string, hint: string): string | undefined {
  const place = requireField(spec, name, hint);
  return place && readFilledText(place)?.trim();
}

function readSelector(spec: Fields): CorrectionSelector | undefined {
  const slos = readPatterns(spec.get("slos"));
  const services = readPatterns(spec.get("services"));
  const labels = readLabels(spec.get("labels"));
  if (slos === undefined || services === undefined || labels === undefined) return undefined;
  if (slos.length + services.length + Object.keys(labels).length === 0) {
    reportMissing(spec, "slos", 'write slos, services or labels; slos: ["*"] means all of them');
    return undefined;
  }
  return { slos, services, labels };
}

/** A list of texts, or one alone. */
function readPatterns(place: Place | undefined): readonly string[] | undefined {
  if (place === undefined) return [];
  const items = isSeq(place.node) ? readItems(place) : [place];
  const texts = (items ?? []).map((item) => readFilledText(item)?.trim());
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

function readLabels(place: Place | undefined): Readonly<Record<string, string>> | undefined {
  if (place === undefined) return {};
  const fields = readMapping(place);
  if (fields === undefined) return undefined;
  const labels = fields.names.map((name) => {
    const value = requireField(fields, name, 'write the value of the label; "*" means any');
    return [name, value && readFilledText(value)] as const;
  });
  if (labels.some(([, text]) => text === undefined)) return undefined;
  return Object.fromEntries(labels) as Record<string, string>;
}

function readSchedule(spec: Fields): Correction["schedule"] | undefined {
  const texts: { -readonly [Name in keyof ScheduleText]?: ScheduleText[Name] } = {};
  let isReadable = requireField(spec, "start", "write start: 2026-01-31T22:00:00Z") !== undefined;
  for (const name of SCHEDULE_FIELDS) {
    const place = spec.get(name);
    if (place === undefined) continue;
    const text = readFilledText(place);
    if (text === undefined) isReadable = false;
    else texts[name] = text;
  }
  if (!isReadable) return undefined;
  const defined = defineSchedule({ ...texts, start: texts.start ?? "" });
  if (defined.ok) return defined.schedule;
  for (const fault of defined.faults) reportFault(spec, fault);
  return undefined;
}

function reportFault(spec: Fields, { field, message, hint }: ScheduleFault): void {
  const place = spec.get(field);
  if (place === undefined) reportMissing(spec, field, hint);
  else report(place, "error", message, hint);
}
