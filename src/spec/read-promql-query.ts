import { isMap, isScalar } from "yaml";
import type { Expr, Range } from "../promql/ast.ts";
import { parseQuery } from "../promql/syntax/parse-query.ts";
import { printQuery } from "../promql/syntax/print-query.ts";
import { report, type Place } from "./place.ts";
import { sourceOffset } from "./scalar-position.ts";
import { readFilledText } from "./scalars.ts";

/** A PromQL expression whose values are numbers. */
export interface PromqlQuery {
  readonly expr: Expr;
  /** Canonical. */
  readonly text: string;
}

/** Of Helm and Sloth, of Grafana. */
const TEMPLATE = /\{\{|\$\{?[a-z_]/i;
const UNFILLED = "templates and variables are not filled in: write the query as it is to be asked";
const HINT = "docs/slo-specs.md says which queries an SLI takes";

/** What is to be parsed instead of the text that is written, and where its characters come from. */
export interface FilledQuery {
  readonly text: string;
  /** The place in the written text of a place in `text`. */
  writtenIndex(index: number): number;
}

/**
 * Reads a PromQL expression; its faults are reported where they are written. `fill` makes the query of the text that
 * is written; it gives undefined where it has reported that this cannot be done.
 */
export function readPromqlQuery(
  place: Place,
  fill: (written: string) => FilledQuery | undefined = asWritten,
): PromqlQuery | undefined {
  if (isMap(place.node)) {
    report(place, "error", "the query is not in quotes, so YAML reads a mapping", "write query: '…'");
    return undefined;
  }
  const written = readFilledText(place);
  const filled = written === undefined ? undefined : fill(written);
  if (filled === undefined) return undefined;
  const { text } = filled;
  const reportAt = (message: string, hint: string, range: Range): void => {
    const index = filled.writtenIndex(range.start);
    const offset = isScalar(place.node) ? sourceOffset(place.document.text, place.node, index) : place.offset;
    report(place, "error", message, hint, offset);
  };
  const parsed = parseQuery(text);
  if (!parsed.ok) {
    const hint = TEMPLATE.test(text) ? UNFILLED : HINT;
    reportAt(`PromQL: ${parsed.error.message}`, hint, parsed.error.range);
    return undefined;
  }
  const inner = unwrap(parsed.expr);
  if (inner.type === "matrix" || inner.type === "subquery") {
    const message = "PromQL: the query gives a range of samples, not a value";
    reportAt(message, "put a function around it: sum(increase(…[5m]))", inner.range);
    return undefined;
  }
  if (inner.type === "string") {
    reportAt("PromQL: the query gives a text, not a value", HINT, inner.range);
    return undefined;
  }
  return { expr: parsed.expr, text: printQuery(parsed.expr) };
}

function asWritten(text: string): FilledQuery {
  return { text, writtenIndex: (index) => index };
}

function unwrap(expr: Expr): Expr {
  return expr.type === "paren" ? unwrap(expr.operand) : expr;
}
