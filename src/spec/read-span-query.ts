import { isMap, isScalar } from "yaml";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { printFilter } from "../traceql/print-filter.ts";
import { warnTextForNumber } from "./query-doubts.ts";
import { readFields, reportMissing, requireField } from "./fields.ts";
import { report, reportUnsupported, type Place } from "./place.ts";
import type { DataSource } from "./read-data-source.ts";
import { sourceOffset } from "./scalar-position.ts";
import { readFilledText } from "./scalars.ts";
import { resolveReference, type Registry } from "./spec-object.ts";

const TODAY =
  "use type: traces with spec: {query: '{ resource.service.name = \"my-service\" && kind = server }'}";

/** Reads `good`, `bad` or `total`: a metric over traces. Gives the canonical text of its span filter. */
export function readSpanQuery(metric: Place, dataSources: Registry<DataSource>): string | undefined {
  const fields = readFields(metric, ["metricSource"]);
  const sourcePlace =
    fields && requireField(fields, "metricSource", `write metricSource: and below it ${TODAY}`);
  const source = sourcePlace && readFields(sourcePlace, ["metricSourceRef", "type", "spec"]);
  if (source === undefined) return undefined;

  const typePlace = source.get("type");
  const type = typePlace && readFilledText(typePlace);
  // A type of another source makes everything below it foreign to us: one error, not five.
  if (typePlace !== undefined && type === undefined) return undefined;
  if (typePlace !== undefined && !isTraces(type!)) {
    reportUnsupported(typePlace, `a metric source of type ${type}`, TODAY);
    return undefined;
  }
  const reference = source.get("metricSourceRef");
  if (reference === undefined && typePlace === undefined) {
    reportMissing(source, "type", TODAY);
    return undefined;
  }
  if (reference !== undefined) {
    const dataSource = resolveReference(reference, dataSources);
    if (dataSource === undefined) return undefined;
    if (!isTraces(dataSource.type)) {
      const what = `DataSource "${dataSource.name}" of type ${dataSource.type}`;
      reportUnsupported(reference, what, `refer to a DataSource of type traces, or ${TODAY}`);
      return undefined;
    }
  }
  const spec = requireField(source, "spec", "write spec: {query: '{ … }'}");
  const query = spec && readFields(spec, ["query"]);
  const queryPlace = query && requireField(query, "query", "write query: '{ … }', a TraceQL span filter");
  return queryPlace && readSpanFilter(queryPlace);
}

function isTraces(type: string): boolean {
  return type.toLowerCase() === "traces";
}

function readSpanFilter(place: Place): string | undefined {
  if (isMap(place.node)) {
    // `query: { kind = server }` without quotes is a mapping to YAML.
    report(place, "error", "the query is not in quotes, so YAML reads a mapping", "write query: '{ … }'");
    return undefined;
  }
  const text = readFilledText(place);
  if (text === undefined) return undefined;
  const parsed = parseSpanFilter(text);
  if (parsed.ok) {
    warnTextForNumber(place, parsed.filter);
    return printFilter(parsed.filter);
  }
  const { message, position, hint } = parsed.error;
  const offset = isScalar(place.node)
    ? sourceOffset(place.document.text, place.node, position)
    : place.offset;
  report(
    place,
    "error",
    `TraceQL: ${message}`,
    hint ?? "docs/slo-specs.md says what a query may hold",
    offset,
  );
  return undefined;
}
