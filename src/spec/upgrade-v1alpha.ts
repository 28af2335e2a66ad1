import { Scalar, YAMLMap, isMap, isScalar, isSeq } from "yaml";
import { nearbyName } from "./metadata.ts";
import type { Place } from "./place.ts";
import { mapLike, pairOf, scalarLike, seqLike, valueOf, withoutTemplate } from "./rewrite-nodes.ts";
import { peekText } from "./yaml-documents.ts";

/**
 * An OpenSLO v1alpha document as v1 has it, made of the same nodes, so that what is wrong is reported where it is
 * written. Its kinds are Service and SLO; an SLO has its queries inside, and where those of its objectives differ it
 * becomes several. What v1alpha does not know is left as it is.
 */
export function upgradeV1alpha(root: Place): readonly Place[] {
  const { node } = root;
  if (!isMap(node) || peekText(node, "kind") !== "SLO") return [root];
  const spec = valueOf(node, "spec");
  if (!isMap(spec)) return [root];
  const objectives = valueOf(spec, "objectives");
  const items = isSeq(objectives) ? objectives.items : [];
  const ratios = items.map(ratioOf);
  const areSame = ratios.every((ratio) => JSON.stringify(ratio) === JSON.stringify(ratios[0]));
  if (areSame) return [{ ...root, node: upgradeSlo(node, items, ratios[0], undefined) }];
  return items.map((item, index) => {
    const suffix = index === 0 ? undefined : objectiveSuffix(item, index);
    return { ...root, node: upgradeSlo(node, [item], ratios[index], suffix) };
  });
}

/** As further objectives of v1 are named. */
function objectiveSuffix(item: unknown, index: number): string {
  const own = isMap(item) ? nearbyName(peekText(item, "displayName") ?? "") : "";
  return own === "" ? `objective-${index + 1}` : own;
}

function upgradeSlo(
  slo: YAMLMap,
  objectives: readonly unknown[],
  ratio: YAMLMap | undefined,
  suffix: string | undefined,
): YAMLMap {
  const metadata = valueOf(slo, "metadata");
  const written = isMap(metadata) ? peekText(metadata, "name") : undefined;
  const name = suffix === undefined ? written : `${written ?? ""}-${suffix}`;
  return mapLike(slo, (field, value) => {
    if (!isMap(value)) return [field, value];
    if (field === "spec") return [field, upgradeSpec(value, name ?? "sli", objectives, ratio)];
    if (field !== "metadata" || suffix === undefined) return [field, value];
    return [field, mapLike(value, (key, text) => [key, key === "name" ? scalarLike(text, name) : text])];
  });
}

function upgradeSpec(
  spec: YAMLMap,
  name: string,
  objectives: readonly unknown[],
  ratio: YAMLMap | undefined,
): YAMLMap {
  const isSliced = peekText(spec, "budgetingMethod") === "Timeslices";
  const upgraded = mapLike(spec, (field, value) => {
    if (field === "timeWindows" && isSeq(value))
      return ["timeWindow", seqLike(value, value.items.map(upgradeWindow))];
    if (field === "indicator" && isMap(value) && !value.has("spec")) return [field, upgradeSli(value, name)];
    if (field !== "objectives" || !isSeq(value)) return [field, value];
    return [
      field,
      seqLike(
        value,
        objectives.map((item) => upgradeObjective(item, isSliced)),
      ),
    ];
  });
  if (ratio === undefined || upgraded.has("indicator")) return upgraded;
  const metrics = new YAMLMap();
  metrics.items.push(pairOf("ratioMetric", ratio));
  metrics.range = ratio.range ?? null;
  upgraded.items.push(pairOf("indicator", upgradeSli(metrics, name)));
  return upgraded;
}

function ratioOf(objective: unknown): YAMLMap | undefined {
  const ratio = isMap(objective) ? valueOf(objective, "ratioMetrics") : undefined;
  return isMap(ratio) ? ratio : undefined;
}

/** Slices of v1alpha are minutes. */
function upgradeObjective(item: unknown, isSliced: boolean): unknown {
  if (!isMap(item)) return item;
  const upgraded = mapLike(item, (field, value) => (field === "ratioMetrics" ? undefined : [field, value]));
  if (isSliced && !upgraded.has("timeSliceWindow"))
    upgraded.items.push(pairOf("timeSliceWindow", new Scalar("1m")));
  return upgraded;
}

const UNITS: Readonly<Record<string, string>> = {
  Minute: "m",
  Hour: "h",
  Day: "d",
  Week: "w",
  Month: "M",
  Quarter: "Q",
  Year: "Y",
};

/** `count: 1, unit: Week` is `duration: 1w`. A window without a calendar rolls, unless it says otherwise. */
function upgradeWindow(item: unknown): unknown {
  if (!isMap(item)) return item;
  const count = valueOf(item, "count");
  const unit = peekText(item, "unit") ?? "";
  const written = isScalar(count) ? String(count.value) : "";
  const upgraded = mapLike(item, (field, value) => {
    if (field === "count") return undefined;
    if (field !== "unit") return [field, value];
    const letter = Object.hasOwn(UNITS, unit) ? UNITS[unit] : ` ${unit}`;
    return ["duration", scalarLike(value, `${written}${letter}`)];
  });
  if (!upgraded.has("isRolling") && !upgraded.has("calendar"))
    upgraded.items.push(pairOf("isRolling", new Scalar(true)));
  return upgraded;
}

function upgradeSli(metrics: YAMLMap, name: string): YAMLMap {
  const metadata = new YAMLMap();
  metadata.items.push(pairOf("name", new Scalar(name)));
  const spec = mapLike(metrics, (field, value) => {
    if (field === "thresholdMetric") return [field, upgradeMetric(value)];
    if ((field !== "ratioMetric" && field !== "ratioMetrics") || !isMap(value)) return [field, value];
    const ratio = mapLike(value, (part, metric) => {
      if (part === "incremental") return ["counter", metric];
      return [part, part === "counter" ? metric : upgradeMetric(metric)];
    });
    return ["ratioMetric", ratio];
  });
  const sli = new YAMLMap();
  sli.items.push(pairOf("metadata", metadata), pairOf("spec", spec));
  sli.range = metrics.range ?? null;
  return sli;
}

/** `source`, `queryType` and `query` beside each other are a metric source with a query below it. */
function upgradeMetric(metric: unknown): unknown {
  if (!isMap(metric) || metric.has("metricSource")) return metric;
  const query = mapLike(metric, (field, value) =>
    field === "query" ? [field, withoutTemplate(value)] : undefined,
  );
  const source = mapLike(metric, (field, value) => {
    if (field === "source") return ["type", value];
    return ["query", "queryType", "metadata"].includes(field) ? undefined : [field, value];
  });
  source.items.push(pairOf("spec", query));
  const upgraded = new YAMLMap();
  upgraded.items.push(pairOf("metricSource", source));
  upgraded.range = metric.range ?? null;
  return upgraded;
}
