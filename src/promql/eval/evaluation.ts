import type { Annotations } from "../annotations.ts";
import type { Expr } from "../ast.ts";
import type { QueryRequest } from "../query-request.ts";
import type { MeteredBudget } from "./read-budget.ts";
import type { SeriesReader } from "../series-reader.ts";
import type { GridSeries } from "../value.ts";

/** The times at which an expression is evaluated; unlike those of a Grid they may all be the same (step 0). */
export interface Times {
  readonly startMs: number;
  /** 0 or more. */
  readonly stepMs: number;
  /** 0 or more. */
  readonly steps: number;
}

/** What is known through the whole evaluation of one query. */
export interface Evaluation {
  readonly query: Omit<QueryRequest, "query">;
  readonly reader: SeriesReader;
  readonly budget: MeteredBudget;
  readonly annotations: Annotations;
  /** The series of an expression that is a vector, each with a value somewhere. Series may have equal labels at different times. */
  readonly vector: (expr: Expr, times: Times) => AsyncIterable<GridSeries>;
  /** The values of an expression that is a scalar, one for each time. */
  readonly scalar: (expr: Expr, times: Times) => Promise<Float64Array>;
}

export function timeAt(times: Times, step: number): number {
  return times.startMs + step * times.stepMs;
}

/** The last of the times; the start when there are none. */
export function lastTime(times: Times): number {
  return timeAt(times, Math.max(0, times.steps - 1));
}
