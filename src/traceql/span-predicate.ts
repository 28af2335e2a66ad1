import { isRoot } from "../model/span-batch.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import { compileAttributeTest, createKeyLookup } from "./attribute-test.ts";
import type { KeyLookup } from "./attribute-test.ts";
import { desugarComparison } from "./desugar-comparison.ts";
import { literalMatcher } from "./literal-matcher.ts";
import { printComparison } from "./print-filter.ts";
import { combineFilters, fixedFilter, negateFilter } from "./row-test.ts";
import type { CompiledFilter } from "./row-test.ts";
import { KIND_NAMES, STATUS_NAMES } from "./span-filter.ts";
import type { Comparison, Intrinsic, SpanFilter } from "./span-filter.ts";

/** Compiles filters that run on the same spans: what they have in common is looked up once per span. */
export type FilterCompiler = (filter: SpanFilter) => CompiledFilter;

/** One for each set of filters that is evaluated span by span. */
export function createFilterCompiler(): FilterCompiler {
  const lookups = new Map<string, KeyLookup>();
  const comparisons = new Map<string, CompiledFilter>();

  const lookupOf = (key: string): KeyLookup => {
    const lookup = lookups.get(key) ?? createKeyLookup(key);
    lookups.set(key, lookup);
    return lookup;
  };

  const compileComparison = (comparison: Comparison): CompiledFilter => {
    const text = printComparison(comparison);
    const compiled = comparisons.get(text) ?? compileNew(comparison);
    comparisons.set(text, compiled);
    return compiled;
  };

  const compileNew = (comparison: Comparison): CompiledFilter => {
    const plain = desugarComparison(comparison);
    if (plain.type !== "comparison") return compile(plain);
    const { field } = plain;
    if (field.type === "intrinsic") return compileColumn(field.name, plain);
    return compileAttributeTest(
      field.scope,
      field.key,
      literalMatcher(plain.operator, plain.literal),
      lookupOf(field.key),
    );
  };

  const compile = (filter: SpanFilter): CompiledFilter => {
    switch (filter.type) {
      case "constant":
        return fixedFilter(filter.value, 0);
      case "root":
        return fixedFilter((batch, row) => isRoot(batch, row) === filter.value, 3);
      case "not":
        return negateFilter(compile(filter.operand));
      case "all":
      case "any":
        return combineFilters(filter.operands.map(compile), filter.type === "all");
      case "comparison":
        return compileComparison(filter);
    }
  };
  return compile;
}

function compileColumn(name: Intrinsic, { operator, literal }: Comparison): CompiledFilter {
  if (literal.type === "kind" || literal.type === "status") {
    const column = literal.type;
    const code =
      literal.type === "kind" ? KIND_NAMES.indexOf(literal.value) : STATUS_NAMES.indexOf(literal.value);
    return operator === "="
      ? fixedFilter((batch, row) => batch[column][row] === code, 1)
      : fixedFilter((batch, row) => batch[column][row] !== code, 1);
  }
  const matcher = literalMatcher(operator, literal);
  if (matcher.type === "number")
    return fixedFilter((batch, row) => matcher.test(batch.durationNanos[row]!), 2);
  if (matcher.type === "string") {
    const column = name === "name" ? "name" : "statusMessage";
    return fixedFilter((batch, row) => matcher.test(batch[column][row]!), 5);
  }
  return fixedFilter(false, 0);
}

/** A filter as a test of the rows of a batch. What depends on the resource alone is decided once per resource. */
export function compilePredicate(filter: SpanFilter): (batch: SpanBatch) => (row: number) => boolean {
  const compiled = createFilterCompiler()(filter);
  return (batch) => {
    const decisions = batch.resources.map((resource) => compiled.forResource(resource));
    return (row) => {
      const decision = decisions[batch.resource[row]!];
      return typeof decision === "function" ? decision(batch, row) : decision === true;
    };
  };
}
