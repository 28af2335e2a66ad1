import {
  dropLabels,
  keepLabels,
  labelValue,
  METRIC_NAME,
  withLabel,
  type Labels,
} from "../../model/labels.ts";
import type { Binary, VectorMatching } from "../ast.ts";
import { isComparison } from "./binary-float.ts";

/** The labels by which a series was matched. */
export function matchLabels({ on, labels }: VectorMatching, of: Labels): Labels {
  return on ? keepLabels(of, new Set(labels)) : dropLabels(of, new Set([...labels, METRIC_NAME]));
}

/** The labels of the result of a matched pair. Arithmetic has no name; a comparison keeps that of the "many" side. */
export function resultLabels({ operator, matching }: Binary, many: Labels, one: Labels): Labels {
  const { cardinality, on, labels, include } = matching!;
  let result = isComparison(operator) ? many : withLabel(many, METRIC_NAME, "");
  if (cardinality === "one-to-one") {
    const names = new Set(labels);
    result = on ? keepLabels(result, names) : dropLabels(result, names);
  }
  for (const name of include) result = withLabel(result, name, labelValue(one, name));
  return result;
}
