import { requireField } from "./fields.ts";
import { sourceTypeOf } from "./source-type.ts";
import { report } from "./place.ts";
import { readDescription, readFilledText } from "./scalars.ts";
import { readSpecFields, type SpecObject } from "./spec-object.ts";

export interface DataSource {
  readonly name: string;
  /** As written; compared without letter case. */
  readonly type: string;
}

/** Reads a DataSource. `connectionDetails` is free; it is never read, for it may hold secrets. */
export function readDataSource(object: SpecObject): DataSource | undefined {
  const spec = readSpecFields(object, ["type", "connectionDetails", "description"]);
  if (spec === undefined) return undefined;
  readDescription(spec.get("description"));
  const typePlace = requireField(spec, "type", "write type: traces or type: prometheus");
  const type = typePlace === undefined ? undefined : readFilledText(typePlace);
  if (type === undefined) return undefined;
  const details = spec.get("connectionDetails");
  const sourceType = sourceTypeOf(type);
  if (sourceType === "prometheus" && details !== undefined) {
    report(
      spec.key("connectionDetails"),
      "warning",
      "connectionDetails has no effect: queries read the metrics that Noroshi stores",
      "send the metrics here by remote write, OTLP or a scrape; see docs/metrics.md",
    );
  }
  if (sourceType === undefined && details === undefined) {
    report(
      spec.key("connectionDetails"),
      "warning",
      "connectionDetails is missing, which OpenSLO asks for",
      "write connectionDetails: with how to reach the source",
    );
  }
  return { name: object.metadata.name, type };
}
