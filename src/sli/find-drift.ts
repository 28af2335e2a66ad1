import { BUCKET_MS } from "../slo/bucket.ts";
import type { CountDelta } from "../model/sli-counts.ts";
import { BUCKET_S, ENDS_IN_RANGE, indicatorSql, intoPasses, rawCountsSql } from "./counts-sql.ts";
import type { CountsStore, IndicatorSql } from "./counts-sql.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** Which counts to compare with the spans. */
export interface DriftScope {
  readonly indicators: readonly ParsedIndicator[];
  /** First bucket, epoch milliseconds. */
  readonly fromMs: number;
  /** End of the last bucket, exclusive. */
  readonly toMs: number;
  /** Only these buckets of the range; all when left out. */
  readonly buckets?: readonly number[];
  /** Groups whose spans do not count. */
  readonly exceptGroups?: readonly bigint[];
}

/** More drift than this is found by asking again once it is corrected. */
const MAX_ROWS = 50_000;

/** What to add to the counts so that they equal the spans: raw - counted, where that is not nothing. Earliest first. */
export async function findDrift(store: CountsStore, scope: DriftScope): Promise<readonly CountDelta[]> {
  if (scope.indicators.length === 0 || scope.fromMs >= scope.toMs || scope.buckets?.length === 0) return [];
  const drift: CountDelta[] = [];
  const passes = intoPasses(scope.indicators.map((indicator) => ({ sql: indicatorSql(indicator) })));
  for (const pass of passes) {
    const rows = await store.query<{ indicator: string; bucket_s: number; good: string; total: string }>(
      driftSql(
        pass.map(({ sql }) => sql),
        scope,
      ),
      { params: driftParams(scope) },
    );
    for (const row of rows) {
      drift.push({
        indicator: row.indicator,
        bucketMs: row.bucket_s * 1_000,
        good: Number(row.good),
        total: Number(row.total),
      });
    }
  }
  return drift;
}

function driftSql(indicators: readonly IndicatorSql[], scope: DriftScope): string {
  const raw = [ENDS_IN_RANGE];
  if (scope.buckets !== undefined) raw.push(`${BUCKET_S} IN {buckets_s:Array(UInt32)}`);
  if (scope.exceptGroups !== undefined) raw.push("group_id NOT IN {except_groups:Array(UInt64)}");
  return `SELECT indicator, bucket_s, sum(good) AS good, sum(total) AS total
FROM (
${rawCountsSql(indicators, raw.join("\n  AND "))}
UNION ALL
SELECT toString(indicator) AS indicator, toUnixTimestamp(bucket) AS bucket_s, -sum(good) AS good, -sum(total) AS total
FROM sli_counts
WHERE indicator IN (${indicators.map(({ id }) => `'${id}'`).join(", ")})
  AND bucket >= toDateTime({from_s:UInt32}, 'UTC')
  AND bucket < toDateTime({to_s:UInt32}, 'UTC')
  ${scope.buckets === undefined ? "" : "AND toUnixTimestamp(bucket) IN {buckets_s:Array(UInt32)}"}
GROUP BY indicator, bucket
)
GROUP BY indicator, bucket_s
HAVING good != 0 OR total != 0
ORDER BY bucket_s, indicator
LIMIT ${MAX_ROWS}`;
}

function driftParams(
  scope: DriftScope,
): Readonly<Record<string, number | readonly number[] | readonly bigint[]>> {
  return {
    from_ms: scope.fromMs,
    to_ms: scope.toMs,
    from_s: scope.fromMs / 1_000,
    to_s: scope.toMs / 1_000,
    ...(scope.buckets === undefined ? {} : { buckets_s: scope.buckets.map((ms) => ms / 1_000) }),
    ...(scope.exceptGroups === undefined ? {} : { except_groups: scope.exceptGroups }),
  };
}

const MAX_BUCKETS = 500;
const MAX_SPREAD_MS = 24 * 3_600_000;

/** Cuts buckets into scopes that a statement finds quickly: few at a time, near to each other. */
export function bucketScopes(
  buckets: Iterable<number>,
): readonly Pick<DriftScope, "fromMs" | "toMs" | "buckets">[] {
  const sorted = [...new Set(buckets)].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const bucket of sorted) {
    const run = runs.at(-1);
    const isNear = run !== undefined && run.length < MAX_BUCKETS && bucket - run[0]! < MAX_SPREAD_MS;
    if (isNear) run.push(bucket);
    else runs.push([bucket]);
  }
  return runs.map((run) => ({ fromMs: run[0]!, toMs: run.at(-1)! + BUCKET_MS, buckets: run }));
}
