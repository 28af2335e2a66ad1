import type { CountDelta } from "../model/sli-counts.ts";
import { MINUTE_MS } from "../model/time.ts";
import type { QueryRequest, QueryValue, RunQuery } from "../promql/query-request.ts";
import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";
import type {
  EvaluatedRatioDefinition,
  RawRatioDefinition,
  ThresholdDefinition,
  ThresholdOperator,
} from "../slo/indicator.ts";
import type { BucketRange } from "./bucket-ranges.ts";

/** Queries are evaluated at multiples of this; what they give is counted in the bucket that ends then. */
export const TICK_MS = 30_000;

/** An indicator whose queries are evaluated. */
export interface EvaluatedIndicator {
  readonly id: string;
  readonly definition: EvaluatedRatioDefinition | RawRatioDefinition | ThresholdDefinition;
}

const LOOK_BACK_MS = 300_000;
const SUBQUERY_STEP_MS = 60_000;

/** The last tick at or before a time. */
export function tickAtOrBefore(atMs: number): number {
  return Math.floor(atMs / TICK_MS) * TICK_MS;
}

/** The ticks whose buckets start in the range: first and last, both inclusive; undefined when there is none. */
function ticksOf({
  fromMs,
  toMs,
}: BucketRange): { readonly firstMs: number; readonly lastMs: number } | undefined {
  const firstMs = Math.ceil((fromMs + BUCKET_MS) / TICK_MS) * TICK_MS;
  const lastMs = tickAtOrBefore(toMs);
  return firstMs > lastMs ? undefined : { firstMs, lastMs };
}

/** Ticks at which a query of an indicator was not answered. */
export interface Unanswered {
  readonly indicator: string;
  readonly range: BucketRange;
  readonly reason: string;
}

export interface EvaluatedCounts {
  readonly counts: readonly CountDelta[];
  readonly unanswered: readonly Unanswered[];
}

/** A query that fails over a longer time is asked for each half: it may be too much, or fail at a few ticks only. */
const SHORTEST_PART_MS = 30 * MINUTE_MS;

/**
 * The counts of these indicators at the ticks of a range, evaluated from what is stored. A query that several of them have
 * is evaluated once. Rejects only when the signal is aborted.
 */
export async function evaluateCounts(
  runQuery: RunQuery,
  indicators: readonly EvaluatedIndicator[],
  range: BucketRange,
  signal: AbortSignal,
): Promise<EvaluatedCounts> {
  const ticks = ticksOf(range);
  if (ticks === undefined) return { counts: [], unanswered: [] };
  const values = new Map<string, Promise<QueryValue>>();
  const evaluate = (query: string): Promise<QueryValue> => {
    let value = values.get(query);
    if (value === undefined) values.set(query, (value = valueOf(runQuery, query, ticks, signal)));
    return value;
  };
  const counts: CountDelta[] = [];
  const failed: { readonly indicator: EvaluatedIndicator; readonly reason: string }[] = [];
  for (const indicator of indicators) {
    const { id, definition } = indicator;
    try {
      for (const [step, { good, total }] of await tally(definition, evaluate)) {
        if (good === 0 && total === 0) continue;
        counts.push({ indicator: id, bucketMs: ticks.firstMs + step * TICK_MS - BUCKET_MS, good, total });
      }
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ indicator, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  if (failed.length === 0) return { counts, unanswered: [] };
  const halves = halvesOf(range);
  if (halves === undefined) {
    return {
      counts,
      unanswered: failed.map(({ indicator: { id }, reason }) => ({ indicator: id, range, reason })),
    };
  }
  const unanswered: Unanswered[] = [];
  for (const half of halves) {
    const part = await evaluateCounts(
      runQuery,
      failed.map(({ indicator }) => indicator),
      half,
      signal,
    );
    counts.push(...part.counts);
    unanswered.push(...part.unanswered);
  }
  return { counts, unanswered };
}

function halvesOf({ fromMs, toMs }: BucketRange): readonly BucketRange[] | undefined {
  const middleMs = bucketStartMs((fromMs + toMs) / 2);
  return toMs - fromMs <= SHORTEST_PART_MS
    ? undefined
    : [
        { fromMs: middleMs, toMs },
        { fromMs, toMs: middleMs },
      ];
}

/** Rejects when the query is not answered. */
async function valueOf(
  runQuery: RunQuery,
  query: string,
  { firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number },
  signal: AbortSignal,
): Promise<QueryValue> {
  const request: QueryRequest = {
    query,
    instant: false,
    startMs: firstMs,
    endMs: lastMs,
    stepMs: TICK_MS,
    lookbackMs: LOOK_BACK_MS,
    subqueryStepMs: SUBQUERY_STEP_MS,
  };
  const outcome = await runQuery(request, signal);
  if (outcome.kind === "answered") return outcome.value;
  throw new Error(`${query}: ${outcome.error.message}`);
}

/** By the number of the tick. */
type Tallies = Map<number, { good: number; total: number }>;

async function tally(
  definition: EvaluatedIndicator["definition"],
  evaluate: (query: string) => Promise<QueryValue>,
): Promise<Tallies> {
  const tallies: Tallies = new Map();
  const add = (step: number, good: number, total: number) => {
    const known = tallies.get(step);
    if (known === undefined) tallies.set(step, { good, total });
    else {
      known.good += good;
      known.total += total;
    }
  };
  const value = await evaluate(definition.query);
  switch (definition.kind) {
    case "threshold": {
      const fulfils = COMPARE[definition.operator];
      eachValue(value, (step, number) => {
        if (!Number.isNaN(number)) add(step, fulfils(number, definition.value) ? 1 : 0, 1);
      });
      break;
    }
    case "raw":
      eachValue(value, (step, number) => {
        if (Number.isNaN(number)) return;
        const ratio = Math.min(1, Math.max(0, number));
        add(step, definition.rawType === "success" ? ratio : 1 - ratio, 1);
      });
      break;
    case "evaluated": {
      const total = await evaluate(definition.total);
      eachValue(total, (step, number) => {
        // Without the total there is no event at that time, and the part says nothing.
        if (Number.isFinite(number)) add(step, definition.outcome === "good" ? 0 : number, number);
      });
      eachValue(value, (step, number) => {
        if (!Number.isFinite(number) || !tallies.has(step)) return;
        add(step, definition.outcome === "good" ? number : -number, 0);
      });
    }
  }
  return tallies;
}

const COMPARE: Readonly<Record<ThresholdOperator, (value: number, bound: number) => boolean>> = {
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
};

/** Every number of a result; a scalar is one series. Histograms and texts are no numbers. */
function eachValue(value: QueryValue, use: (step: number, number: number) => void): void {
  if (value.type === "scalar") {
    for (const [step, number] of value.values.entries()) use(step, number);
    return;
  }
  if (value.type !== "vector") return;
  for (const { values, present, histograms } of value.series) {
    for (const [step, number] of values.entries()) {
      if (present[step] === 1 && histograms?.[step] === undefined) use(step, number);
    }
  }
}
