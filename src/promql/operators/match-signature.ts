import { dropLabels, labelsKey, labelValue, METRIC_NAME, type Labels } from "../../model/labels.ts";
import type { VectorMatching } from "../ast.ts";

/** What two series must have in common to be matched, as text. */
export function matchSignature({ on, labels }: VectorMatching): (of: Labels) => string {
  if (on) return (of) => labels.map((name) => labelValue(of, name)).join("\uffff");
  const ignored = new Set([...labels, METRIC_NAME]);
  return (of) => labelsKey(dropLabels(of, ignored));
}
