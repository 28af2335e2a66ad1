import type { Resource, SpanBatch } from "../model/span-batch.ts";

/** Judges one span. */
export type RowTest = (batch: SpanBatch, row: number) => boolean;

/** What is left of a filter once the resource is known: often nothing. */
export type Decision = boolean | RowTest;

/** A compiled filter; `forResource` is called once per resource of a batch, its result once per span. */
export interface CompiledFilter {
  readonly forResource: (resource: Resource) => Decision;
  /** The decision when it is the same for every resource. */
  readonly fixed: Decision | undefined;
  /** Rough cost of one judgement; cheap conditions are asked first. */
  readonly cost: number;
}

export const fixedFilter = (fixed: Decision, cost: number): CompiledFilter => ({
  forResource: () => fixed,
  fixed,
  cost,
});

/** `all` of the filters when `wanted` is true, `any` of them when it is false; cheapest first, ending at the first answer. */
export function combineFilters(filters: readonly CompiledFilter[], wanted: boolean): CompiledFilter {
  const byCost = [...filters].sort((a, b) => a.cost - b.cost);
  const cost = byCost.reduce((sum, filter) => sum + filter.cost, 0);
  const dependent = byCost.filter((filter) => filter.fixed === undefined);
  const fixed = combineDecisions(
    byCost.flatMap((filter) => (filter.fixed === undefined ? [] : [filter.fixed])),
    wanted,
  );
  if (dependent.length === 0 || fixed === !wanted) return fixedFilter(fixed, cost);
  const forResource = (resource: Resource): Decision => {
    let open: Decision[] | undefined;
    for (const filter of dependent) {
      const decision = filter.forResource(resource);
      if (decision === !wanted) return !wanted;
      if (decision !== wanted) (open ??= []).push(decision);
    }
    if (open === undefined) return fixed;
    return combineDecisions([fixed, ...open], wanted);
  };
  return { forResource, fixed: undefined, cost };
}

function combineDecisions(decisions: readonly Decision[], wanted: boolean): Decision {
  if (decisions.includes(!wanted)) return !wanted;
  const tests = decisions.filter((decision) => typeof decision !== "boolean");
  const [first, second, third] = tests;
  if (first === undefined) return wanted;
  if (second === undefined) return first;
  if (third === undefined) {
    return wanted
      ? (batch, row) => first(batch, row) && second(batch, row)
      : (batch, row) => first(batch, row) || second(batch, row);
  }
  return (batch, row) => {
    for (const test of tests) if (test(batch, row) !== wanted) return !wanted;
    return wanted;
  };
}

export function negateFilter(filter: CompiledFilter): CompiledFilter {
  if (filter.fixed !== undefined) return fixedFilter(negate(filter.fixed), filter.cost);
  return { ...filter, forResource: (resource) => negate(filter.forResource(resource)) };
}

function negate(decision: Decision): Decision {
  return typeof decision === "boolean" ? !decision : (batch, row) => !decision(batch, row);
}
