import { nearestName, suggestName } from "../../model/nearest-name.ts";
import type { Metadata } from "../metadata.ts";
import { report, type Place } from "../place.ts";
import { GRPC_FAMILIES, HTTP_FAMILIES, LAG_FAMILIES } from "./metric-families.ts";
import {
  PARAMETERS,
  PARAMETERS_OF,
  PARAMETER_PREFIX,
  PRESET_ANNOTATION,
  isPresetAnnotation,
  type Parameter,
} from "./preset-parameters.ts";
import { PRESET_NAMES, PRESET_SOURCES, type Preset, type PresetName, type PresetSource } from "./preset.ts";
import { readLength } from "./read-length.ts";

/** A parameter that is written, and where. */
interface Written {
  readonly text: string;
  readonly key: Place;
  readonly value: Place;
}

type Parameters = ReadonlyMap<Parameter, Written>;

/** Whether an SLO has anything to do with presets. */
export function hasPreset(metadata: Metadata): boolean {
  return [...metadata.annotationPlaces.keys()].some(isPresetAnnotation);
}

/** Reads the annotations of a preset; all that is wrong with them is reported, and gives undefined. */
export function readPreset(metadata: Metadata, service: string): Preset | undefined {
  const name = readName(metadata);
  const written = name && readParameters(metadata, name);
  if (name === undefined || written === undefined) return undefined;
  switch (name) {
    case "http-availability":
    case "http-latency":
      return readHttp(metadata, name, service, written);
    case "grpc-availability":
      return readGrpc(service, written);
    case "consumer-lag":
      return readConsumerLag(metadata, service, written);
    case "freshness":
      return readFreshness(metadata, service, written);
  }
}

function readName(metadata: Metadata): PresetName | undefined {
  const places = metadata.annotationPlaces.get(PRESET_ANNOTATION);
  if (places === undefined) {
    for (const [name, { key }] of metadata.annotationPlaces) {
      if (!isPresetAnnotation(name)) continue;
      const hint = `write ${PRESET_ANNOTATION}: with one of ${PRESET_NAMES.join(", ")}`;
      report(key, "error", `${name} stands there without ${PRESET_ANNOTATION}`, hint);
    }
    return undefined;
  }
  const text = (metadata.annotations[PRESET_ANNOTATION] ?? "").trim();
  const name = PRESET_NAMES.find((candidate) => candidate === text);
  if (name === undefined) {
    report(places.value, "error", `"${text}" is not a preset`, suggestName(text, PRESET_NAMES));
  }
  return name;
}

/** Undefined where one is not known, or not of this preset. */
function readParameters(metadata: Metadata, preset: PresetName): Parameters | undefined {
  const written = new Map<Parameter, Written>();
  const allowed = PARAMETERS_OF[preset];
  const full = (parameter: string): string => `${PARAMETER_PREFIX}${parameter}`;
  let sound = true;
  for (const [name, { key, value }] of metadata.annotationPlaces) {
    if (!name.startsWith(PARAMETER_PREFIX)) continue;
    const own = name.slice(PARAMETER_PREFIX.length);
    const parameter = PARAMETERS.find((candidate) => candidate === own);
    const text = (metadata.annotations[name] ?? "").trim();
    const known = allowed.map(full).join(", ");
    if (parameter === undefined) {
      const near = nearestName(own, allowed);
      const hint = near === undefined ? `${preset} takes ${known}` : `did you mean "${full(near)}"?`;
      report(key, "error", `${name} is not a parameter of a preset`, hint);
    } else if (!allowed.includes(parameter)) {
      report(
        key,
        "error",
        `${name} is not a parameter of ${preset}`,
        `leave it out; ${preset} takes ${known}`,
      );
    } else if (text === "") {
      report(value, "error", `${name} is empty`, "write a value, or leave it out");
    } else {
      written.set(parameter, { text, key, value });
      continue;
    }
    sound = false;
  }
  return sound ? written : undefined;
}

function readHttp(
  metadata: Metadata,
  name: "http-availability" | "http-latency",
  service: string,
  written: Parameters,
): Preset | undefined {
  const families = HTTP_FAMILIES.map(({ metric }) => metric);
  const requests = readRequests(service, written, families);
  const routes = readList(written.get("route"));
  const thresholdMs =
    name === "http-latency"
      ? readTime(metadata, "threshold", written, "300ms, the slowest answer that is a good one")
      : 0;
  if (requests === undefined || thresholdMs === undefined) return undefined;
  if (name === "http-availability") return { name, ...requests, routes };
  if (requests.source === "metrics") warnNoBoundary(written.get("threshold")!, thresholdMs, requests.metric);
  return { name, ...requests, routes, thresholdMs };
}

/** Of a threshold between two buckets nothing is known: no request would be a good one. */
function warnNoBoundary(threshold: Written, thresholdMs: number, metric: string | undefined): void {
  const family =
    metric === undefined ? HTTP_FAMILIES[0] : HTTP_FAMILIES.find((known) => known.metric === metric);
  const bounds = family?.usualBoundsMs ?? [thresholdMs];
  if (bounds.includes(thresholdMs)) return;
  const near = [bounds.findLast((bound) => bound < thresholdMs), bounds.find((bound) => bound > thresholdMs)];
  const written = near.filter((bound) => bound !== undefined).map((bound) => `${bound}ms`);
  report(
    threshold.value,
    "warning",
    `${threshold.text} is none of the usual boundaries of ${family!.metric}, and only at those requests are counted`,
    `write ${written.join(" or ")}, unless the SDK is told to have a bucket at ${threshold.text}`,
  );
}

