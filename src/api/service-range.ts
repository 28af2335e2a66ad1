import { z } from "@hono/zod-openapi";
import { ApiProblem } from "./problem.ts";
import { time } from "./route-parts.ts";

const HOUR_MS = 3_600_000;
/** As long as spans are usually kept, and short enough to be read in seconds. */
const LONGEST_MS = 31 * 24 * HOUR_MS;
/** Versions live longer than what is looked at of requests. */
export const VERSIONS_MS = 24 * HOUR_MS;

/** Parameters of a question about a time. */
export const rangeQuery = {
  start: time.optional().openapi({ description: "An hour before the end unless given" }),
  end: time.optional().openapi({ description: "Now unless given; at most 31 days after the start" }),
};
export const versionRangeQuery = {
  ...rangeQuery,
  start: time.optional().openapi({ description: "A day before the end unless given" }),
};

/** Whole milliseconds: spans that ended in [fromMs, toMs). */
export interface ServiceTimes {
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
}

/** The time that was asked for; an ApiProblem where it is none. */
export function timesOf(
  { start, end }: { readonly start?: number | undefined; readonly end?: number | undefined },
  nowMs: number,
  signal: AbortSignal,
  defaultMs = HOUR_MS,
): ServiceTimes {
  const toMs = end ?? nowMs;
  const fromMs = start ?? Math.max(0, toMs - defaultMs);
  if (toMs <= fromMs) throw new ApiProblem(400, "Invalid parameter", "end: must be after start");
  if (toMs - fromMs > LONGEST_MS) {
    throw new ApiProblem(400, "Invalid parameter", "start: lies more than 31 days before the end");
  }
  return { fromMs, toMs, signal };
}

/** The same as the answer says it. */
export function rangeBody({ fromMs, toMs }: ServiceTimes): { start: string; end: string } {
  return { start: new Date(fromMs).toISOString(), end: new Date(toMs).toISOString() };
}

/** Threshold T of the apdex, milliseconds. */
export const apdexThreshold = z.coerce
  .number()
  .min(1)
  .max(600_000)
  .default(500)
  .openapi({ description: "Threshold T of the apdex in milliseconds" });
