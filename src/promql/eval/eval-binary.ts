import type { Binary } from "../ast.ts";
import { isSetOperator } from "../operators/binary-float.ts";
import { vectorScalar } from "../operators/binary-scalar.ts";
import { setOperation } from "../operators/binary-set.ts";
import { vectorVector } from "../operators/binary-vector.ts";
import type { Evaluation, Times } from "./evaluation.ts";
import { typeOf } from "../syntax/type-of.ts";
import type { GridSeries } from "../value.ts";

/** A binary operator with a vector on at least one side. */
export async function* evalBinary(
  evaluation: Evaluation,
  binary: Binary,
  times: Times,
): AsyncGenerator<GridSeries> {
  const { operator, left, right } = binary;
  if (typeOf(left) === "scalar") {
    const scalar = await evaluation.scalar(left, times);
    yield* vectorScalar(evaluation, binary, evaluation.vector(right, times), scalar, true);
  } else if (typeOf(right) === "scalar") {
    const scalar = await evaluation.scalar(right, times);
    yield* vectorScalar(evaluation, binary, evaluation.vector(left, times), scalar, false);
  } else {
    const vectors = [evaluation.vector(left, times), evaluation.vector(right, times)] as const;
    if (isSetOperator(operator)) yield* setOperation(operator, ...vectors, binary.matching!);
    else yield* vectorVector(evaluation, binary, ...vectors);
  }
}
