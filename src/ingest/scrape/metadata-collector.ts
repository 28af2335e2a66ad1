import type { MetricMetadata, MetricType } from "../../model/sample-batch.ts";
import type { ExpositionFormat } from "./exposition-format.ts";

interface Family {
  type: MetricType;
  unit: string;
  help: string;
}

/** Puts together what a scrape says about its metrics. */
export interface MetadataCollector {
  /** The family that was spoken of last; undefined before the first. */
  readonly current: { readonly metric: string; readonly type: MetricType } | undefined;
  type(metric: string, type: MetricType): void;
  help(metric: string, text: string): void;
  unit(metric: string, unit: string): void;
  finish(): readonly MetricMetadata[];
}

export function createMetadataCollector(format: ExpositionFormat): MetadataCollector {
  const families = new Map<string, Family>();
  let name: string | undefined;
  let current: { metric: string; type: MetricType } | undefined;
  const familyOf = (metric: string): Family => {
    let family = families.get(metric);
    if (family === undefined) families.set(metric, (family = { type: "unknown", unit: "", help: "" }));
    if (name !== metric) {
      name = metric;
      current = { metric, type: family.type };
    }
    return family;
  };
  return {
    get current() {
      return current;
    },
    type: (metric, type) => {
      familyOf(metric).type = type;
      current = { metric, type };
    },
    help: (metric, text) => {
      familyOf(metric).help = text;
    },
    unit: (metric, unit) => {
      familyOf(metric).unit = unit;
    },
    finish: () =>
      [...families].map(([metric, family]) => ({
        metric: storedName(metric, family.type, format),
        ...family,
      })),
  };
}

/** OpenMetrics leaves the suffix of these families out; whoever looks a metric up knows it by its series. */
function storedName(metric: string, type: MetricType, format: ExpositionFormat): string {
  if (format === "prometheus") return metric;
  const suffix = type === "counter" ? "_total" : type === "info" ? "_info" : "";
  return metric.endsWith(suffix) ? metric : metric + suffix;
}
