import type { TagNames } from "../../model/tag-field.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { sampleSpans, type SampledSpans } from "./span-sample.ts";

/** Of one scope. */
const MOST_NAMES = 5_000;

const TYPES = ["str", "int", "double", "bool", "json"] as const;

/** The keys of maps, one array for each type. */
const keysOf = (scope: "span" | "resource"): string =>
  `arrayDistinct(arrayConcat(${TYPES.map(
    (type) => `groupUniqArrayArray(${MOST_NAMES})(mapKeys(${scope}_${type}))`,
  ).join(", ")})) AS ${scope}_names`;

/** The keys of a list of KeyValue as OTLP/JSON. */
const keysInText = (text: string): string =>
  `arrayMap(entry -> JSONExtractString(entry, 'key'), JSONExtractArrayRaw(${text}))`;

const keysInTexts = (column: string, name: string): string =>
  `groupUniqArrayArray(${MOST_NAMES})(arrayFlatten(arrayMap(text -> ${keysInText("text")}, ${column}))) AS ${name}_names`;

const namesSql = (where: string): string => `
SELECT
  ${keysOf("span")},
  ${keysOf("resource")},
  ${keysInTexts("events_attributes", "event")},
  ${keysInTexts("links_attributes", "link")},
  groupUniqArrayArray(${MOST_NAMES})(${keysInText("scope_attributes")}) AS scope_names
FROM spans
${where}`;

/** Names of the attributes that spans have, in the order of the alphabet; of many spans, of a sample. */
export async function readTagNames(clickhouse: ClickHouse, selected: SampledSpans): Promise<TagNames> {
  const { where, options } = await sampleSpans(clickhouse, selected);
  const [row] = await clickhouse.query<Record<`${keyof TagNames}_names`, readonly string[]>>(
    "read",
    namesSql(where),
    options,
  );
  const sorted = (names: readonly string[] = []): readonly string[] => names.toSorted();
  return {
    span: sorted(row?.span_names),
    resource: sorted(row?.resource_names),
    event: sorted(row?.event_names),
    link: sorted(row?.link_names),
    scope: sorted(row?.scope_names),
  };
}
