import { YAMLMap, isMap, isSeq } from "yaml";
import type { Place } from "./place.ts";
import { mapLike, pairOf, seqLike, valueOf, withoutTemplate } from "./rewrite-nodes.ts";
import { peekText } from "./yaml-documents.ts";

/**
 * An OpenSLO v2alpha document as v1 has it, made of the same nodes, so that what is wrong is reported where it is written: an
 * `sli` is an `indicator`, and a metric names its data source without `metricSource`. What v2alpha does not know is left as it is.
 */
export function upgradeV2alpha(root: Place): Place {
  const { node } = root;
  if (!isMap(node)) return root;
  const kind = peekText(node, "kind");
  if (kind !== "SLO" && kind !== "SLI") return root;
  const upgraded = mapLike(node, (field, value) => {
    if (field !== "spec" || !isMap(value)) return [field, value];
    return [field, kind === "SLO" ? upgradeSlo(value) : upgradeSliSpec(value)];
  });
  return { ...root, node: upgraded };
}

/** Fields of an SLO, and of an objective, that have other names in v1. */
const RENAMED: Readonly<Record<string, string>> = {
  serviceRef: "service",
  sli: "indicator",
  sliRef: "indicatorRef",
};

function upgradeSlo(spec: YAMLMap): YAMLMap {
  return mapLike(spec, (field, value) => {
    if (field === "objectives" && isSeq(value))
      return [field, seqLike(value, value.items.map(upgradeObjective))];
    return renamed(field, value);
  });
}

/** Labels of objectives have no place in v1, and decide nothing. */
function upgradeObjective(item: unknown): unknown {
  if (!isMap(item)) return item;
  return mapLike(item, (field, value) => (field === "labels" ? undefined : renamed(field, value)));
}

function renamed(field: string, value: unknown): readonly [string, unknown] {
  const name = Object.hasOwn(RENAMED, field) ? RENAMED[field]! : field;
  return [name, field === "sli" ? upgradeSli(value) : value];
}

function upgradeSli(sli: unknown): unknown {
  if (!isMap(sli)) return sli;
  return mapLike(sli, (field, value) => [
    field,
    field === "spec" && isMap(value) ? upgradeSliSpec(value) : value,
  ]);
}

const METRICS = ["good", "bad", "total", "raw"];

function upgradeSliSpec(spec: YAMLMap): YAMLMap {
  return mapLike(spec, (field, value) => {
    if (field === "thresholdMetric") return [field, upgradeMetric(value)];
    if (field !== "ratioMetric" || !isMap(value)) return [field, value];
    const ratio = mapLike(value, (part, metric) => [
      part,
      METRICS.includes(part) ? upgradeMetric(metric) : metric,
    ]);
    return [field, ratio];
  });
}

/** Of a data source that is written inline only the type says anything: spans and samples come to us. */
function upgradeMetric(metric: unknown): unknown {
  if (!isMap(metric) || metric.has("metricSource")) return metric;
  const source = mapLike(metric, (field, value) => {
    if (field === "dataSourceRef") return ["metricSourceRef", value];
    if (field === "dataSourceSpec") return isMap(value) ? ["type", valueOf(value, "type")] : ["type", value];
    return [field, field === "spec" ? withoutTemplates(value) : value];
  });
  const upgraded = new YAMLMap();
  upgraded.items.push(pairOf("metricSource", source, metric));
  upgraded.range = metric.range ?? null;
  return upgraded;
}

function withoutTemplates(spec: unknown): unknown {
  if (!isMap(spec)) return spec;
  return mapLike(spec, (field, value) => [field, field === "query" ? withoutTemplate(value) : value]);
}
