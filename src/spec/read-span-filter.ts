import { isMap, isScalar } from "yaml";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { printFilter } from "../traceql/print-filter.ts";
import { warnTextForNumber } from "./query-doubts.ts";
import { report, type Place } from "./place.ts";
import { sourceOffset } from "./scalar-position.ts";
import { readFilledText } from "./scalars.ts";

/** Reads a TraceQL span filter; gives its canonical text. */
export function readSpanFilter(place: Place): string | undefined {
  if (isMap(place.node)) {
    // `query: { kind = server }` without quotes is a mapping to YAML.
    report(place, "error", "the query is not in quotes, so YAML reads a mapping", "write query: '{ … }'");
    return undefined;
  }
  const text = readFilledText(place);
  if (text === undefined) return undefined;
  const parsed = parseSpanFilter(text);
  if (parsed.ok) {
    warnTextForNumber(place, parsed.filter);
    return printFilter(parsed.filter);
  }
  const { message, position, hint } = parsed.error;
  const offset = isScalar(place.node)
    ? sourceOffset(place.document.text, place.node, position)
    : place.offset;
  report(
    place,
    "error",
    `TraceQL: ${message}`,
    hint ?? "docs/slo-specs.md says what a query may hold",
    offset,
  );
  return undefined;
}
