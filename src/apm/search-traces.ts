import { spanNanos } from "../model/span.ts";
import type { Span } from "../model/span.ts";
import { compilePipeline } from "../traceql/eval/evaluate-pipeline.ts";
import { compileValues } from "../traceql/eval/field-values.ts";
import type { ValuesOf } from "../traceql/eval/field-values.ts";
import { attributeOfValue } from "../traceql/eval/query-value.ts";
import type { Spanset } from "../traceql/eval/spanset.ts";
import type { TraceView } from "../traceql/eval/trace-view.ts";
import { parseTraceQuery } from "../traceql/parse-query.ts";
import { fieldsOfQuery } from "../traceql/query-fields.ts";
import type { Query } from "../traceql/query.ts";
import type {
  FoundTrace,
  MatchedSpan,
  MatchedSpanSet,
  ResultAttribute,
  TraceSearch,
} from "./trace-search.ts";
import type { TraceQueryLimits, TraceSearchStore } from "./trace-search-ports.ts";
import { walkTraces } from "./walk-traces.ts";

/** Search over a store. `now`: milliseconds of any clock that goes forward. */
export function createTraceSearch(
  store: TraceSearchStore,
  limits: TraceQueryLimits,
  now: () => number,
): TraceSearch {
  return async (text, options) => {
    const parsed = parseTraceQuery(text);
    if (!parsed.ok) return { kind: "invalid", error: parsed.error };
    const { query } = parsed;
    if (query.metric !== undefined) {
      const message = "a search finds traces; this query computes metrics";
      const hint = "leave the last stage out, or ask for metrics";
      return { kind: "invalid", error: { message, position: 0, line: 1, column: 1, hint } };
    }
    const evaluate = compilePipeline(query.pipeline);
    const describe = describeTrace(query, options.spansPerSpanset);
    const isInRange = endedWithin(options.startMs, options.endMs);
    const traces: FoundTrace[] = [];
    const inspected = await walkTraces(
      {
        store,
        limits,
        now,
        pipeline: query.pipeline,
        startMs: options.startMs,
        endMs: options.endMs,
        enough: options.limit,
        signal: options.signal,
      },
      (view) => {
        const spansets = evaluate(view);
        if (!spansets.some(({ spans }) => spans.some(isInRange))) return false;
        traces.push(describe(view, spansets));
        return true;
      },
    );
    return { kind: "found", traces: traces.sort(newestFirst), ...inspected };
  };
}

/** Whether a span ended in [startMs, endMs), by whole milliseconds. */
export function endedWithin(startMs: number, endMs: number): (span: Span) => boolean {
  return ({ endUnixNano }) => {
    const ms = Number(endUnixNano / 1_000_000n);
    return ms >= Math.floor(startMs) && ms < Math.floor(endMs);
  };
}

function newestFirst(a: FoundTrace, b: FoundTrace): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano > b.startUnixNano ? -1 : 1;
  return a.traceId < b.traceId ? -1 : 1;
}

/** Every span of an answer has these anyway. */
const ALWAYS_SHOWN: ReadonlySet<string> = new Set(["name", "duration"]);

function describeTrace(
  query: Query,
  spansPerSpanset: number,
): (view: TraceView, spansets: readonly Spanset[]) => FoundTrace {
  const columns = new Map<string, ValuesOf>();
  for (const field of fieldsOfQuery(query)) {
    const key = field.type === "attribute" ? field.key : field.name;
    if (field.type === "intrinsic" && ALWAYS_SHOWN.has(key)) continue;
    if (!columns.has(key)) columns.set(key, compileValues({ type: "field", field }));
  }
  const describeSpan = (span: Span, view: TraceView): MatchedSpan => ({
    spanId: span.spanId,
    name: span.name,
    startUnixNano: span.startUnixNano,
    durationNanos: spanNanos(span),
    attributes: [...columns].flatMap(([key, valuesOf]): ResultAttribute[] => {
      const value = valuesOf(span, view)[0];
      return value === undefined ? [] : [{ key, ...attributeOfValue(value) }];
    }),
  });
  const describeSet = ({ spans, attributes }: Spanset, view: TraceView): MatchedSpanSet => ({
    matched: spans.length,
    attributes: attributes.map(({ key, value }) => ({ key, ...attributeOfValue(value) })),
    spans: spans.slice(0, spansPerSpanset).map((span) => describeSpan(span, view)),
  });
  return (view, spansets) => ({
    traceId: view.traceId,
    rootServiceName: view.root.resource.serviceName,
    rootTraceName: view.root.name,
    startUnixNano: view.startUnixNano,
    durationMs: Math.floor(view.durationNanos / 1e6),
    spanSets: spansets.map((spanset) => describeSet(spanset, view)),
  });
}
