import type { Span } from "../../model/span.ts";
import { printFieldExpression } from "../print-query.ts";
import type { FieldExpression, Pipeline, SpansetExpression, Stage } from "../query.ts";
import { compileCondition } from "./compile-condition.ts";
import { compileValues } from "./field-values.ts";
import { valueKey } from "./query-value.ts";
import type { QueryValue } from "./query-value.ts";
import { relateSpans } from "./related-spans.ts";
import { compileScalarStage } from "./scalar-value.ts";
import type { Spanset } from "./spanset.ts";
import type { TraceView } from "./trace-view.ts";

/** The spansets that a pipeline finds in a trace; none where it does not match. */
export type TraceEvaluation = (view: TraceView) => readonly Spanset[];

/** The meaning of a query on one whole trace: what search and metrics over the store have to agree with. */
export function compilePipeline({ spansets, stages }: Pipeline): TraceEvaluation {
  const find = compileSpansets(spansets);
  const steps = stages.map(compileStage);
  return (view) => {
    let found = find(view);
    for (const step of steps) {
      if (found.length === 0) return found;
      found = step(found, view);
    }
    return found;
  };
}

function compileSpansets(expression: SpansetExpression): TraceEvaluation {
  switch (expression.type) {
    case "filter": {
      const test = compileCondition(expression.condition);
      return (view) => spansetOf(view.spans.filter((span) => test(span, view)));
    }
    case "pipeline":
      return compilePipeline(expression.pipeline);
    case "operation": {
      const { operator } = expression;
      const findLeft = compileSpansets(expression.left);
      const findRight = compileSpansets(expression.right);
      return (view) => {
        const left = spansOf(findLeft(view));
        const right = spansOf(findRight(view));
        if (operator === "&&" && (left.size === 0 || right.size === 0)) return [];
        const chosen =
          operator === "&&" || operator === "||"
            ? new Set([...left, ...right])
            : relateSpans(view, left, operator, right);
        return spansetOf(view.spans.filter((span) => chosen.has(span)));
      };
    }
  }
}

const spansetOf = (spans: readonly Span[]): readonly Spanset[] =>
  spans.length === 0 ? [] : [{ spans, attributes: [] }];

const spansOf = (spansets: readonly Spanset[]): ReadonlySet<Span> =>
  new Set(spansets.flatMap(({ spans }) => spans));

type Step = (spansets: readonly Spanset[], view: TraceView) => readonly Spanset[];

function compileStage(stage: Stage): Step {
  switch (stage.type) {
    case "filter": {
      const test = compileCondition(stage.condition);
      return (spansets, view) =>
        spansets.flatMap(({ spans, attributes }) => {
          const kept = spans.filter((span) => test(span, view));
          return kept.length === 0 ? [] : [{ spans: kept, attributes }];
        });
    }
    case "scalar": {
      const check = compileScalarStage(stage.left, stage.operator, stage.right);
      return (spansets, view) => spansets.flatMap((spanset) => check(spanset, view) ?? []);
    }
    case "by":
      return compileBy(stage.fields);
    case "select":
      return (spansets) => spansets;
    case "coalesce":
      return (spansets, view) => {
        const spans = spansOf(spansets);
        return spansetOf(view.spans.filter((span) => spans.has(span)));
      };
  }
}

/** Groups come in the order of their first span; nil is a group. */
function compileBy(fields: readonly FieldExpression[]): Step {
  const columns = fields.map((field) => ({
    key: `by(${printFieldExpression(field)})`,
    valuesOf: compileValues(field),
  }));
  return (spansets, view) =>
    spansets.flatMap((spanset) => {
      const groups = new Map<string, { values: (QueryValue | undefined)[]; spans: Span[] }>();
      for (const span of spanset.spans) {
        const values = columns.map(({ valuesOf }) => valuesOf(span, view)[0]);
        const key = JSON.stringify(values.map(valueKey));
        const group = groups.get(key);
        if (group === undefined) groups.set(key, { values, spans: [span] });
        else group.spans.push(span);
      }
      return [...groups.values()].map(({ values, spans }) => ({
        spans,
        attributes: [
          ...spanset.attributes,
          ...columns.map(({ key }, index) => ({ key, value: values[index] })),
        ],
      }));
    });
}
