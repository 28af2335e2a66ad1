import { narrowQuery } from "../promql/narrow-query.ts";
import { parseQuery } from "../promql/syntax/parse-query.ts";
import { printQuery } from "../promql/syntax/print-query.ts";
import { defineMetricsIndicator, defineTracesIndicator } from "../slo/define-indicator.ts";
import type {
  CounterSum,
  Indicator,
  LabelMatcher,
  MetricsDefinition,
  MetricsIndicator,
  TracesIndicator,
} from "../slo/indicator.ts";
import { groupCondition, parseGroupField } from "../traceql/group-field.ts";
import type { GroupKey } from "../traceql/group-field.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { printFilter } from "../traceql/print-filter.ts";
import type { SpanFilter } from "../traceql/span-filter.ts";

/**
 * The indicator of one group: the events of a whole that have these values, one for each key. Undefined where that
 * cannot be said, as of values that no condition asks for.
 */
export function narrowIndicator(
  indicator: Indicator,
  keys: readonly string[],
  values: readonly GroupKey[],
): Indicator | undefined {
  return indicator.source === "traces"
    ? narrowTraces(indicator, keys, values)
    : narrowMetrics(indicator, keys, values);
}

function narrowTraces(
  { total, select }: TracesIndicator,
  keys: readonly string[],
  values: readonly GroupKey[],
): TracesIndicator | undefined {
  const parsed = parseSpanFilter(total);
  if (!parsed.ok) return undefined;
  const conditions: SpanFilter[] = [];
  for (const [i, key] of keys.entries()) {
    const field = parseGroupField(key);
    const condition = field && groupCondition(field, values[i] ?? "");
    if (condition === undefined) return undefined;
    conditions.push(condition);
  }
  const { filter } = parsed;
  const isAll = filter.type === "constant" && filter.value;
  const base = filter.type === "all" ? filter.operands : isAll ? [] : [filter];
  const operands = [...base, ...conditions];
  const narrowed = printFilter(operands.length === 1 ? operands[0]! : { type: "all", operands });
  // A total that is as long as one may be has no room for more.
  if (!parseSpanFilter(narrowed).ok) return undefined;
  return defineTracesIndicator({ total: narrowed, outcome: select.outcome, query: select.query });
}

function narrowMetrics(
  { definition }: MetricsIndicator,
  keys: readonly string[],
  values: readonly GroupKey[],
): MetricsIndicator | undefined {
  // A label that is not there is an empty text.
  const matchers = keys.map((label, i): LabelMatcher => {
    const value = values[i] ?? "";
    return { label, operator: "=", value: value.startsWith("s") ? value.slice(1) : "" };
  });
  const narrowed = narrowDefinition(definition, matchers);
  return narrowed && defineMetricsIndicator(narrowed);
}

function narrowDefinition(
  definition: MetricsDefinition,
  matchers: readonly LabelMatcher[],
): MetricsDefinition | undefined {
  if (definition.kind === "increments") {
    const total = narrowSum(definition.total, matchers);
    const select = narrowSum(definition.select, matchers);
    return total && select && { ...definition, total, select };
  }
  const query = narrowText(definition.query, matchers);
  if (query === undefined) return undefined;
  if (definition.kind !== "evaluated") return { ...definition, query };
  const total = narrowText(definition.total, matchers);
  return total === undefined ? undefined : { ...definition, total, query };
}

function narrowText(query: string, matchers: readonly LabelMatcher[]): string | undefined {
  const parsed = parseQuery(query);
  return parsed.ok ? printQuery(narrowQuery(parsed.expr, matchers)) : undefined;
}

function narrowSum(sum: CounterSum, added: readonly LabelMatcher[]): CounterSum | undefined {
  const query = narrowText(sum.query, added);
  const terms = sum.terms.map((term) => ({ ...term, matchers: merge(term.matchers, added) }));
  return query === undefined ? undefined : { query, terms };
}

/** In canonical order, each once. */
function merge(own: readonly LabelMatcher[], added: readonly LabelMatcher[]): readonly LabelMatcher[] {
  const keyed = [...own, ...added].map(
    (matcher) => [JSON.stringify([matcher.label, matcher.operator, matcher.value]), matcher] as const,
  );
  return [...new Map(keyed).entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, matcher]) => matcher);
}
