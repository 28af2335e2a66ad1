import { parseSpanFilter } from "./parse-span-filter.ts";
import type { SpanFilter } from "./span-filter.ts";

/**
 * The span filter that a query holds, as far as it can be read: of conditions joined by && those that cannot be, perhaps because
 * they are still being written, are left out. undefined when nothing is left, or the query is about more than one span.
 */
export function filterFragments(query: string): SpanFilter | undefined {
  const whole = parseSpanFilter(query);
  if (whole.ok) return isEverything(whole.filter) ? undefined : whole.filter;
  const inner = /^\s*\{(.*)\}\s*$/s.exec(query)?.[1];
  if (inner === undefined) return undefined;
  const operands = splitConditions(inner).flatMap((condition) => {
    const parsed = parseSpanFilter(`{ ${condition} }`);
    return parsed.ok && !isEverything(parsed.filter) ? [parsed.filter] : [];
  });
  return operands.length <= 1 ? operands[0] : { type: "all", operands };
}

const isEverything = (filter: SpanFilter): boolean => filter.type === "constant" && filter.value;

/** Between && that stand outside of texts and of parentheses. */
function splitConditions(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|`[^`]*`|&&|[(){}]/g)) {
    if (token === "(" || token === "{") depth += 1;
    if (token === ")" || token === "}") depth -= 1;
    if (token !== "&&" || depth !== 0) continue;
    parts.push(text.slice(start, index));
    start = index + token.length;
  }
  return [...parts, text.slice(start)];
}
