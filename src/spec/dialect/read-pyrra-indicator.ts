import { isMap } from "yaml";
import type { VectorSelector } from "../../promql/ast.ts";
import { parseDurationText } from "../../promql/syntax/duration-text.ts";
import { parseQuery } from "../../promql/syntax/parse-query.ts";
import { printQuery } from "../../promql/syntax/print-query.ts";
import { withoutParens } from "../../promql/syntax/without-parens.ts";
import type { Indicator } from "../../slo/indicator.ts";
import { readFields, readItems, readMapping, reportMissing, requireField, type Fields } from "../fields.ts";
import { report, type Place } from "../place.ts";
import { metricsRatio, type PlacedQuery } from "../read-metrics-ratio.ts";
import { readPromqlQuery } from "../read-promql-query.ts";
import { readFilledText, readText } from "../scalars.ts";

/** Counters are counted increase by increase whatever the range is. */
const RANGE = "5m";
const KINDS = ["ratio", "latency", "latencyNative", "bool_gauge"] as const;

/** One of Pyrra's four indicators. */
export interface PyrraIndicator {
  readonly indicator: Indicator | undefined;
  /** Labels whose values have a budget each, and where they are written. */
  readonly grouping: { readonly labels: readonly string[]; readonly place: Place } | undefined;
}

/** Reads `indicator`. */
export function readPyrraIndicator(place: Place): PyrraIndicator | undefined {
  const fields = readFields(place, KINDS);
  if (fields === undefined) return undefined;
  const [kind, other] = KINDS.filter((name) => fields.get(name) !== undefined);
  if (kind === undefined) {
    reportMissing(fields, "ratio", "write ratio: {errors: {metric: …}, total: {metric: …}}");
    return undefined;
  }
  if (other !== undefined) {
    report(fields.key(other), "error", `${other} stands beside ${kind}`, "keep one of the two");
    return undefined;
  }
  const inner = fields.get(kind)!;
  return { indicator: READERS[kind](inner), grouping: readGrouping(inner) };
}

const READERS: Readonly<Record<(typeof KINDS)[number], (place: Place) => Indicator | undefined>> = {
  ratio: readRatio,
  latency: readLatency,
  latencyNative: readLatencyNative,
  bool_gauge: readBoolGauge,
};

function readRatio(place: Place): Indicator | undefined {
  const fields = readGrouped(place, ["errors", "total"]);
  const errors = fields && readMetric(fields, "errors");
  const total = fields && readMetric(fields, "total");
  return total && errors && ratioOf(rate(total), "bad", rate(errors));
}

function readLatency(place: Place): Indicator | undefined {
  const fields = readGrouped(place, ["success", "total"]);
  const success = fields && readMetric(fields, "success");
  const total = fields && readMetric(fields, "total");
  if (success === undefined || total === undefined) return undefined;
  const le = success.selector.matchers.find(({ label }) => label === "le");
  if (
    le === undefined ||
    le.value.trim() === "" ||
    Number.isNaN(Number(le.value.replace("+Inf", "Infinity")))
  ) {
    const problem = le === undefined ? "success does not say which bucket" : `"${le.value}" is not a bucket`;
    report(success.place, "error", problem, 'write the threshold in seconds as its bucket: {le="0.3"}');
    return undefined;
  }
  return ratioOf(rate(total), "good", rate(success));
}

function readLatencyNative(place: Place): Indicator | undefined {
  const fields = readGrouped(place, ["total", "latency"]);
  const total = fields && readMetric(fields, "total");
  const latencyPlace = fields && requireField(fields, "latency", "write latency: 200ms");
  const text = latencyPlace && readText(latencyPlace);
  if (total === undefined || text === undefined) return undefined;
  const latencyMs = parseDurationText(text);
  if (latencyMs === undefined || latencyMs <= 0) {
    report(latencyPlace!, "error", `"${text}" is not a duration`, "write e.g. latency: 200ms");
    return undefined;
  }
  const { query, place: at } = rate(total);
  return ratioOf({ query: `histogram_count(${query})`, place: at }, "good", {
    query: `histogram_fraction(0, ${latencyMs / 1_000}, ${query}) * histogram_count(${query})`,
    place: at,
  });
}

/** Every series is an event each time it is looked at, a good one where it is 1. */
function readBoolGauge(place: Place): Indicator | undefined {
  const fields = readGrouped(place, ["metric"]);
  const gauge = fields && readSelector(fields);
  if (gauge === undefined) return undefined;
  const text = printQuery(gauge.selector);
  return ratioOf({ query: `count(${text})`, place: gauge.place }, "good", {
    query: `sum(${text})`,
    place: gauge.place,
  });
}

/** The fields of an indicator; `readGrouping` reads the rest. */
function readGrouped(place: Place, known: readonly string[]): Fields | undefined {
  return readFields(place, [...known, "grouping"]);
}

function readGrouping(place: Place): PyrraIndicator["grouping"] {
  const grouping = isMap(place.node) ? readMapping(place)?.get("grouping") : undefined;
  const labels = (grouping && readItems(grouping))?.flatMap((item) => readFilledText(item) ?? []) ?? [];
  return grouping === undefined || labels.length === 0
    ? undefined
    : { labels: [...new Set(labels)], place: grouping };
}

interface Selected {
  readonly selector: VectorSelector;
  readonly place: Place;
}

function readMetric(fields: Fields, name: string): Selected | undefined {
  const place = requireField(fields, name, `write ${name}: {metric: 'my_requests_total{…}'}`);
  const inner = place && readFields(place, ["metric"]);
  return inner && readSelector(inner);
}

function readSelector(fields: Fields): Selected | undefined {
  const place = requireField(fields, "metric", "write metric: 'my_requests_total{…}'");
  const query = place && readPromqlQuery(place);
  if (query === undefined) return undefined;
  const selector = withoutParens(query.expr);
  if (selector.type === "selector") return { selector, place: place! };
  report(place!, "error", "the metric is not a selector", "write a metric and its labels, without functions");
  return undefined;
}

interface PlacedText {
  readonly query: string;
  readonly place: Place;
}

function rate({ selector, place }: Selected): PlacedText {
  // Pyrra takes the name and the labels alone.
  const text = printQuery({ ...selector, at: undefined, offsetMs: 0 });
  return { query: `sum(rate(${text}[${RANGE}]))`, place };
}

function ratioOf(total: PlacedText, outcome: "good" | "bad", part: PlacedText): Indicator | undefined {
  const all = parsed(total);
  const some = parsed(part);
  return all && some && metricsRatio(all, outcome, some, { bareCounters: false });
}

function parsed({ query, place }: PlacedText): PlacedQuery | undefined {
  const result = parseQuery(query);
  if (result.ok) return { query: { expr: result.expr, text: printQuery(result.expr) }, place };
  report(place, "error", `PromQL: ${result.error.message}`, "write a metric and its labels");
  return undefined;
}
