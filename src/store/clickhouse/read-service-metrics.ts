import { DAY_MS } from "../../model/time.ts";
import type { ClickHouse } from "./clickhouse.ts";
import type { ServiceRange } from "./read-service-spans.ts";

export interface ServiceMetric {
  readonly metric: string;
  readonly series: number;
  /** Sorted. */
  readonly labels: readonly string[];
  /** Native histograms, of whatever service, are stored under this name. */
  readonly isHistogram: boolean;
}

const LIMITS = { limits: { maxExecutionSeconds: 20 } };
const IN_DAYS = "day >= toDate({from_day:UInt16}) AND day <= toDate({to_day:UInt16})";

const dayParams = ({ fromMs, toMs }: Pick<ServiceRange, "fromMs" | "toMs">) => ({
  from_day: Math.floor(fromMs / DAY_MS),
  to_day: Math.floor(toMs / DAY_MS),
});

/** What a service sends has it in `job`, behind its namespace; what exporters send of its consumers has their group. */
const METRICS = `
SELECT metric, uniq(id) AS series, arraySort(groupUniqArrayArray(mapKeys(labels))) AS names,
  metric IN (
    SELECT metric FROM histogram_samples
    WHERE time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    LIMIT 1 BY metric
  ) AS is_histogram
FROM series
WHERE ${IN_DAYS}
  AND (labels['job'] = {service:String} OR endsWith(labels['job'], concat('/', {service:String}))
    OR labels['group'] = {service:String} OR labels['consumergroup'] = {service:String})
GROUP BY metric
ORDER BY metric
LIMIT {most:UInt32}`;

/** The metrics that a service sends, and those of its consumer group; by name, \`most\` of them. */
export async function readServiceMetrics(
  clickhouse: ClickHouse,
  range: ServiceRange,
  most: number,
): Promise<readonly ServiceMetric[]> {
  const rows = await clickhouse.query<{
    metric: string;
    series: string;
    names: readonly string[];
    is_histogram: number;
  }>("read", METRICS, {
    ...LIMITS,
    params: { ...dayParams(range), service: range.service, from_ms: range.fromMs, most },
  });
  return rows.map((row) => ({
    metric: row.metric,
    series: Number(row.series),
    labels: row.names,
    isHistogram: row.is_histogram !== 0,
  }));
}

const SERVICES = `
SELECT name
FROM (
  SELECT service AS name, count() AS weight
  FROM spans
  WHERE end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')
  GROUP BY service
  UNION ALL
  SELECT splitByChar('/', labels['job'])[-1] AS name, uniq(id) AS weight
  FROM series
  WHERE ${IN_DAYS}
  GROUP BY name
)
WHERE name != ''
GROUP BY name
ORDER BY sum(weight) DESC, name
LIMIT {most:UInt32}`;

/** Names of services that sent spans or metrics, the busiest first. */
export async function readServiceNames(
  clickhouse: ClickHouse,
  range: Pick<ServiceRange, "fromMs" | "toMs">,
  most: number,
): Promise<readonly string[]> {
  const rows = await clickhouse.query<{ name: string }>("read", SERVICES, {
    ...LIMITS,
    params: { ...dayParams(range), from_ms: range.fromMs, to_ms: range.toMs, most },
  });
  return rows.map(({ name }) => name);
}
