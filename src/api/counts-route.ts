import { createRoute, z } from "@hono/zod-openapi";
import type { OpenAPIHono } from "@hono/zod-openapi";
import { BUCKET_MS } from "../slo/bucket.ts";
import { ApiProblem } from "./problem.ts";
import { json, name, problem, time } from "./route-parts.ts";

/** [startMs, endMs) in steps; all are multiples of 10 s. */
export interface CountRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Without what corrections of the SLO exclude. */
  readonly corrected?: boolean;
}

export interface CountsPort {
  /**
   * Counts of the SLO's indicator, or of one part of a composite; undefined when there is no such SLO, and the names of its parts
   * when it has none of that name.
   */
  readCounts(
    slo: string,
    range: CountRange,
    part: string | undefined,
  ): Promise<
    | { readonly parts: readonly string[] }
    | {
        readonly indicator: string;
        /** Since when they are complete. */
        readonly coveredFromMs: number | undefined;
        /** One number for each step. */
        readonly good: readonly number[];
        readonly total: readonly number[];
      }
    | undefined
  >;
}

/** As many as a range query of PromQL may give. */
const MOST_STEPS = 11_000;

const countsSchema = z
  .object({
    slo: z.string(),
    indicator: z.string().openapi({ description: "Changes with the queries, not with the target" }),
    coveredFrom: z.string().nullable().openapi({
      format: "date-time",
      description: "Nothing from before is stored; null while it is being counted",
    }),
    start: z.string().openapi({ format: "date-time" }),
    end: z.string().openapi({ format: "date-time" }),
    stepMs: z.number(),
    corrected: z.boolean().openapi({ description: "What corrections exclude is left out" }),
    good: z.array(z.number()).openapi({ description: "One number for each step from start on" }),
    total: z.array(z.number()),
  })
  .openapi("SloCounts");

const showCounts = createRoute({
  method: "get",
  path: "/slos/{name}/counts",
  summary: "Good and all events of an SLO over time, as they are counted: in buckets of 10 s",
  request: {
    params: z.object({ name }),
    query: z.object({
      start: time,
      end: time,
      part: z.string().optional().openapi({ description: "Name of a part; a composite needs one" }),
      corrected: z.enum(["true", "false"]).default("false").openapi({
        description: "true: without what corrections exclude; of slices of time whole slices",
      }),
      step: z.coerce
        .number()
        .int()
        .min(10)
        .multipleOf(10)
        .default(10)
        .openapi({ description: `Seconds, a multiple of 10; at most ${MOST_STEPS} steps are given at once` }),
    }),
  },
  responses: { 200: json("Counts", countsSchema), 400: problem, 401: problem, 404: problem, 503: problem },
});

/** `GET /slos/{name}/counts`. The range is widened to whole steps. */
export function addCountsRoute(app: OpenAPIHono, ports: CountsPort): void {
  app.openapi(showCounts, async (c) => {
    const { name } = c.req.valid("param");
    const { start, end, step, part, ...query } = c.req.valid("query");
    const corrected = query.corrected === "true";
    const stepMs = step * 1_000;
    const startMs = Math.floor(start / BUCKET_MS) * BUCKET_MS;
    const steps = Math.ceil((end - startMs) / stepMs);
    if (end <= start) throw new ApiProblem(400, "Invalid parameter", "end: must be after start");
    if (steps > MOST_STEPS) {
      const detail = `step: ${steps} steps are more than ${MOST_STEPS}; ask for a shorter time or a longer step`;
      throw new ApiProblem(400, "Invalid parameter", detail);
    }
    const endMs = startMs + steps * stepMs;
    const found = await ports.readCounts(name, { startMs, endMs, stepMs, corrected }, part);
    if (found === undefined) {
      throw new ApiProblem(404, "Not found", `no SLO is named "${name}"; GET /api/v1/slos lists them`);
    }
    if ("parts" in found) {
      const detail =
        found.parts.length === 0
          ? `part: ${name} is no composite; leave it out`
          : `part: ${name} is a composite, whose parts are counted; ask for one of ${found.parts.join(", ")}`;
      throw new ApiProblem(400, "Invalid parameter", detail);
    }
    return c.json(
      {
        slo: name,
        indicator: found.indicator,
        coveredFrom: found.coveredFromMs === undefined ? null : new Date(found.coveredFromMs).toISOString(),
        start: new Date(startMs).toISOString(),
        end: new Date(endMs).toISOString(),
        stepMs,
        corrected,
        good: [...found.good],
        total: [...found.total],
      },
      200,
    );
  });
}