function readGrpc(service: string, written: Parameters): Preset | undefined {
  const families = GRPC_FAMILIES.map(({ metric }) => metric);
  const requests = readRequests(service, written, families);
  return requests && { name: "grpc-availability", ...requests };
}

function readRequests(service: string, written: Parameters, families: readonly string[]) {
  const source = readSource(written);
  if (source === undefined) return undefined;
  let sound = true;
  for (const parameter of ["metric", "job"] as const) {
    const found = written.get(parameter);
    if (found === undefined || source === "metrics") continue;
    const hint = `write ${PARAMETER_PREFIX}source: metrics, or leave it out`;
    report(found.key, "error", `${PARAMETER_PREFIX}${parameter} has no meaning for traces`, hint);
    sound = false;
  }
  const metric = written.get("metric");
  if (metric !== undefined && source === "metrics" && !families.includes(metric.text)) {
    const hint = `${suggestName(metric.text, families)}; of another one write spec.indicator with queries of your own`;
    report(metric.value, "error", `no preset knows the metric "${metric.text}"`, hint);
    sound = false;
  }
  if (!sound) return undefined;
  const methods = readList(written.get("method"));
  return { service, source, methods, metric: metric?.text, job: written.get("job")?.text };
}

function readSource(written: Parameters): PresetSource | undefined {
  const found = written.get("source");
  if (found === undefined) return "traces";
  const source = PRESET_SOURCES.find((candidate) => candidate === found.text);
  if (source === undefined) {
    report(found.value, "error", `"${found.text}" is not a source`, "write traces or metrics");
  }
  return source;
}

function readConsumerLag(metadata: Metadata, service: string, written: Parameters): Preset | undefined {
  const known = LAG_FAMILIES.map(({ metric }) => metric).join(", ");
  const metric = readMetric(metadata, written, `the gauge of the lag, e.g. one of ${known}`);
  const most = readMessages(metadata, written);
  if (metric === undefined || most === undefined) return undefined;
  const topics = readList(written.get("topic"));
  const groups = readList(written.get("group"));
  const sentByExporter = LAG_FAMILIES.some(
    (family) => family.metric === metric && family.sentBy === "exporter",
  );
  if (sentByExporter && topics.length === 0 && groups.length === 0) {
    const message = `${metric} has the lag of every consumer group, not of ${service} alone`;
    const hint = `write ${PARAMETER_PREFIX}group: with the consumer group of ${service}`;
    report(written.get("metric")!.key, "error", message, hint);
    return undefined;
  }
  return { name: "consumer-lag", service, metric, most, topics, groups, job: written.get("job")?.text };
}

function readFreshness(metadata: Metadata, service: string, written: Parameters): Preset | undefined {
  const metric = readMetric(
    metadata,
    written,
    "the gauge that holds the time of the last success, in Unix seconds",
  );
  const maxAgeMs = readTime(metadata, "max-age", written, "26h, how old the newest timestamp may be");
  if (metric === undefined || maxAgeMs === undefined) return undefined;
  if (maxAgeMs < 60_000) {
    const { key } = written.get("max-age")!;
    report(
      key,
      "error",
      "a freshness below a minute cannot be told",
      "write 1m or more: it is asked every 30 s",
    );
    return undefined;
  }
  return { name: "freshness", service, metric, maxAgeMs, job: written.get("job")?.text };
}

function readMetric(metadata: Metadata, written: Parameters, what: string): string | undefined {
  const found = required(metadata, "metric", written, what);
  if (found === undefined || /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(found.text)) return found?.text;
  const near = found.text.replaceAll(/[^a-zA-Z0-9_:]+/g, "_");
  report(
    found.value,
    "error",
    `"${found.text}" is not the name of a metric`,
    `write it as it is stored, e.g. ${near}`,
  );
  return undefined;
}

function readMessages(metadata: Metadata, written: Parameters): number | undefined {
  const found = required(
    metadata,
    "threshold",
    written,
    '"1000", the messages that a partition may be behind',
  );
  if (found === undefined) return undefined;
  const count = Number(found.text);
  if (/^\d+$/.test(found.text) && Number.isSafeInteger(count)) return count;
  report(
    found.value,
    "error",
    `"${found.text}" is not a number of messages`,
    'write a whole number, e.g. "1000"',
  );
  return undefined;
}

function readTime(
  metadata: Metadata,
  parameter: "threshold" | "max-age",
  written: Parameters,
  what: string,
): number | undefined {
  const found = required(metadata, parameter, written, what);
  if (found === undefined) return undefined;
  const length = readLength(found.text, what.split(",", 1)[0]!);
  if ("ms" in length) return length.ms;
  report(found.value, "error", `"${found.text}" is not a length of time`, length.hint);
  return undefined;
}

function required(
  metadata: Metadata,
  parameter: Parameter,
  written: Parameters,
  what: string,
): Written | undefined {
  const found = written.get(parameter);
  if (found !== undefined) return found;
  const { key } = metadata.annotationPlaces.get(PRESET_ANNOTATION)!;
  const name = `${PARAMETER_PREFIX}${parameter}`;
  const preset = metadata.annotations[PRESET_ANNOTATION]!.trim();
  report(key, "error", `${preset} needs ${name}`, `write ${name}: with ${what}`);
  return undefined;
}

function readList(written: Written | undefined): readonly string[] {
  const items = written?.text.split(",").map((item) => item.trim()) ?? [];
  return [...new Set(items.filter((item) => item !== ""))];
}
