import type { RunQuery } from "../promql/query-request.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { CountsStore } from "./counts-sql.ts";
import { planPreview } from "./preview-steps.ts";
import type { PreviewStep } from "./preview-steps.ts";

/** [startMs, endMs) in steps; all are multiples of 10 s, and so is the length. */
export interface PreviewRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

/** What an indicator counts, or would count. */
export interface PreviewedCounts {
  /** One number for each step. */
  readonly good: Float64Array;
  readonly total: Float64Array;
  /** Complete from here on, epoch milliseconds: nothing is known from before. Undefined: nothing is known at all. */
  readonly knownFromMs: number | undefined;
  /** Why it is not known from before: more was not asked for, it is not stored, or there was no time to count it. */
  readonly limit: "asked" | "stored" | "time";
  /** `counts` of an SLO that runs, or what was counted now. */
  readonly source: "counts" | "spans" | "samples";
  /** Stretches within what is known for which a query was not answered: their events are missing. */
  readonly gaps: readonly PreviewGap[];
}

export interface PreviewGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly reason: string;
}

/**
 * Counts any indicator over a stretch of time from what is stored, without registering it. Rejects when a store fails
 * or the signal is aborted.
 */
export type PreviewCounts = (
  indicator: Indicator,
  range: PreviewRange,
  options?: PreviewOptions,
) => Promise<PreviewedCounts>;

export interface PreviewOptions {
  readonly signal?: AbortSignal;
  /** How long to count for at most; what is not counted by then is not known. */
  readonly maxTimeMs?: number;
}

/** What previews ask; statements and queries run in the lane of reads. */
export interface PreviewPorts {
  readonly store: CountsStore;
  readonly runQuery: RunQuery;
  /** Since when the counts of an indicator that runs are complete; undefined while they are not, and of others. */
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  /** Kept counts of an indicator by steps. */
  readonly readCounts: (
    indicatorId: string,
    range: PreviewRange,
  ) => Promise<{ readonly good: Float64Array; readonly total: Float64Array }>;
  /** End time of the oldest span kept; undefined when there is none. */
  readonly oldestSpanMs: () => Promise<number | undefined>;
  /** What is older may be gone. */
  readonly keptFromMs: (table: "spans" | "samples") => Promise<number>;
}

const MAX_TIME_MS = 20_000;
/** Rows of kept counts read at once. */
const STEPS_PER_READ = 50_000;

export function createPreviewCounts(ports: PreviewPorts): PreviewCounts {
  return async (indicator, range, options = {}) => {
    const coveredFromMs = ports.coveredFromMs(indicator.id);
    return coveredFromMs === undefined
      ? countStored(ports, indicator, range, options)
      : readKept(ports, indicator, range, coveredFromMs);
  };
}

async function readKept(
  ports: PreviewPorts,
  { id }: Indicator,
  range: PreviewRange,
  coveredFromMs: number,
): Promise<PreviewedCounts> {
  const { startMs, endMs, stepMs } = range;
  const columns = emptyColumns(range);
  for (let from = 0; startMs + from * stepMs < endMs; from += STEPS_PER_READ) {
    const fromMs = startMs + from * stepMs;
    const toMs = Math.min(endMs, fromMs + STEPS_PER_READ * stepMs);
    const { good, total } = await ports.readCounts(id, { startMs: fromMs, endMs: toMs, stepMs });
    columns.good.set(good, from);
    columns.total.set(total, from);
  }
  const knownFromMs = Math.max(startMs, bucketStartMs(coveredFromMs));
  const limit = knownFromMs > startMs ? "stored" : "asked";
  return knownFromMs >= endMs
    ? { ...columns, knownFromMs: undefined, limit: "stored", source: "counts", gaps: [] }
    : { ...columns, knownFromMs, limit, source: "counts", gaps: [] };
}

/** Counts from the newest step to the oldest for as long as there is time. */
async function countStored(
  ports: PreviewPorts,
  indicator: Indicator,
  range: PreviewRange,
  { signal, maxTimeMs = MAX_TIME_MS }: PreviewOptions,
): Promise<PreviewedCounts> {
  const columns = emptyColumns(range);
  const source = indicator.source === "traces" ? "spans" : "samples";
  const deadline = AbortSignal.timeout(Math.max(1, maxTimeMs));
  const ended = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  const plan = await planPreview(ports, indicator, range, ended);
  if (plan === undefined) return { ...columns, knownFromMs: undefined, limit: "stored", source, gaps: [] };
  const gaps: PreviewGap[] = [];
  let knownFromMs = range.endMs;
  for (const step of plan.steps) {
    signal?.throwIfAborted();
    const counted = ended.aborted ? undefined : await countStep(step, ended);
    signal?.throwIfAborted();
    if (counted === undefined) {
      const known = knownFromMs < range.endMs ? knownFromMs : undefined;
      return { ...columns, knownFromMs: known, limit: "time", source, gaps };
    }
    for (const { bucketMs, good, total } of counted.counts) {
      if (bucketMs < range.startMs || bucketMs >= range.endMs) continue;
      const index = Math.floor((bucketMs - range.startMs) / range.stepMs);
      columns.good[index]! += good;
      columns.total[index]! += total;
    }
    gaps.push(...counted.gaps);
    knownFromMs = step.fromMs;
  }
  return {
    ...columns,
    knownFromMs: plan.fromMs,
    limit: plan.fromMs > range.startMs ? "stored" : "asked",
    source,
    gaps,
  };
}

/** undefined: there was no time left for it. */
async function countStep(
  step: PreviewStep,
  ended: AbortSignal,
): Promise<Awaited<ReturnType<PreviewStep["count"]>> | undefined> {
  try {
    return await step.count();
  } catch (error) {
    if (ended.aborted) return undefined;
    throw error;
  }
}

function emptyColumns({ startMs, endMs, stepMs }: PreviewRange) {
  const steps = Math.ceil((endMs - startMs) / stepMs);
  return { good: new Float64Array(steps), total: new Float64Array(steps) };
}
