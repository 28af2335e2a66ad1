import type { PresetName } from "./preset.ts";

export const PRESET_ANNOTATION = "noroshi.dev/preset";
/** Stands before the name of each parameter. */
export const PARAMETER_PREFIX = `${PRESET_ANNOTATION}-`;

/** What a preset may be told, beside itself. */
export const PARAMETERS = [
  "source",
  "threshold",
  "route",
  "method",
  "metric",
  "job",
  "topic",
  "group",
  "max-age",
] as const;
export type Parameter = (typeof PARAMETERS)[number];

export const PARAMETERS_OF: Readonly<Record<PresetName, readonly Parameter[]>> = {
  "http-availability": ["source", "route", "method", "metric", "job"],
  "http-latency": ["threshold", "source", "route", "method", "metric", "job"],
  "grpc-availability": ["source", "method", "metric", "job"],
  "consumer-lag": ["metric", "threshold", "topic", "group", "job"],
  freshness: ["metric", "max-age", "job"],
};

/** The annotation itself and its parameters, misspelt ones included. */
export function isPresetAnnotation(name: string): boolean {
  return name === PRESET_ANNOTATION || name.startsWith(PARAMETER_PREFIX);
}

/** What each annotation means, for editors. */
export const PRESET_ANNOTATION_TEXTS: Readonly<Record<string, string>> = {
  [PRESET_ANNOTATION]:
    "an SLI without queries: http-availability, http-latency, grpc-availability, consumer-lag or freshness",
  [`${PARAMETER_PREFIX}source`]: "what http-* and grpc-availability count: traces (the default) or metrics",
  [`${PARAMETER_PREFIX}threshold`]:
    "of http-latency the slowest good answer, e.g. 300ms; of consumer-lag the messages that a partition may be behind",
  [`${PARAMETER_PREFIX}route`]: "of http-*: only these routes, separated by commas, e.g. /checkout",
  [`${PARAMETER_PREFIX}method`]: "of http-* and grpc-availability: only these methods, separated by commas",
  [`${PARAMETER_PREFIX}metric`]: "the metric: of consumer-lag and freshness always, else with source metrics",
  [`${PARAMETER_PREFIX}job`]: 'the metric\'s label job where it is not the service; "any" for all',
  [`${PARAMETER_PREFIX}topic`]: "of consumer-lag: only these topics, separated by commas",
  [`${PARAMETER_PREFIX}group`]: "of consumer-lag: only these consumer groups, separated by commas",
  [`${PARAMETER_PREFIX}max-age`]: "of freshness: how old the newest timestamp may be, e.g. 15m, 26h",
};
