import { defineTracesIndicator } from "../slo/define-indicator.ts";
import type { Indicator } from "../slo/indicator.ts";
import { readFields, reportMissing, requireField } from "./fields.ts";
import { report, reportUnsupported, type Place } from "./place.ts";
import type { DataSource } from "./read-data-source.ts";
import { warnSameAsTotal } from "./query-doubts.ts";
import { readSpanQuery } from "./read-span-query.ts";
import { readBoolean, readDescription } from "./scalars.ts";
import { readSpecFields, type Registry, type SpecObject } from "./spec-object.ts";

const TODAY = "use ratioMetric with total and either good or bad, each of type traces";

/** Reads an SLI, a document or inline: a ratio of spans. */
export function readSli(object: SpecObject, dataSources: Registry<DataSource>): Indicator | undefined {
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
      "keep ratioMetric alone",
    );
    return undefined;
  }
  if (threshold !== undefined) {
    reportUnsupported(spec.key("thresholdMetric"), "thresholdMetric", thresholdHint());
    return undefined;
  }
  if (ratio === undefined) {
    reportMissing(spec, "ratioMetric", TODAY);
    return undefined;
  }
  return readRatio(ratio, dataSources);
}

function thresholdHint(): string {
  return `${TODAY}; a latency threshold is a condition of good, e.g. '{ … && duration < 300ms }'`;
}

function readRatio(place: Place, dataSources: Registry<DataSource>): Indicator | undefined {
  const ratio = readFields(place, ["counter", "good", "bad", "total", "raw", "rawType"]);
  if (ratio === undefined) return undefined;
  const counter = ratio.get("counter");
  // Spans are events: there is nothing to take a rate of, so both answers mean the same.
  if (counter !== undefined) readBoolean(counter);
  const raw = ["raw", "rawType"].find((name) => ratio.get(name) !== undefined);
  if (raw !== undefined) {
    reportUnsupported(ratio.key(raw), `ratioMetric.${raw}`, TODAY);
    return undefined;
  }
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
  const totalQuery = total && readSpanQuery(total, dataSources);
  const goodQuery = good && readSpanQuery(good, dataSources);
  const badQuery = bad && readSpanQuery(bad, dataSources);
  if (totalQuery === undefined || (good !== undefined && bad !== undefined)) return undefined;
  if (goodQuery !== undefined) warnSameAsTotal(good!, "good", goodQuery, totalQuery);
  if (badQuery !== undefined) warnSameAsTotal(bad!, "bad", badQuery, totalQuery);
  if (goodQuery !== undefined)
    return defineTracesIndicator({ total: totalQuery, outcome: "good", query: goodQuery });
  if (badQuery !== undefined)
    return defineTracesIndicator({ total: totalQuery, outcome: "bad", query: badQuery });
  return undefined;
}
