import { createRoute, z } from "@hono/zod-openapi";
import type { Explanation } from "../ledger/explanation.ts";
import {
  explanationSchema,
  sloHistorySchema,
  sloRevisionListSchema,
  type SloHistoryBody,
  type SloRevisionListBody,
} from "./explain-schema.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, name, problem, time } from "./route-parts.ts";

/** Each gives undefined where nothing is known of such an SLO, not even from before. */
export interface ExplainPorts {
  explain(
    slo: string,
    times: { readonly atMs: number; readonly knownMs: number },
  ): Promise<Explanation | undefined>;
  history(
    slo: string,
    range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
  ): Promise<SloHistoryBody | undefined>;
  revisions(slo: string): Promise<SloRevisionListBody | undefined>;
  now(): number;
}

/** Windows reach back from it, and databases count seconds from 1970. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** As many as a range query of PromQL may give. */
const MOST_STEPS = 11_000;

const explain = createRoute({
  method: "get",
  path: "/slos/{name}/explain",
  summary: "What an SLO's number is made of, now or at any time before, and whether it has changed since",
  request: {
    params: z.object({ name }),
    query: z.object({
      at: time.optional(),
      known: time.optional(),
    }),
  },
  responses: {
    200: json("The number", explanationSchema),
    400: problem,
    401: problem,
    404: problem,
    503: problem,
  },
});

const history = createRoute({
  method: "get",
  path: "/slos/{name}/history",
  summary: "Budget and SLI over time, as they were known",
  request: {
    params: z.object({ name }),
    query: z.object({
      start: time,
      end: time,
      step: z.coerce
        .number()
        .int()
        .min(60)
        .default(3_600)
        .openapi({
          description: `Seconds, a minute at least; at most ${MOST_STEPS} steps are given at once`,
        }),
    }),
  },
  responses: {
    200: json("History", sloHistorySchema),
    400: problem,
    401: problem,
    404: problem,
    503: problem,
  },
});

const revisions = createRoute({
  method: "get",
  path: "/slos/{name}/revisions",
  summary: "Every definition that an SLO had, what changed, and when it was judged by it",
  request: { params: z.object({ name }) },
  responses: {
    200: json("Revisions", sloRevisionListSchema),
    400: problem,
    401: problem,
    404: problem,
    503: problem,
  },
});

/** `GET /slos/{name}/explain`, `/history` and `/revisions`. */
export function explainRoutes(ports: ExplainPorts): NativeArea {
  return (app) => {
    app.openapi(explain, async (c) => {
      const { name } = c.req.valid("param");
      const { at, known } = c.req.valid("query");
      const nowMs = ports.now();
      for (const [field, value] of Object.entries({ at, known })) {
        if (value !== undefined && value > nowMs) {
          throw invalid(`${field}: lies ahead; numbers are known up to now`);
        }
        if (value !== undefined && value < EARLIEST_MS) {
          throw invalid(`${field}: lies before 2000; nothing is known from so long ago`);
        }
      }
      const atMs = at ?? known ?? nowMs;
      const found = await ports.explain(name, { atMs, knownMs: Math.min(known ?? atMs, atMs) });
      return c.json(found ?? unknown(name), 200);
    });
    app.openapi(history, async (c) => {
      const { name } = c.req.valid("param");
      const { start, end, step } = c.req.valid("query");
      const steps = Math.ceil((end - start) / (step * 1_000));
      if (end <= start) throw invalid("end: must be after start");
      if (steps > MOST_STEPS) {
        throw invalid(
          `step: ${steps} steps are more than ${MOST_STEPS}; ask for a shorter time or a longer step`,
        );
      }
      const found = await ports.history(name, { startMs: start, endMs: end, stepMs: step * 1_000 });
      return c.json(found ?? unknown(name), 200);
    });
    app.openapi(revisions, async (c) => {
      const { name } = c.req.valid("param");
      return c.json((await ports.revisions(name)) ?? unknown(name), 200);
    });
  };
}

function invalid(detail: string): ApiProblem {
  return new ApiProblem(400, "Invalid parameter", detail);
}

function unknown(slo: string): never {
  throw new ApiProblem(
    404,
    "Not found",
    `no SLO is or was named "${slo}"; GET /api/v1/slos lists those of today`,
  );
}
