import type { ClickHouse, StatementOptions } from "./clickhouse.ts";

/** Spans that ended in [fromMs, toMs) and pass a condition, which comes from a TraceQL filter. */
export interface SampledSpans {
  readonly fromMs: number;
  readonly toMs: number;
  /** SQL; undefined takes all. */
  readonly condition: string | undefined;
  readonly signal?: AbortSignal;
}

/** As many are read at once as a person waits for without noticing. */
const MOST_SPANS = 100_000;
const MAX_SECONDS = 10;
/** As many as a granule of the table has. */
const ROWS_TOGETHER = 1_024;

const IN_RANGE = `end_time >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
  AND end_time < fromUnixTimestamp64Milli({to_ms:Int64}, 'UTC')`;

const COUNT = `SELECT count() AS spans FROM spans WHERE ${IN_RANGE}`;

/** What `sampleSpans` gives, for a statement over `spans`. */
export interface SpanSample {
  /** `PREWHERE … WHERE …` */
  readonly where: string;
  readonly options: StatementOptions;
}

/**
 * All spans of the range, or where they are many every n-th granule of them: the table is ordered by service and name, so each has its
 * share. A granule that is left out is not read.
 */
export async function sampleSpans(clickhouse: ClickHouse, selected: SampledSpans): Promise<SpanSample> {
  const { options } = allSpans(selected);
  const [row] = await clickhouse.query<{ spans: string }>("read", COUNT, options);
  const every = 2 ** Math.max(0, Math.ceil(Math.log2(Number(row?.spans ?? 0) / MOST_SPANS)));
  const granule = `(intDiv(_part_offset, ${ROWS_TOGETHER}) + cityHash64(_part)) % ${every} = 0`;
  const before = every === 1 ? "" : `${granule} AND `;
  return { where: `PREWHERE ${before}${IN_RANGE}\nWHERE ${selected.condition ?? "1"}`, options };
}

/** Every span of the range; for statements that read little of each. */
export function allSpans({ fromMs, toMs, condition, signal }: SampledSpans): SpanSample {
  const options: StatementOptions = {
    params: { from_ms: Math.floor(fromMs), to_ms: Math.ceil(toMs) },
    limits: { maxExecutionSeconds: MAX_SECONDS },
    ...(signal === undefined ? {} : { signal }),
  };
  return { where: `PREWHERE ${IN_RANGE}\nWHERE ${condition ?? "1"}`, options };
}
