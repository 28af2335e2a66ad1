import type { NativeHistogram } from "../../model/native-histogram.ts";
import type { Annotations } from "../annotations.ts";
import type { ArithmeticOperator, ComparisonOperator, Range } from "../ast.ts";
import { FLOAT_ARITHMETIC, FLOAT_COMPARISON } from "./binary-float.ts";
import {
  addHistograms,
  divideHistogram,
  equalHistograms,
  scaleHistogram,
  subtractHistograms,
  type CombinedHistogram,
} from "../histogram/histogram-arithmetic.ts";

export type Sample = number | NativeHistogram;

type SampleOperator = ArithmeticOperator | ComparisonOperator;

/** Combines two samples; undefined when there is no result: the samples do not fit together, or the comparison says no. */
type SampleOperation = (left: Sample, right: Sample) => Sample | undefined;

/** An arithmetic operator over samples of any kind. What does not fit together is annotated. */
export function arithmeticOperation(
  operator: ArithmeticOperator,
  annotations: Annotations,
  range: Range,
): SampleOperation {
  const float = FLOAT_ARITHMETIC[operator];
  return (left, right) => {
    if (typeof left === "number") {
      if (typeof right === "number") return float(left, right);
      if (operator === "*") return scaleHistogram(right, left);
    } else if (typeof right === "number") {
      if (operator === "*") return scaleHistogram(left, right);
      if (operator === "/") return divideHistogram(left, right);
    } else if (operator === "+" || operator === "-") {
      return sumOrDifference(operator, left, right, annotations, range);
    }
    annotateIncompatible(operator, left, right, annotations, range);
    return undefined;
  };
}

function sumOrDifference(
  operator: "+" | "-",
  left: NativeHistogram,
  right: NativeHistogram,
  annotations: Annotations,
  range: Range,
): NativeHistogram | undefined {
  const combined = operator === "+" ? addHistograms(left, right) : subtractHistograms(left, right);
  if (combined.kind === "incompatible") {
    annotations.warn(`incompatible bucket layout encountered for binary operator ${operator}`, range);
    return undefined;
  }
  annotateCombined(combined, operator === "+" ? "addition" : "subtraction", annotations, range);
  const { histogram } = combined;
  return operator === "-" ? { ...histogram, counterReset: "gauge" } : histogram;
}

/** What a sum or a difference of histograms should be known for. */
export function annotateCombined(
  combined: Extract<CombinedHistogram, { kind: "combined" }>,
  what: "addition" | "subtraction" | "aggregation",
  annotations: Annotations,
  range: Range,
): void {
  if (combined.resetCollision) annotations.warn(`conflicting counter resets during histogram ${what}`, range);
  if (combined.boundsReconciled)
    annotations.info(`mismatched custom buckets were reconciled during ${what}`, range);
}

/** A comparison over samples of any kind: true, false, or undefined for samples that cannot be compared, which is annotated. */
export function comparisonOperation(
  operator: ComparisonOperator,
  annotations: Annotations,
  range: Range,
): (left: Sample, right: Sample) => boolean | undefined {
  const float = FLOAT_COMPARISON[operator];
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") return float(left, right);
    if (typeof left !== "number" && typeof right !== "number") {
      if (operator === "==") return equalHistograms(left, right);
      if (operator === "!=") return !equalHistograms(left, right);
    }
    annotateIncompatible(operator, left, right, annotations, range);
    return undefined;
  };
}

function annotateIncompatible(
  operator: SampleOperator,
  left: Sample,
  right: Sample,
  annotations: Annotations,
  range: Range,
): void {
  const types = `${sampleType(left)} ${operator} ${sampleType(right)}`;
  annotations.info(
    `incompatible sample types encountered for binary operator "${operator}": ${types}`,
    range,
  );
}

function sampleType(sample: Sample): string {
  return typeof sample === "number" ? "float" : "histogram";
}
