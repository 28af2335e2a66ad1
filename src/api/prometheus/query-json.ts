import type { Grid, GridSeries, RawSeries } from "../../promql/value.ts";
import { floatText } from "../../promql/syntax/float-text.ts";
import type { QueryValue } from "../../promql/query-request.ts";
import { histogramJson, labelsJson, secondsText, valueText } from "./sample-json.ts";
import { jsonArray } from "./success-response.ts";

/** A query's result as JSON, and whether `limit` has cut it off. */
export interface QueryJson {
  /** `"resultType":…,"result":…`, in parts. */
  readonly fields: Iterable<string>;
  /** Known once all parts were taken. */
  readonly truncated: () => boolean;
}

/** The value of an instant query. At most `limit` series. */
export function instantJson(value: QueryValue, limit: number | undefined): QueryJson {
  switch (value.type) {
    case "scalar": {
      const point = `[${secondsText(value.grid.startMs)},"${floatText(value.values[0]!)}"]`;
      return { fields: [`"resultType":"scalar","result":${point}`], truncated: never };
    }
    case "string": {
      const point = `[${secondsText(value.atMs)},${JSON.stringify(value.value)}]`;
      return { fields: [`"resultType":"string","result":${point}`], truncated: never };
    }
    case "vector": {
      const time = secondsText(value.grid.startMs);
      return listJson("vector", value.series, limit, (series) => sampleJson(series, time));
    }
    case "matrix":
      return listJson("matrix", value.series, limit, rawSeriesJson);
  }
}

/** The value of a range query: always a matrix. At most `limit` series. */
export function rangeJson(value: QueryValue, limit: number | undefined): QueryJson {
  switch (value.type) {
    case "scalar": {
      const labels: GridSeries = {
        labels: [],
        values: value.values,
        present: new Uint8Array(value.values.length).fill(1),
      };
      const heads = pointHeads(value.grid);
      return listJson("matrix", [labels], limit, (series) => gridSeriesJson(series, heads));
    }
    case "vector": {
      const heads = pointHeads(value.grid);
      return listJson("matrix", value.series, limit, (series) => gridSeriesJson(series, heads));
    }
    case "matrix":
      return listJson("matrix", value.series, limit, rawSeriesJson);
    case "string":
      return { fields: [`"resultType":"matrix","result":[]`], truncated: never };
  }
}

const never = (): boolean => false;

/** Joins what is not empty. */
function listJson<T>(
  type: "vector" | "matrix",
  series: readonly T[],
  limit: number | undefined,
  write: (one: T) => string,
): QueryJson {
  let truncated = false;
  function* items(): Generator<string> {
    let count = 0;
    for (const one of series) {
      const json = write(one);
      if (json === "") continue;
      if (count === limit) {
        truncated = true;
        return;
      }
      count += 1;
      yield json;
    }
  }
  function* fields(): Generator<string> {
    yield `"resultType":"${type}","result":`;
    yield* jsonArray(items());
  }
  return { fields: fields(), truncated: () => truncated };
}

function sampleJson(series: GridSeries, time: string): string {
  if (series.present[0] !== 1) return "";
  const metric = `{"metric":${labelsJson(series.labels, series.dropName)}`;
  const histogram = series.histograms?.[0];
  return histogram === undefined
    ? `${metric},"value":[${time},"${valueText(series.values[0]!)}"]}`
    : `${metric},"histogram":[${time},${histogramJson(histogram)}]}`;
}

/** What each point of a series on the grid begins with; the same for all series. */
function pointHeads(grid: Grid): readonly string[] {
  return Array.from({ length: grid.steps }, (_, i) => `[${secondsText(grid.startMs + i * grid.stepMs)},`);
}

function gridSeriesJson(series: GridSeries, heads: readonly string[]): string {
  const { present, values, histograms } = series;
  let floats = "";
  let natives = "";
  for (let i = 0; i < heads.length; i += 1) {
    if (present[i] !== 1) continue;
    const histogram = histograms?.[i];
    if (histogram === undefined) floats += `,${heads[i]!}"${valueText(values[i]!)}"]`;
    else natives += `,${heads[i]!}${histogramJson(histogram)}]`;
  }
  return seriesJson(labelsJson(series.labels, series.dropName), floats, natives);
}

function rawSeriesJson(series: RawSeries): string {
  const { timesMs, values, stale, histograms } = series;
  let floats = "";
  let natives = "";
  for (let i = 0; i < timesMs.length; i += 1) {
    if (stale?.[i] === 1) continue;
    const time = secondsText(timesMs[i]!);
    const histogram = histograms?.[i];
    if (histogram === undefined) floats += `,[${time},"${valueText(values[i]!)}"]`;
    else natives += `,[${time},${histogramJson(histogram)}]`;
  }
  return seriesJson(labelsJson(series.labels), floats, natives);
}

/** Points come with a comma before each. */
function seriesJson(metric: string, floats: string, natives: string): string {
  if (floats === "" && natives === "") return "";
  const values = floats === "" ? "" : `,"values":[${floats.slice(1)}]`;
  const histograms = natives === "" ? "" : `,"histograms":[${natives.slice(1)}]`;
  return `{"metric":${metric}${values}${histograms}}`;
}
