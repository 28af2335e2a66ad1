import { DAY_MS } from "../model/time.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { ENDS_IN_RANGE, indicatorSql, intoPasses, rawCountsSql } from "./counts-sql.ts";
import type { CountsStore, IndicatorSql } from "./counts-sql.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";

/** An indicator to count in the stored spans. */
export interface BackfillTarget {
  readonly indicator: ParsedIndicator;
  /** Groups up to this one are counted already; 0n when none is. */
  readonly afterGroup: bigint;
}

/** Spans that end in [fromMs, toMs), for the indicators that share one pass. */
export interface BackfillStep<Target extends BackfillTarget> {
  readonly targets: readonly Target[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** Targets that fit into one statement, and the steps that count them in all stored spans. */
export interface BackfillPass<Target extends BackfillTarget> {
  readonly targets: readonly Target[];
  readonly steps: readonly BackfillStep<Target>[];
}

/** Spans that ended on one day (UTC): one partition. */
export interface DayOfSpans {
  /** Start of the day, epoch milliseconds. */
  readonly dayMs: number;
  readonly spans: number;
}

const DAYS = `
SELECT toUnixTimestamp(toDate(end_time)) AS day_s, count() AS spans
FROM spans
GROUP BY toDate(end_time) AS day
ORDER BY day_s DESC`;

/** Days that have spans, newest first; read from the parts' metadata alone. */
export async function daysWithSpans(store: CountsStore): Promise<readonly DayOfSpans[]> {
  const rows = await store.query<{ day_s: number; spans: string }>(DAYS);
  return rows.map((row) => ({ dayMs: row.day_s * 1_000, spans: Number(row.spans) }));
}

/** No statement counts more than a day, nor many more spans than this: it ends within a minute or so. */
const MAX_SPANS_PER_STEP = 20_000_000;
/** Ten minutes; divides a day. */
const SHORTEST_STEP_MS = 60 * BUCKET_MS;

/** The passes and, within each, the steps from the newest to the oldest: the short windows are the first that are right. */
export function planBackfill<Target extends BackfillTarget>(
  targets: readonly Target[],
  days: readonly DayOfSpans[],
  rawFromMs: number,
): readonly BackfillPass<Target>[] {
  const firstMs = Math.ceil(rawFromMs / BUCKET_MS) * BUCKET_MS;
  const passes = intoPasses(targets.map((target) => ({ target, sql: indicatorSql(target.indicator) })));
  const ranges = days
    .flatMap(cutDay)
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, firstMs), toMs }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
  return passes.map((pass) => {
    const passTargets = pass.map(({ target }) => target);
    return { targets: passTargets, steps: ranges.map((range) => ({ targets: passTargets, ...range })) };
  });
}

/** Newest first. */
export function cutDay({
  dayMs,
  spans,
}: DayOfSpans): readonly { readonly fromMs: number; readonly toMs: number }[] {
  const evenMs = DAY_MS / Math.max(1, Math.ceil(spans / MAX_SPANS_PER_STEP));
  const stepMs = Math.ceil(evenMs / SHORTEST_STEP_MS) * SHORTEST_STEP_MS;
  const endMs = dayMs + DAY_MS;
  return Array.from({ length: Math.ceil(DAY_MS / stepMs) }, (_, i) => ({
    fromMs: Math.max(dayMs, endMs - (i + 1) * stepMs),
    toMs: endMs - i * stepMs,
  }));
}

/**
 * Adds the events of one step to the counts: stored spans of groups up to `upToGroup`. One insert into one partition, so
 * it is there whole or not at all; repeated with the same token, it is there once.
 */
export async function backfillStep(
  store: CountsStore,
  step: BackfillStep<BackfillTarget>,
  options: { readonly upToGroup: bigint; readonly writer: bigint; readonly token: string },
): Promise<void> {
  if (step.targets.length === 0) return;
  await store.command(insertSql(step.targets.map(targetSql)), {
    params: {
      from_ms: step.fromMs,
      to_ms: step.toMs,
      up_to_group: options.upToGroup,
      writer: options.writer,
    },
    deduplicationToken: options.token,
  });
}

function targetSql({ indicator, afterGroup }: BackfillTarget): IndicatorSql {
  return indicatorSql(indicator, afterGroup === 0n ? undefined : `group_id > ${afterGroup}`);
}

function insertSql(indicators: readonly IndicatorSql[]): string {
  return `INSERT INTO sli_counts (indicator, bucket, writer, good, total)
SELECT indicator, toDateTime(bucket_s, 'UTC') AS bucket, {writer:UInt64} AS writer, good, total
FROM (
${rawCountsSql(indicators, `${ENDS_IN_RANGE}\n  AND group_id <= {up_to_group:UInt64}`)}
)
ORDER BY ALL`;
}
