import type { Comparison, SpanFilter } from "./span-filter.ts";

const ROOT: SpanFilter = { type: "root", value: true };

/**
 * Rewrites what only looks like a column, so that the predicate and the SQL cannot read it differently: the names of the
 * trace's root are the span's own on a root and nil elsewhere, and the other intrinsics are never nil.
 */
export function desugarComparison(comparison: Comparison): SpanFilter {
  const { field, operator, literal } = comparison;
  if (field.type === "attribute") return comparison;
  if (field.name === "rootServiceName") {
    const onRoot: Comparison = {
      ...comparison,
      field: { type: "attribute", scope: "resource", key: "service.name" },
    };
    if (literal.type !== "nil") return { type: "all", operands: [ROOT, onRoot] };
    return operator === "!="
      ? { type: "all", operands: [ROOT, onRoot] }
      : { type: "any", operands: [{ type: "root", value: false }, onRoot] };
  }
  if (field.name === "rootName") {
    if (literal.type === "nil") return { type: "root", value: operator === "!=" };
    return { type: "all", operands: [ROOT, { ...comparison, field: { type: "intrinsic", name: "name" } }] };
  }
  if (literal.type === "nil") return { type: "constant", value: operator === "!=" };
  return comparison;
}
