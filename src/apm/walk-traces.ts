import { candidatesOf } from "../traceql/candidates-sql.ts";
import type { TraceCandidates } from "../traceql/candidates-sql.ts";
import { viewTrace } from "../traceql/eval/trace-view.ts";
import type { TraceView } from "../traceql/eval/trace-view.ts";
import type { Pipeline } from "../traceql/query.ts";
import type { Inspected } from "./trace-search.ts";
import type { TraceQueryLimits, TraceSearchStore } from "./trace-search-ports.ts";

/** Spans of a trace count that ended this long before or after the range that is asked for. */
export const TRACE_MARGIN_MS = 3_600_000;

const FIRST_CHUNK = 50;
const LARGEST_CHUNK = 400;

export interface TraceWalk {
  readonly store: TraceSearchStore;
  readonly limits: TraceQueryLimits;
  /** Milliseconds of any clock that goes forward. */
  readonly now: () => number;
  readonly pipeline: Pipeline;
  readonly startMs: number;
  readonly endMs: number;
  /** As many matches are enough; undefined for all. */
  readonly enough: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads the traces that may match, whole, newest match first, and gives each to `visit`, which says whether it did. Ends when
 * enough have, or at a limit.
 */
export async function walkTraces(walk: TraceWalk, visit: (view: TraceView) => boolean): Promise<Inspected> {
  const { store, limits, now, startMs, endMs, enough } = walk;
  const signal = walk.signal === undefined ? {} : { signal: walk.signal };
  const deadline = now() + limits.maxTimeMs;
  const candidates = candidatesOf(walk.pipeline);
  const wide = { fromMs: startMs - TRACE_MARGIN_MS, toMs: endMs + TRACE_MARGIN_MS };
  const most =
    candidates.isExact && enough !== undefined ? Math.min(enough, limits.maxTraces) : limits.maxTraces + 1;
  const ids = await findCandidates(walk, candidates, most);
  const tally = { traces: 0, spans: 0, matches: 0, incomplete: 0 };
  const isEnough = () => enough !== undefined && tally.matches >= enough;
  let limitReached: string | undefined;
  let size = Math.max(FIRST_CHUNK, Math.min(enough ?? LARGEST_CHUNK, LARGEST_CHUNK));
  const last = Math.min(ids.length, limits.maxTraces);
  for (let at = 0; at < last && !isEnough(); at += size, size = Math.min(size * 2, LARGEST_CHUNK)) {
    limitReached = limitOf(limits, tally.spans, now() > deadline);
    if (limitReached !== undefined) break;
    const traceIds = ids.slice(at, Math.min(at + size, last));
    const read = await store.readTraces({
      traceIds,
      ...wide,
      maxSpansEach: limits.maxSpansEach,
      maxSpans: limits.maxSpans - tally.spans,
      ...signal,
    });
    for (const id of traceIds) {
      if (isEnough()) break;
      const spans = read.traces.get(id);
      if (read.incomplete.has(id)) tally.incomplete += 1;
      if (spans === undefined) continue;
      tally.traces += 1;
      tally.spans += spans.length;
      if (visit(viewTrace(spans))) tally.matches += 1;
    }
  }
  if (limitReached === undefined && !isEnough() && ids.length > limits.maxTraces) {
    limitReached = `${limits.maxTraces} traces were looked at`;
  }
  if (limitReached === undefined && tally.incomplete > 0) {
    limitReached =
      tally.spans >= limits.maxSpans
        ? limitOf(limits, tally.spans, false)
        : `traces too large to be read whole: ${tally.incomplete}`;
  }
  return {
    inspectedTraces: tally.traces,
    inspectedSpans: tally.spans,
    isPartial: limitReached !== undefined,
    limitReached,
  };
}

/** Of a range, which is looked at first: what is often found is found there, without reading all of it. */
const NEWEST_SHARE = 1 / 16;

/** Those that ended last come first: enough of them in the newest part are the newest of all. */
async function findCandidates(
  { store, startMs, endMs, signal }: TraceWalk,
  { spanConditions, traceCondition, isExact }: TraceCandidates,
  limit: number,
): Promise<readonly string[]> {
  const findFrom = (fromMs: number) =>
    store.findTraces({
      spanConditions,
      traceCondition,
      fromMs,
      toMs: endMs,
      wideFromMs: startMs - TRACE_MARGIN_MS,
      wideToMs: endMs + TRACE_MARGIN_MS,
      limit,
      ...(signal === undefined ? {} : { signal }),
    });
  // What asks for whole traces reads the range beside it each time.
  if (isExact && !spanConditions.some((condition) => condition.includes("wide_from_ms"))) {
    const newest = await findFrom(Math.ceil(endMs - (endMs - startMs) * NEWEST_SHARE));
    if (newest.length >= limit) return newest;
  }
  return findFrom(startMs);
}

function limitOf(limits: TraceQueryLimits, spans: number, isLate: boolean): string | undefined {
  if (spans >= limits.maxSpans) return `${limits.maxSpans} spans were looked at`;
  return isLate ? `${limits.maxTimeMs} ms have passed` : undefined;
}
