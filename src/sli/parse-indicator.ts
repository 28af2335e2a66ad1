import type { TracesIndicator } from "../slo/indicator.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { printFilter } from "../traceql/print-filter.ts";
import type { SpanFilter } from "../traceql/span-filter.ts";

/** An indicator over traces with its filters read. */
export interface ParsedIndicator {
  readonly id: string;
  /** Canonical, so that equal totals are found. */
  readonly totalText: string;
  readonly total: SpanFilter;
  readonly outcome: "good" | "bad";
  readonly select: SpanFilter;
}

/** Undefined when a filter cannot be read, as after a return to an older version that knows less of TraceQL. */
export function parseIndicator(indicator: TracesIndicator): ParsedIndicator | undefined {
  const total = parseSpanFilter(indicator.total);
  const select = parseSpanFilter(indicator.select.query);
  if (!total.ok || !select.ok) return undefined;
  return {
    id: indicator.id,
    totalText: printFilter(total.filter),
    total: total.filter,
    outcome: indicator.select.outcome,
    select: select.filter,
  };
}
