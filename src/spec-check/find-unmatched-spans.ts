import { nearestName } from "../model/nearest-name.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { printComparison, printField, printFilter } from "../traceql/print-filter.ts";
import type { Comparison, Field, SpanFilter } from "../traceql/span-filter.ts";
import { isWord, listValues, type Finding, type QueryRole } from "./finding.ts";

/** What is asked of the stored spans of the time that is looked at. */
export interface SpanPorts {
  /** Whether a span passes. */
  hasSpan(filter: SpanFilter): Promise<boolean>;
  /** Attributes of spans that pass, most frequent first: `span.http.route`. */
  attributes(filter: SpanFilter): Promise<readonly string[]>;
  /** Values of a field in spans that pass, as TraceQL writes them, most frequent first. */
  values(field: Field, filter: SpanFilter): Promise<readonly string[]>;
}

/** Why no stored span passes `total`, or both `total` and `select`; nothing where some do, or may well not. */
export async function findUnmatchedSpans(
  indicator: { readonly total: string; readonly outcome: "good" | "bad"; readonly query: string },
  ports: SpanPorts,
): Promise<readonly Finding[]> {
  const total = filterOf(indicator.total);
  const select = filterOf(indicator.query);
  if (total === undefined || select === undefined) return [];
  if (!(await ports.hasSpan(total))) {
    if (await ports.hasSpan(ANY)) return withRole("total", await blame(conjuncts(total), "total", ports));
    return withRole("total", {
      message: "no span at all has arrived",
      hint: "send traces first: docs/operations.md says how",
    });
  }
  if (await ports.hasSpan(all([...conjuncts(total), ...conjuncts(select)]))) return [];
  const known = new Set(conjuncts(total).map(printFilter));
  const own = conjuncts(select).filter((part) => !known.has(printFilter(part)));
  return withRole(indicator.outcome, await blame(own, indicator.outcome, ports, total));
}

type Blame = Pick<Finding, "message" | "hint">;
const ANY: SpanFilter = { type: "constant", value: true };

function filterOf(text: string): SpanFilter | undefined {
  const parsed = parseSpanFilter(text);
  return parsed.ok ? parsed.filter : undefined;
}

function withRole(role: QueryRole, blamed: Blame | undefined): readonly Finding[] {
  return blamed === undefined ? [] : [{ role, ...blamed }];
}

/**
 * The first condition that no span meets; those of one service are asked once its name is known to be right, as that is
 * where the others must hold. `within`: what is known to match.
 */
async function blame(
  parts: readonly SpanFilter[],
  role: QueryRole,
  ports: SpanPorts,
  within?: SpanFilter,
): Promise<Blame | undefined> {
  const isService = (part: SpanFilter): boolean =>
    part.type === "comparison" && printField(part.field) === "resource.service.name";
  const ordered = [...parts.filter(isService), ...parts.filter((part) => !isService(part))];
  let context: readonly SpanFilter[] = within === undefined ? [] : [within];
  for (const part of ordered) {
    if (!(await ports.hasSpan(all([...context, part])))) return blamePart(part, all(context), role, ports);
    if (isService(part)) context = [...context, part];
  }
  if (role === "bad") return undefined;
  return {
    message: `no span passes all of ${printFilter(all(ordered))} at once, though each condition by itself is met`,
    hint: "drop conditions until spans match, and see which one excludes the others",
  };
}

async function blamePart(
  part: SpanFilter,
  context: SpanFilter,
  role: QueryRole,
  ports: SpanPorts,
): Promise<Blame | undefined> {
  const where = whereText(context);
  if (part.type !== "comparison") {
    // Of several ways one may be misspelt; where all fail together, those that name what is never there are to blame.
    if (role === "bad") return undefined;
    return {
      message: `no span${where} passes ${printFilter(part)}`,
      hint: "see which values the attributes have",
    };
  }
  const { field } = part;
  if (field.type === "attribute" && !(await ports.hasSpan(all([context, isThere(field)])))) {
    const names = await ports.attributes(context);
    const near = nearestAttribute(field, names);
    return {
      message: `no span${where} has the attribute ${printField(field)}`,
      hint: near === undefined ? `they have ${listValues(names)}` : `did you mean ${near}?`,
    };
  }
  return blameValue(part, context, role, ports);
}

async function blameValue(
  part: Comparison,
  context: SpanFilter,
  role: QueryRole,
  ports: SpanPorts,
): Promise<Blame | undefined> {
  const { field, literal } = part;
  const values = await ports.values(field, context);
  const name = printField(field);
  if (literal.type === "string" && values.length > 0 && values.every((value) => !value.startsWith('"'))) {
    return {
      message: `${name} is a number in every span${whereText(context)}, and a number never equals a text`,
      hint: `write it without quotes; it has ${listValues(values)}`,
    };
  }
  const texts = values.flatMap((value) => (value.startsWith('"') ? [JSON.parse(value) as string] : []));
  const near =
    literal.type === "string" && part.operator === "=" && isWord(literal.value, role)
      ? nearestName(literal.value, texts)
      : undefined;
  if (role === "bad" && near === undefined) return undefined;
  return {
    message: `no span${whereText(context)} has ${printComparison(part)}`,
    hint:
      near === undefined
        ? values.length === 0
          ? `no span comes near it; widen the condition on ${name}`
          : `${name} has ${listValues(values)}`
        : `did you mean ${JSON.stringify(near)}?`,
  };
}

/** By its key alone: the scope may be wrong as well. */
function nearestAttribute(
  { scope, key }: Extract<Field, { type: "attribute" }>,
  names: readonly string[],
): string | undefined {
  const keys = new Map(names.map((name) => [name.replace(/^(span|resource)\./, ""), name]));
  const near = keys.has(key) ? key : nearestName(key, [...keys.keys()]);
  const found = near === undefined ? undefined : keys.get(near);
  return found !== undefined && scope === "any" ? `.${near}` : found;
}

function isThere(field: Field): SpanFilter {
  return { type: "comparison", field, operator: "!=", literal: { type: "nil" } };
}

function conjuncts(filter: SpanFilter): readonly SpanFilter[] {
  if (filter.type === "all") return filter.operands;
  return filter.type === "constant" && filter.value ? [] : [filter];
}

function all(parts: readonly SpanFilter[]): SpanFilter {
  const flat = parts.flatMap(conjuncts);
  if (flat.length === 0) return ANY;
  return flat.length === 1 ? flat[0]! : { type: "all", operands: flat };
}

/** ` of payment`, where that is what the context says. */
function whereText(context: SpanFilter): string {
  const service = conjuncts(context).find(
    (part) =>
      part.type === "comparison" &&
      part.operator === "=" &&
      printField(part.field) === "resource.service.name",
  );
  return service?.type === "comparison" && service.literal.type === "string"
    ? ` of ${service.literal.value}`
    : "";
}
