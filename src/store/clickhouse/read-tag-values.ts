import type { TagField, TagScope, TagValue } from "../../model/tag-field.ts";
import type { ClickHouse } from "./clickhouse.ts";
import { allSpans, sampleSpans, type SampledSpans } from "./span-sample.ts";

/** Longer ones nobody picks from a list. */
const LONGEST = 1_024;

const COLUMNS = {
  service: "[('string', toString(service))]",
  name: "[('string', toString(name))]",
  statusMessage: "[('string', status_message)]",
  scopeName: "[('string', toString(scope_name))]",
  scopeVersion: "[('string', toString(scope_version))]",
  eventName: "arrayMap(name -> ('string', toString(name)), events_name)",
} as const;

const IN_MAPS: readonly (readonly [column: string, type: string])[] = [
  ["str", "string"],
  ["int", "int"],
  ["double", "float"],
  ["bool", "bool"],
];

/** Type and value of an attribute in the maps of a scope, or of several; ('', '') where it is in none. */
function inMaps(scopes: readonly ("span" | "resource")[]): string {
  const choices = scopes.flatMap((scope) =>
    IN_MAPS.map(
      ([column, type]) =>
        `mapContains(${scope}_${column}, {key:String}), ('${type}', toString(${scope}_${column}[{key:String}]))`,
    ),
  );
  return `[multiIf(${choices.join(", ")}, ('', ''))]`;
}

const IN_TEXTS: Readonly<Record<Exclude<TagScope, "span" | "resource">, string>> = {
  event: "events_attributes",
  link: "links_attributes",
  scope: "[scope_attributes]",
};

/** Type and value of every attribute of that key in lists of KeyValue as OTLP/JSON. */
function inTexts(column: string): string {
  const values = `arrayMap(entry -> JSONExtractRaw(entry, 'value'), arrayFilter(entry -> JSONExtractString(entry, 'key') = {key:String}, arrayFlatten(arrayMap(text -> JSONExtractArrayRaw(text), ${column}))))`;
  return `arrayMap(value -> multiIf(
    JSONHas(value, 'stringValue'), ('string', JSONExtractString(value, 'stringValue')),
    JSONHas(value, 'intValue'), ('int', JSONExtractString(value, 'intValue')),
    JSONHas(value, 'doubleValue'), ('float', toString(JSONExtractFloat(value, 'doubleValue'))),
    JSONHas(value, 'boolValue'), ('bool', JSONExtractRaw(value, 'boolValue')),
    ('', '')), ${values})`;
}

function pairsSql(field: TagField): string {
  if (field.kind === "text") return COLUMNS[field.name];
  const maps = field.scopes.filter((scope) => scope === "span" || scope === "resource");
  const texts = field.scopes.filter((scope) => scope !== "span" && scope !== "resource");
  const parts = [
    ...(maps.length > 0 ? [inMaps(maps)] : []),
    ...texts.map((scope) => inTexts(IN_TEXTS[scope])),
  ];
  return parts.length === 1 ? parts[0]! : `arrayConcat(${parts.join(", ")})`;
}

/** Numbers of few different texts: all of them are read. */
const CHEAP: ReadonlySet<string> = new Set(["service", "name"]);

/**
 * The values that spans have of a field, most frequent first, then in the order of the alphabet; of many spans, of a sample. Names of
 * services and of spans are complete where there is no condition.
 */
export async function readTagValues(
  clickhouse: ClickHouse,
  field: TagField,
  selected: SampledSpans,
  limit: number,
): Promise<readonly TagValue[]> {
  const isCheap = field.kind === "text" && CHEAP.has(field.name) && !field.ofRoots;
  const sample =
    isCheap && selected.condition === undefined
      ? allSpans(selected)
      : await sampleSpans(clickhouse, selected);
  const { where, options } = sample;
  const ofRoots = field.kind === "text" && field.ofRoots;
  const sql = `
SELECT pair.1 AS type, pair.2 AS value
FROM spans
ARRAY JOIN ${pairsSql(field)} AS pair
${where}
  ${ofRoots ? "AND parent_span_id = toFixedString('', 8)" : ""}
  AND type != '' AND length(value) BETWEEN 1 AND ${LONGEST}
GROUP BY type, value
ORDER BY count() DESC, value, type
LIMIT {limit:UInt32}`;
  const key = field.kind === "attribute" ? { key: field.key } : {};
  return clickhouse.query<TagValue>("read", sql, {
    ...options,
    params: { ...options.params, ...key, limit },
  });
}
