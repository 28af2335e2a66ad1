import { readFields, reportMissing, requireField } from "./fields.ts";
import { report, reportUnsupported, type Place } from "./place.ts";
import type { DataSource } from "./read-data-source.ts";
import { readPromqlQuery, type PromqlQuery } from "./read-promql-query.ts";
import { readFilledText } from "./scalars.ts";
import { readSpanFilter } from "./read-span-filter.ts";
import { sourceTypeOf, type SourceType } from "./source-type.ts";
import { resolveReference, type Registry } from "./spec-object.ts";

/** A metric of an SLI: a filter over spans, as canonical text, or a query over metrics. */
export type MetricSource =
  | { readonly type: "traces"; readonly query: string; readonly place: Place }
  | {
      readonly type: "prometheus";
      readonly query: PromqlQuery;
      readonly place: Place;
    };

const TODAY =
  "use type: traces with spec: {query: '{ resource.service.name = \"my-service\" && kind = server }'}, " +
  "or type: prometheus with spec: {query: 'sum(rate(my_requests_total[5m]))'}";

/** Reads `good`, `bad`, `total`, `raw` or a threshold: a metric and where it comes from. */
export function readMetricSource(metric: Place, dataSources: Registry<DataSource>): MetricSource | undefined {
  const fields = readFields(metric, ["metricSource"]);
  const sourcePlace =
    fields && requireField(fields, "metricSource", `write metricSource: and below it ${TODAY}`);
  const source = sourcePlace && readFields(sourcePlace, ["metricSourceRef", "type", "spec"]);
  if (source === undefined) return undefined;
  const type = readType(source.get("type"), source.get("metricSourceRef"), dataSources);
  if (type === "missing") reportMissing(source, "type", TODAY);
  if (type === undefined || type === "missing") return undefined;
  const example =
    type === "traces" ? "query: '{ … }', a TraceQL span filter" : "query: '…', a PromQL expression";
  const spec = requireField(
    source,
    "spec",
    `write spec: {${type === "traces" ? "query: '{ … }'" : "query: '…'"}}`,
  );
  const query = spec && readFields(spec, type === "traces" ? ["query"] : ["query", "promql"]);
  if (query === undefined) return undefined;
  const promql = query.get("promql");
  if (promql !== undefined && query.get("query") !== undefined) {
    report(query.key("promql"), "error", "promql stands beside query", "keep one of the two");
    return undefined;
  }
  const place = promql ?? requireField(query, "query", `write ${example}`);
  if (place === undefined) return undefined;
  if (type === "traces") {
    const filter = readSpanFilter(place);
    return filter === undefined ? undefined : { type, query: filter, place: metric };
  }
  const expression = readPromqlQuery(place);
  return expression === undefined ? undefined : { type, query: expression, place: metric };
}

/** Where both a type and a reference are written, they must agree. A type that is not ours makes the rest foreign: one error. */
function readType(
  typePlace: Place | undefined,
  reference: Place | undefined,
  dataSources: Registry<DataSource>,
): SourceType | "missing" | undefined {
  let written: SourceType | undefined;
  if (typePlace !== undefined) {
    const text = readFilledText(typePlace);
    if (text === undefined) return undefined;
    written = sourceTypeOf(text);
    if (written === undefined) {
      // Of a document by itself it is enough that it names its source.
      if (!dataSources.resolves) return undefined;
      reportUnsupported(typePlace, `a metric source of type ${text}`, TODAY);
      return undefined;
    }
  }
  if (reference === undefined) return written ?? "missing";
  const dataSource = resolveReference(reference, dataSources);
  if (dataSource === undefined) return undefined;
  const referred = sourceTypeOf(dataSource.type);
  if (referred === undefined) {
    const what = `DataSource "${dataSource.name}" of type ${dataSource.type}`;
    reportUnsupported(reference, what, `refer to a DataSource of type traces or prometheus, or ${TODAY}`);
    return undefined;
  }
  if (written !== undefined && written !== referred) {
    const message = `DataSource "${dataSource.name}" is of type ${referred}, and type says ${written}`;
    report(typePlace!, "error", message, "leave type out, or refer to another DataSource");
    return undefined;
  }
  return referred;
}
