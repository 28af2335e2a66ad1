import type { Call, Expr } from "../ast.ts";
import { scalarScalar } from "../operators/binary-scalar.ts";
import { timeAt, type Evaluation, type Times } from "./evaluation.ts";
import { QueryError } from "../query-error.ts";

/** An expression that is a scalar, at each of the times. */
export async function evalScalar(evaluation: Evaluation, expr: Expr, times: Times): Promise<Float64Array> {
  switch (expr.type) {
    case "number":
      return new Float64Array(times.steps).fill(expr.value);
    case "paren":
      return evalScalar(evaluation, expr.operand, times);
    case "unary": {
      const values = await evalScalar(evaluation, expr.operand, times);
      return expr.operator === "-" ? values.map((value) => -value) : values;
    }
    case "binary": {
      const left = await evalScalar(evaluation, expr.left, times);
      return scalarScalar(expr.operator, left, await evalScalar(evaluation, expr.right, times));
    }
    case "call":
      return scalarCall(evaluation, expr, times);
    default:
      throw new QueryError("execution", `expected a scalar, got ${expr.type}`);
  }
}

async function scalarCall(evaluation: Evaluation, call: Call, times: Times): Promise<Float64Array> {
  const { startMs, endMs, stepMs, instant } = evaluation.query;
  const constant = (value: number): Float64Array => new Float64Array(times.steps).fill(value);
  switch (call.name) {
    case "time":
      return Float64Array.from({ length: times.steps }, (_, step) => timeAt(times, step) / 1000);
    case "pi":
      return constant(Math.PI);
    case "start":
      return constant(startMs / 1000);
    case "end":
      return constant(endMs / 1000);
    case "range":
      return constant((endMs - startMs) / 1000);
    case "step":
      return constant(instant ? 0 : stepMs / 1000);
    case "scalar":
      return onlyElement(evaluation, call.args[0]!, times);
    case "min_of":
    case "max_of": {
      const left = await evalScalar(evaluation, call.args[0]!, times);
      const right = await evalScalar(evaluation, call.args[1]!, times);
      const choose = call.name === "min_of" ? Math.min : Math.max;
      return left.map((value, step) => choose(value, right[step]!));
    }
    default:
      throw new QueryError("execution", `unknown function with name "${call.name}"`);
  }
}

/** scalar(v): the value of the only float of the vector, NaN where there is none or several. */
async function onlyElement(evaluation: Evaluation, argument: Expr, times: Times): Promise<Float64Array> {
  const values = new Float64Array(times.steps).fill(NaN);
  const floats = new Float64Array(times.steps);
  for await (const series of evaluation.vector(argument, times)) {
    for (let step = 0; step < times.steps; step++) {
      if (series.present[step] === 0 || series.histograms?.[step] !== undefined) continue;
      values[step] = ++floats[step]! === 1 ? series.values[step]! : NaN;
    }
  }
  return values;
}
