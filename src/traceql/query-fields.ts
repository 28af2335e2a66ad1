import { printQueryField } from "./print-query.ts";
import type { Condition, FieldExpression, Pipeline, Query, QueryField, SpansetExpression } from "./query.ts";

/** The fields that a query asks about or selects, each once, in the order in which they are written. */
export function fieldsOfQuery({ pipeline }: Query): readonly QueryField[] {
  const fields = new Map<string, QueryField>();
  visitPipeline(pipeline, (field) => {
    const text = printQueryField(field);
    if (!fields.has(text)) fields.set(text, field);
  });
  return [...fields.values()];
}

type Visit = (field: QueryField) => void;

function visitPipeline({ spansets, stages }: Pipeline, visit: Visit): void {
  visitSpansets(spansets, visit);
  for (const stage of stages) {
    if (stage.type === "filter") visitCondition(stage.condition, visit);
    if (stage.type === "by" || stage.type === "select") {
      for (const expression of stage.fields) visitExpression(expression, visit);
    }
  }
}

function visitSpansets(expression: SpansetExpression, visit: Visit): void {
  switch (expression.type) {
    case "filter":
      visitCondition(expression.condition, visit);
      return;
    case "pipeline":
      visitPipeline(expression.pipeline, visit);
      return;
    case "operation":
      visitSpansets(expression.left, visit);
      visitSpansets(expression.right, visit);
  }
}

function visitCondition(condition: Condition, visit: Visit): void {
  switch (condition.type) {
    case "constant":
    case "root":
      return;
    case "not":
      visitCondition(condition.operand, visit);
      return;
    case "all":
    case "any":
      for (const operand of condition.operands) visitCondition(operand, visit);
      return;
    case "comparison":
      visit(condition.field);
      return;
    case "compare":
      visitExpression(condition.left, visit);
      visitExpression(condition.right, visit);
  }
}

function visitExpression(expression: FieldExpression, visit: Visit): void {
  switch (expression.type) {
    case "literal":
      return;
    case "field":
      visit(expression.field);
      return;
    case "negative":
      visitExpression(expression.operand, visit);
      return;
    case "arithmetic":
      visitExpression(expression.left, visit);
      visitExpression(expression.right, visit);
  }
}
