import {
  DEFAULT_GROUP_LIMIT,
  GROUP_ALERTS,
  MOST_GROUPS,
  MOST_GROUP_KEYS,
  type GroupBy,
} from "../slo/group-by.ts";
import type { SloIndicator } from "../slo/indicator.ts";
import { parseGroupField } from "../traceql/group-field.ts";
import { printField } from "../traceql/print-filter.ts";
import { nearestName } from "../model/nearest-name.ts";
import type { Metadata } from "./metadata.ts";
import { report, type Place } from "./place.ts";

export const GROUP_BY = "noroshi.dev/group-by";
const GROUP_LIMIT = "noroshi.dev/group-limit";
export const GROUP_ALERTS_ANNOTATION = "noroshi.dev/group-alerts";

/** Annotations that `readGroupBy` reads. */
export function isGroupAnnotation(name: string): boolean {
  return [GROUP_BY, GROUP_LIMIT, GROUP_ALERTS_ANNOTATION].includes(name);
}

/** Reads `noroshi.dev/group-by` and its companions. Undefined where there is none, or it is wrong, which is reported. */
export function readGroupBy(metadata: Metadata, source: SloIndicator["source"]): GroupBy | undefined {
  const { annotations, annotationPlaces } = metadata;
  const places = annotationPlaces.get(GROUP_BY);
  const limit = readLimit(annotations[GROUP_LIMIT], annotationPlaces.get(GROUP_LIMIT)?.value);
  const alerts = readAlerts(
    annotations[GROUP_ALERTS_ANNOTATION],
    annotationPlaces.get(GROUP_ALERTS_ANNOTATION)?.value,
  );
  if (places === undefined) {
    for (const name of [GROUP_LIMIT, GROUP_ALERTS_ANNOTATION]) {
      const own = annotationPlaces.get(name);
      if (own !== undefined)
        report(own.key, "warning", `${name} has no effect without ${GROUP_BY}`, `write ${GROUP_BY} too`);
    }
    return undefined;
  }
  if (source === "composite") {
    const hint = "group the SLOs that it is composed of";
    report(places.key, "error", "an SLO composed of several cannot be grouped", hint);
    return undefined;
  }
  const keys = readKeys(annotations[GROUP_BY] ?? "", places.value, source);
  return keys && limit !== undefined && alerts !== undefined ? { keys, limit, alerts } : undefined;
}

function readKeys(text: string, place: Place, source: "traces" | "metrics"): readonly string[] | undefined {
  const written = text.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g)?.map((key) => key.trim()) ?? [];
  const keys = written.filter((key) => key !== "");
  const example = source === "traces" ? '"span.http.route, resource.cloud.region"' : '"route, region"';
  if (keys.length === 0) {
    report(place, "error", "nothing to group by", `write e.g. ${GROUP_BY}: ${example}`);
    return undefined;
  }
  if (keys.length > MOST_GROUP_KEYS) {
    const problem = `${keys.length} keys; ${MOST_GROUP_KEYS} is the most`;
    report(place, "error", problem, "every key multiplies the groups: keep those that people act on");
    return undefined;
  }
  const read = keys.map((key) => (source === "traces" ? readField(key, place) : readLabel(key, place)));
  if (read.includes(undefined)) return undefined;
  const canonical = read.map((key) => key!);
  const twice = canonical.find((key, i) => canonical.indexOf(key) < i);
  if (twice !== undefined) {
    report(place, "error", `${twice} is there twice`, "write it once");
    return undefined;
  }
  for (const key of canonical) warnOfManyValues(key, place);
  return canonical;
}

function readField(key: string, place: Place): string | undefined {
  const field = parseGroupField(key);
  if (field !== undefined) return printField(field);
  const isDuration = /^(span:)?duration$/.test(key);
  const problem = isDuration ? "every span has a duration of its own" : `"${key}" is not a field of spans`;
  const plain = /^[\w.-]+$/.test(key) && !isDuration ? key : undefined;
  const hint =
    plain === undefined
      ? "write an attribute such as span.http.route or resource.cloud.region, or name, kind, status"
      : `write span.${plain}, resource.${plain}, or .${plain} for whichever has it`;
  report(place, "error", problem, hint);
  return undefined;
}

function readLabel(key: string, place: Place): string | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(key)?.[1]?.replaceAll(/\\(.)/g, "$1");
  const label = quoted ?? key;
  if (label === "__name__" || label === "le" || label === "quantile") {
    const hint = "group by a label that tells routes, regions, versions … apart";
    report(place, "error", `${label} is no label to group by`, hint);
    return undefined;
  }
  if (label !== "" && (quoted !== undefined || /^[A-Za-z_][A-Za-z0-9_]*$/.test(label))) return label;
  const attribute = /^(?:span|resource)?\.(.+)$/.exec(key)?.[1];
  const hint =
    attribute === undefined
      ? "write names of labels, separated by commas"
      : `metrics have labels: write ${attribute.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
  report(place, "error", `"${key}" is not the name of a label`, hint);
  return undefined;
}

/** Names of what differs from request to request, or from user to user. */
const MANY_VALUES =
  /(^|[._-])(trace|span|user|enduser|session|request|correlation|message|order|customer|account|transaction|client|job|thread|process|event|invocation|faas\.invocation)[._-]?id$|(^|[._-])(uuid|guid|email|ip|pid)$|(^|\.)(enduser\.id|url\.full|url\.path|url\.query|http\.url|http\.target|client\.address|client\.port|network\.peer\.(address|port)|db\.(statement|query\.text))$/i;

function warnOfManyValues(key: string, place: Place): void {
  const name = key.replace(/^(span|resource)?\./, "");
  if (!MANY_VALUES.test(name)) return;
  report(
    place,
    "warning",
    `${key} looks like something with a value for each request or user: only the groups with the most events get a budget`,
    "group by what has few values, as span.http.route, a region or a version",
  );
}

function readLimit(text: string | undefined, place: Place | undefined): number | undefined {
  if (text === undefined || place === undefined) return DEFAULT_GROUP_LIMIT;
  const limit = Number(text.trim());
  if (/^[1-9]\d{0,8}$/.test(text.trim()) && limit <= MOST_GROUPS) return limit;
  const isTooLarge = /^\d+$/.test(text.trim()) && limit > MOST_GROUPS;
  const problem = isTooLarge
    ? `${text.trim()} groups; ${MOST_GROUPS} is the most`
    : `"${text}" is not a number of groups`;
  const hint = isTooLarge ? `write "${MOST_GROUPS}"` : `write a whole number, e.g. "${DEFAULT_GROUP_LIMIT}"`;
  report(place, "error", problem, hint);
  return undefined;
}

function readAlerts(text: string | undefined, place: Place | undefined): GroupBy["alerts"] | undefined {
  if (text === undefined || place === undefined) return "rolled-up";
  const alerts = GROUP_ALERTS.find((known) => known === text.trim());
  if (alerts !== undefined) return alerts;
  const near = nearestName(text.trim(), [...GROUP_ALERTS]);
  const hint = `write ${near ?? "each, or rolled-up"}`;
  report(place, "error", `"${text}" does not say what alerts`, hint);
  return undefined;
}
