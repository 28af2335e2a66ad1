import { isMap, isScalar } from "yaml";
import type { Expr, Range } from "../promql/ast.ts";
import { parseQuery } from "../promql/parse-query.ts";
import { printQuery } from "../promql/print-query.ts";
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

/** Reads a PromQL expression; its faults are reported where they are written. */
export function readPromqlQuery(place: Place): PromqlQuery | undefined {
  if (isMap(place.node)) {
    report(place, "error", "the query is not in quotes, so YAML reads a mapping", "write query: '…'");
    return undefined;
  }
  const text = readFilledText(place);
  if (text === undefined) return undefined;
  const parsed = parseQuery(text);
  if (!parsed.ok) {
    reportAt(
      place,
      `PromQL: ${parsed.error.message}`,
      TEMPLATE.test(text) ? UNFILLED : HINT,
      parsed.error.range,
    );
    return undefined;
  }
  const inner = unwrap(parsed.expr);
  if (inner.type === "matrix" || inner.type === "subquery") {
    const message = "PromQL: the query gives a range of samples, not a value";
    reportAt(place, message, "put a function around it: sum(increase(…[5m]))", inner.range);
    return undefined;
  }
  if (inner.type === "string") {
    reportAt(place, "PromQL: the query gives a text, not a value", HINT, inner.range);
    return undefined;
  }
  return { expr: parsed.expr, text: printQuery(parsed.expr) };
}

function reportAt(place: Place, message: string, hint: string, range: Range): void {
  const offset = isScalar(place.node)
    ? sourceOffset(place.document.text, place.node, range.start)
    : place.offset;
  report(place, "error", message, hint, offset);
}

function unwrap(expr: Expr): Expr {
  return expr.type === "paren" ? unwrap(expr.operand) : expr;
}
