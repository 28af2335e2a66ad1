import { defineMetricsIndicator, defineTracesIndicator } from "../slo/define-indicator.ts";
import type { Indicator } from "../slo/indicator.ts";
import { readFields, reportMissing, requireField, type Fields } from "./fields.ts";
import { report, reportUnsupported, type Place } from "./place.ts";
import type { DataSource } from "./read-data-source.ts";
import { metricsRatio } from "./read-metrics-ratio.ts";
import { warnSameAsTotal } from "./query-doubts.ts";
import { readMetricSource, type MetricSource } from "./read-metric-source.ts";
import { readBoolean, readChoice, readDescription } from "./scalars.ts";
import { readSpecFields, type Registry, type SpecObject } from "./spec-object.ts";

/** An SLI: complete, or a query whose values the objective of the SLO compares. */
export type Sli =
  | { readonly kind: "ratio"; readonly indicator: Indicator }
  | { readonly kind: "threshold"; readonly query: string };

const TODAY = "use ratioMetric with total and either good or bad, or thresholdMetric";

/** Reads an SLI, a document or inline. */
export function readSli(object: SpecObject, dataSources: Registry<DataSource>): Sli | undefined {
  const spec = readSpecFields(object, ["description", "thresholdMetric", "ratioMetric"]);
  if (spec === undefined) return undefined;
  readDescription(spec.get("description"));
  const threshold = spec.get("thresholdMetric");
  const ratio = spec.get("ratioMetric");
  if (threshold !== undefined && ratio !== undefined) {
    report(
      spec.key("thresholdMetric"),
      "error",
      "thresholdMetric stands beside ratioMetric",
      "keep one of the two",
    );
    return undefined;
  }
  if (threshold !== undefined) return readThreshold(threshold, dataSources);
  if (ratio === undefined) {
    reportMissing(spec, "ratioMetric", TODAY);
    return undefined;
  }
  const indicator = readRatio(ratio, dataSources);
  return indicator && { kind: "ratio", indicator };
}

function readThreshold(place: Place, dataSources: Registry<DataSource>): Sli | undefined {
  const source = readMetricSource(place, dataSources);
  if (source === undefined) return undefined;
  if (source.type === "prometheus") return { kind: "threshold", query: source.query.text };
  const hint =
    "use ratioMetric: a latency threshold over spans is a condition of good, e.g. '{ … && duration < 300ms }'";
  reportUnsupported(place, "thresholdMetric over spans", hint);
  return undefined;
}

function readRatio(place: Place, dataSources: Registry<DataSource>): Indicator | undefined {
  const ratio = readFields(place, ["counter", "good", "bad", "total", "raw", "rawType"]);
  if (ratio === undefined) return undefined;
  const counter = ratio.get("counter");
  const isCounter = counter === undefined ? undefined : readBoolean(counter);
  if (ratio.get("raw") !== undefined || ratio.get("rawType") !== undefined)
    return readRaw(ratio, dataSources);
  const good = ratio.get("good");
  const bad = ratio.get("bad");
  if (good !== undefined && bad !== undefined) {
    report(
      ratio.key("bad"),
      "error",
      "bad stands beside good",
      "keep one of the two: the rest of total is the other",
    );
  }
  if (good === undefined && bad === undefined) {
    reportMissing(ratio, "good", "write good: or bad: with the events to count among total");
  }
  const total = requireField(ratio, "total", "write total: with every event that counts");
  const totalSource = total && readMetricSource(total, dataSources);
  const goodSource = good && readMetricSource(good, dataSources);
  const badSource = bad && readMetricSource(bad, dataSources);
  if (totalSource === undefined || (good !== undefined && bad !== undefined)) return undefined;
  const options = { bareCounters: isCounter === true };
  if (goodSource !== undefined) return combine(totalSource, "good", goodSource, options);
  return badSource && combine(totalSource, "bad", badSource, options);
}

/** A query that gives the ratio itself. */
function readRaw(ratio: Fields, dataSources: Registry<DataSource>): Indicator | undefined {
  const others = ["counter", "good", "bad", "total"].filter((name) => ratio.get(name) !== undefined);
  for (const name of others) {
    report(ratio.key(name), "error", `${name} stands beside raw`, `keep raw and rawType, or leave them out`);
  }
  const typePlace = requireField(ratio, "rawType", "write rawType: success or rawType: failure");
  const rawType = typePlace && readChoice(typePlace, ["success", "failure"]);
  const raw = requireField(ratio, "raw", "write raw: with a query that gives the ratio, 0 to 1");
  const source = raw && readMetricSource(raw, dataSources);
  if (source === undefined || rawType === undefined || others.length > 0) return undefined;
  if (source.type === "prometheus")
    return defineMetricsIndicator({ kind: "raw", rawType, query: source.query.text });
  reportUnsupported(raw!, "ratioMetric.raw over spans", "use total and either good or bad");
  return undefined;
}

function combine(
  total: MetricSource,
  outcome: "good" | "bad",
  part: MetricSource,
  options: { readonly bareCounters: boolean },
): Indicator | undefined {
  if (total.type === "traces" && part.type === "traces") {
    warnSameAsTotal(part.place, outcome, part.query, total.query);
    return defineTracesIndicator({ total: total.query, outcome, query: part.query });
  }
  if (total.type === "prometheus" && part.type === "prometheus")
    return metricsRatio(total, outcome, part, options);
  report(
    part.place,
    "error",
    `${outcome} is of type ${part.type}, total of type ${total.type}`,
    "take both from one source: spans cannot be compared with metrics",
  );
  return undefined;
}
