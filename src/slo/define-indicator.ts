import { createHash } from "node:crypto";
import { countsKey } from "./budgeting-method.ts";
import type {
  CompositeIndicator,
  CompositePart,
  CounterTerm,
  MetricsDefinition,
  MetricsIndicator,
  TracesIndicator,
} from "./indicator.ts";

/** The parts of an indicator over traces. Both queries are canonical TraceQL (see traceql's printer), so that spelling does not matter. */
export interface TracesIndicatorDefinition {
  readonly total: string;
  readonly outcome: "good" | "bad";
  readonly query: string;
}

/**
 * The indicator over traces with this definition. Its id is the first 64 bits, in hex, of the SHA-256 of the
 * canonical JSON `{source, total, outcome, query}`: the same definition always has the same id, whatever it is called.
 */
export function defineTracesIndicator(definition: TracesIndicatorDefinition): TracesIndicator {
  const { total, outcome, query } = definition;
  const id = idOf({ source: "traces", total, outcome, query });
  return { id, source: "traces", total, select: { outcome, query } };
}

/**
 * The indicator over metrics with this definition. Queries that count the same increases have the same id: neither the
 * range of a rate, nor whether it is a rate or an increase, nor the order of sums changes what is counted.
 */
export function defineMetricsIndicator(definition: MetricsDefinition): MetricsIndicator {
  return { id: idOf({ source: "metrics", ...canonical(definition) }), source: "metrics", definition };
}

/** The composite of these parts, one at least. What they are called makes no difference. */
export function defineCompositeIndicator(parts: readonly CompositePart[]): CompositeIndicator {
  const defined = parts.map(({ indicator, method, target, weight }) => [
    countsKey(indicator.id, method),
    target,
    weight,
  ]);
  return { id: idOf({ source: "composite", parts: defined }), source: "composite", parts };
}

/** What makes a difference, in a fixed order of fields. */
function canonical(definition: MetricsDefinition): object {
  switch (definition.kind) {
    case "increments": {
      const { kind, total, outcome, select } = definition;
      return { kind, total: canonicalTerms(total.terms), outcome, select: canonicalTerms(select.terms) };
    }
    case "evaluated": {
      const { kind, total, outcome, query } = definition;
      return { kind, total, outcome, query };
    }
    case "raw": {
      const { kind, rawType, query } = definition;
      return { kind, rawType, query };
    }
    case "threshold": {
      const { kind, query, operator, value } = definition;
      return { kind, query, operator, value };
    }
  }
}

function canonicalTerms(terms: readonly CounterTerm[]): readonly string[] {
  return terms
    .map(({ sign, metric, matchers }) => {
      const sorted = matchers.map(({ label, operator, value }) => JSON.stringify([label, operator, value]));
      return JSON.stringify([sign, metric, [...new Set(sorted)].sort()]);
    })
    .sort();
}

function idOf(canonicalDefinition: object): string {
  return createHash("sha256").update(JSON.stringify(canonicalDefinition)).digest("hex").slice(0, 16);
}
