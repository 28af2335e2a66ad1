import type { DurationMs } from "../../model/time.ts";
import { NO_ALERT_TIERS, printAlertTiers } from "../alert-tiers.ts";
import { readFields, readMapping, requireField, type Fields } from "../fields.ts";
import { report, type Place } from "../place.ts";
import { readBoolean, readDescription, readFilledText } from "../scalars.ts";
import { readPeriod } from "./alert-windows.ts";
import { dialectName } from "./dialect-name.ts";
import { dialectSlo, type DialectSlo } from "./dialect-slo.ts";
import { targetOfPercent } from "./dialect-target.ts";
import { readTexts } from "./lenient-fields.ts";
import { createLossList, type LossList } from "./loss.ts";
import { GROUP_ALERTS_ANNOTATION, GROUP_BY } from "../read-group-by.ts";
import { pyrraTiers } from "./pyrra-tiers.ts";
import { readPyrraIndicator } from "./read-pyrra-indicator.ts";

const PREFIX = "pyrra.dev/";
const SPEC_FIELDS = [
  "description",
  "target",
  "window",
  "indicator",
  "alerting",
  "partial_response_strategy",
  "performance_over_accuracy",
];

/** Reads a `ServiceLevelObjective` of Pyrra. */
export function readPyrra(root: Place): DialectSlo | undefined {
  const errorsBefore = root.document.sink.errorCount();
  const losses = createLossList();
  const fields = readFields(root, ["apiVersion", "kind", "metadata", "spec", "status"]);
  if (fields === undefined) return undefined;
  const metadata = readMeta(fields, losses);
  const specPlace = requireField(fields, "spec", "write spec: {target: …, window: …, indicator: …}");
  const spec = specPlace && readFields(specPlace, SPEC_FIELDS);
  if (spec === undefined) return undefined;
  const targetPlace = requireField(spec, "target", 'write target: "99.9"');
  const target = targetPlace && readTarget(targetPlace);
  const windowMs = readPeriod(spec, "window", "4w");
  const indicatorPlace = requireField(spec, "indicator", "write indicator: {ratio: …}");
  const read = indicatorPlace && readPyrraIndicator(indicatorPlace);
  for (const name of ["partial_response_strategy", "performance_over_accuracy"]) {
    if (spec.get(name) !== undefined) losses.add(spec.key(name), "is about the rules that Pyrra writes");
  }
  const alertTiers = readAlerting(spec, windowMs, losses);
  return dialectSlo({
    self: root,
    fields,
    ...metadata,
    annotations: { ...groupAnnotations(read?.grouping?.labels ?? []), ...metadata.annotations },
    annotationPlaces: new Map(read?.grouping ? [[GROUP_BY, read.grouping.place]] : []),
    description: readDescription(spec.get("description")),
    alertTiers,
    target: target === undefined ? undefined : { target, place: targetPlace! },
    windowMs,
    indicator: read?.indicator,
    errorsBefore,
    losses: losses.losses,
  });
}

/** Each group of Pyrra's has the alerts of the SLO. */
function groupAnnotations(grouping: readonly string[]): Readonly<Record<string, string>> {
  if (grouping.length === 0) return {};
  const keys = grouping.map((label) => (/^[A-Za-z_]\w*$/.test(label) ? label : JSON.stringify(label)));
  return { [GROUP_BY]: keys.join(", "), [GROUP_ALERTS_ANNOTATION]: "each" };
}

interface PyrraMetadata {
  readonly name: string;
  readonly namePlace: Place;
  readonly displayName: string;
  /** Pyrra has no services: the label `pyrra.dev/service`, else the name. */
  readonly service: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function readMeta(root: Fields, losses: LossList): PyrraMetadata {
  const place = requireField(root, "metadata", "write metadata: {name: my-slo}");
  const fields = place && readMapping(place);
  const namePlace = fields && requireField(fields, "name", "write name: my-slo");
  const written = namePlace && readFilledText(namePlace);
  const labels = propagated(fields, "labels", losses);
  const annotations = propagated(fields, "annotations", losses);
  for (const name of fields?.names ?? []) {
    if (["name", "labels", "annotations"].includes(name) || fields!.get(name) === undefined) continue;
    losses.add(fields!.key(name), "says where the resource lives in the cluster");
  }
  return {
    name: written === undefined ? "" : dialectName(written, namePlace!),
    namePlace: namePlace ?? root.self,
    displayName: written ?? "",
    service: labels["service"] ?? written,
    labels,
    annotations,
  };
}

/** What begins with `pyrra.dev/` goes on, without that; what begins with our prefix stays as it is. */
function propagated(
  metadata: Fields | undefined,
  name: "labels" | "annotations",
  losses: LossList,
): Readonly<Record<string, string>> {
  const place = metadata?.get(name);
  const fields = place && readMapping(place);
  const kept = new Map<string, string>();
  for (const [key, value] of Object.entries(readTexts(place))) {
    if (key.startsWith(PREFIX)) kept.set(key.slice(PREFIX.length), value);
    else if (name === "annotations" && key.startsWith("noroshi.dev/")) kept.set(key, value);
    else losses.add(fields!.key(key), `only ${name} that begin with ${PREFIX} are about the SLO`);
  }
  return Object.fromEntries(kept);
}

function readTarget(place: Place): number | undefined {
  const text = readFilledText(place);
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text.trim())) return targetOfPercent(Number(text), place);
  report(place, "error", `"${text}" is not a percentage`, 'write e.g. target: "99.9"');
  return undefined;
}

/** The annotation that stands for `alerting`; undefined where the window is not known. */
function readAlerting(spec: Fields, windowMs: DurationMs | undefined, losses: LossList): string | undefined {
  const place = spec.get("alerting");
  const known = ["disabled", "burnrates", "absent", "name", "absentName", "severities"];
  const fields = place && readFields(place, known);
  const flag = (name: string): boolean | undefined => {
    const value = fields?.get(name);
    return value && readBoolean(value);
  };
  const disabled = flag("disabled") === true || flag("burnrates") === false;
  const absent = flag("absent");
  for (const name of ["name", "absentName"]) {
    if (fields?.get(name) !== undefined)
      losses.add(fields.key(name), "alerts are called after their SLO and their tier");
  }
  if (fields?.get("severities") !== undefined) {
    const hint = "leave it out: the two fast alerts go to PagerDuty, the two slow ones to Slack";
    losses.warn(fields.key("severities"), "severities have no effect", hint);
  }
  if (absent === true) {
    const hint = "leave it out: missing data is shown as its own state";
    losses.warn(fields!.key("absent"), "nothing alerts when the metric is absent", hint);
  }
  if (disabled) return NO_ALERT_TIERS;
  return windowMs === undefined ? undefined : printAlertTiers(pyrraTiers(windowMs));
}
