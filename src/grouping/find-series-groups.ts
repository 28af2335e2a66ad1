import { DAY_MS } from "../model/time.ts";
import { sqlString } from "../model/sql-string.ts";
import { selectorsOf } from "../promql/narrow-query.ts";
import { parseQuery } from "../promql/syntax/parse-query.ts";
import type { CountsStore } from "../sli/counts-sql.ts";
import { matchersSql } from "../sli/increments-sql.ts";
import type { LabelMatcher, MetricsIndicator } from "../slo/indicator.ts";
import type { GroupEvents } from "./census.ts";

const LONGEST_VALUE = 256;
const MOST_ROWS = 5_000;
const MOST_SERIES = 2_000_000;

/** What a selector asks of `series`: of its metric's name and of its labels. */
type Conditions = readonly LabelMatcher[];

/** The values of these labels among the series that an indicator reads on the days of [fromDayMs, toDayMs]. */
export async function seeSeriesGroups(
  store: Pick<CountsStore, "query">,
  indicator: MetricsIndicator,
  keys: readonly string[],
  { fromDayMs, toDayMs }: { readonly fromDayMs: number; readonly toDayMs: number },
): Promise<readonly GroupEvents[]> {
  const where = seriesSql(indicator);
  if (where === undefined) return [];
  const sql = `SELECT group_values, day_number, count() AS events
FROM (
  SELECT DISTINCT id, toUInt32(day) AS day_number, ${valuesSql(keys)} AS group_values
  FROM series
  WHERE day >= toDate({from_day:UInt16}) AND day <= toDate({to_day:UInt16})
    AND ${where}
)
WHERE ${SHORT_VALUES}
GROUP BY group_values, day_number
ORDER BY events DESC
LIMIT ${MOST_ROWS}`;
  return await ask(store, sql, { from_day: fromDayMs / DAY_MS, to_day: toDayMs / DAY_MS });
}

/**
 * The same of one day, with about as many events as there were: what the counters rose by, without looking for their
 * beginnings anew; of queries that are evaluated one event for each series and evaluation.
 */
export async function weighSeriesGroups(
  store: Pick<CountsStore, "query">,
  indicator: MetricsIndicator,
  keys: readonly string[],
  dayMs: number,
): Promise<readonly GroupEvents[]> {
  const { definition } = indicator;
  if (definition.kind !== "increments")
    return await seeSeriesGroups(store, indicator, keys, { fromDayMs: dayMs, toDayMs: dayMs });
  const where = seriesSql(indicator);
  const metrics = [...new Set(definition.total.terms.map(({ metric }) => metric))];
  const sql = `SELECT group_values, {day:UInt16} AS day_number, sum(rise) AS events
FROM (
  SELECT id, any(${valuesSql(keys)}) AS group_values
  FROM series
  WHERE day = toDate({day:UInt16}) AND ${where}
  GROUP BY id
) AS known
LEFT JOIN (
  SELECT series, max(value) - min(value) AS rise
  FROM samples
  WHERE metric IN (${metrics.map(sqlString).join(", ")})
    AND toDate(time) = toDate({day:UInt16})
    AND isFinite(value)
  GROUP BY series
) AS risen ON known.id = risen.series
WHERE ${SHORT_VALUES}
GROUP BY group_values
ORDER BY events DESC
LIMIT ${MOST_ROWS}`;
  return await ask(store, sql, { day: dayMs / DAY_MS });
}

const SHORT_VALUES = `arrayAll(value -> lengthUTF8(value) <= ${LONGEST_VALUE + 1}, group_values)`;

async function ask(
  store: Pick<CountsStore, "query">,
  sql: string,
  params: Readonly<Record<string, number>>,
): Promise<readonly GroupEvents[]> {
  const bounded = `${sql}\nSETTINGS max_rows_to_group_by = ${MOST_SERIES}, group_by_overflow_mode = 'any'`;
  const rows = await store.query<{ group_values: string[]; day_number: number; events: string | number }>(
    bounded,
    { params },
  );
  return rows.map((row) => ({
    values: row.group_values,
    dayMs: row.day_number * DAY_MS,
    events: Number(row.events),
  }));
}

/** A label that is not there is an empty text, which is no value. */
function valuesSql(keys: readonly string[]): string {
  const value = (key: string) => `labels[${sqlString(key)}]`;
  return `[${keys.map((key) => `if(${value(key)} = '', 'n', concat('s', ${value(key)}))`).join(", ")}]`;
}

/** The series whose events are the total; undefined where a query cannot be read. */
function seriesSql({ definition }: MetricsIndicator): string | undefined {
  if (definition.kind === "increments") {
    const added = definition.total.terms.filter(({ sign }) => sign === 1);
    return anyOf(
      added.map(({ metric, matchers }) => [{ label: "__name__", operator: "=", value: metric }, ...matchers]),
    );
  }
  const parsed = parseQuery(definition.kind === "evaluated" ? definition.total : definition.query);
  return parsed.ok ? anyOf(selectorsOf(parsed.expr).map(({ matchers }) => matchers)) : undefined;
}

function anyOf(selectors: readonly Conditions[]): string | undefined {
  if (selectors.length === 0) return undefined;
  const texts = selectors.map((matchers) => {
    const names = matchers.filter(({ label }) => label === "__name__");
    const labels = matchers.filter(({ label }) => label !== "__name__");
    return [...names.map(nameSql), matchersSql(labels)].join(" AND ");
  });
  return `(${[...new Set(texts)].map((text) => `(${text})`).join(" OR ")})`;
}

function nameSql({ operator, value }: LabelMatcher): string {
  const pattern = sqlString(`^(?s:${value})$`);
  switch (operator) {
    case "=":
      return `metric = ${sqlString(value)}`;
    case "!=":
      return `metric != ${sqlString(value)}`;
    case "=~":
      return `match(metric, ${pattern})`;
    case "!~":
      return `NOT match(metric, ${pattern})`;
  }
}
