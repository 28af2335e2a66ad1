import { DAY_MS } from "../model/time.ts";
import type { CountsStore } from "../sli/counts-sql.ts";
import { ENDS_IN_RANGE } from "../sli/counts-sql.ts";
import type { TracesIndicator } from "../slo/indicator.ts";
import { groupKeySql, parseGroupField } from "../traceql/group-field.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { filterToSql } from "../traceql/span-sql.ts";
import type { GroupEvents } from "./census.ts";

/** Spans that end in [fromMs, toMs) of groups of ingest in (afterGroup, upToGroup]. */
export interface SpanRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly afterGroup: bigint;
  readonly upToGroup: bigint;
}

/** Longer values are no names of anything: their events are in the whole alone. */
const LONGEST_VALUE = 256;
const MOST_ROWS = 5_000;
/** Further values of one statement are passed over: what has more values than that is no way to group. */
const MOST_VALUES = 200_000;

/** The values of these fields among the events of an indicator, by day, those with the most events first. */
export async function findSpanGroups(
  store: Pick<CountsStore, "query">,
  indicator: TracesIndicator,
  keys: readonly string[],
  range: SpanRange,
): Promise<readonly GroupEvents[]> {
  const sql = groupsSql(indicator, keys);
  if (sql === undefined) return [];
  const rows = await store.query<{ group_values: string[]; day: number; events: string }>(sql, {
    params: {
      from_ms: range.fromMs,
      to_ms: range.toMs,
      after_group: range.afterGroup,
      up_to_group: range.upToGroup,
    },
  });
  return rows.map((row) => ({
    values: row.group_values,
    dayMs: row.day * DAY_MS,
    events: Number(row.events),
  }));
}

function groupsSql({ total }: TracesIndicator, keys: readonly string[]): string | undefined {
  const parsed = parseSpanFilter(total);
  const fields = keys.map(parseGroupField);
  if (!parsed.ok || fields.includes(undefined)) return undefined;
  return `SELECT group_values, day, count() AS events
FROM (
  SELECT [${fields.map((field) => groupKeySql(field!)).join(",\n    ")}] AS group_values, toUInt32(toDate(end_time)) AS day
  FROM spans
  WHERE ${ENDS_IN_RANGE}
    AND group_id > {after_group:UInt64}
    AND group_id <= {up_to_group:UInt64}
    AND ${filterToSql(parsed.filter)}
)
WHERE NOT has(group_values, 'x')
  AND arrayAll(value -> lengthUTF8(value) <= ${LONGEST_VALUE + 1}, group_values)
GROUP BY group_values, day
ORDER BY events DESC
LIMIT ${MOST_ROWS}
SETTINGS max_rows_to_group_by = ${MOST_VALUES}, group_by_overflow_mode = 'any'`;
}
