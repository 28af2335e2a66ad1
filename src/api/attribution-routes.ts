import { createRoute, z } from "@hono/zod-openapi";
import { attributionSchema, type AttributionBody } from "./attribution-schema.ts";
import { blameSchema, type BlameBody } from "./blame-schema.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, name, problem, time } from "./route-parts.ts";

/** What is asked of the bad events of an SLO. */
export interface BadEventsQuestion {
  readonly slo: string;
  /** Of a composite. */
  readonly part: string | undefined;
  /** Epoch milliseconds, [startMs, endMs). */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal: AbortSignal;
}

/** Rejects with an ApiProblem where the SLO is unknown or cannot be asked. */
export interface AttributionPorts {
  readonly attribution: (question: BadEventsQuestion) => Promise<AttributionBody>;
  readonly blame: (question: BadEventsQuestion) => Promise<BlameBody>;
  readonly now: () => number;
}

const HOUR_MS = 3_600_000;

const request = {
  params: z.object({ name }),
  query: z.object({
    start: time.optional().openapi({ description: "An hour before the end where it is left out" }),
    end: time.optional().openapi({ description: "Now where it is left out" }),
    part: name.optional().openapi({ description: "Of a composite: the part to look at" }),
  }),
};

const problems = { 400: problem, 401: problem, 404: problem, 422: problem, 503: problem };

const showAttribution = createRoute({
  method: "get",
  path: "/slos/{name}/attribution",
  summary: "Why an SLO burns: what its bad events have that its good ones have not",
  request,
  responses: { 200: json("What bad events have", attributionSchema), ...problems },
});

const showBlame = createRoute({
  method: "get",
  path: "/slos/{name}/blame",
  summary: "Whose fault it is: each bad event blamed on exactly one service or peer",
  request,
  responses: { 200: json("Who is to blame", blameSchema), ...problems },
});

/** `GET /slos/{name}/attribution` and `/blame`. */
export function attributionRoutes(ports: AttributionPorts): NativeArea {
  return (app) => {
    app.openapi(showAttribution, async (c) => {
      const { part, ...range } = c.req.valid("query");
      return c.json(
        await ports.attribution({
          slo: c.req.valid("param").name,
          part,
          ...intervalOf(range, ports.now()),
          signal: c.req.raw.signal,
        }),
        200,
      );
    });
    app.openapi(showBlame, async (c) => {
      const { part, ...range } = c.req.valid("query");
      return c.json(
        await ports.blame({
          slo: c.req.valid("param").name,
          part,
          ...intervalOf(range, ports.now()),
          signal: c.req.raw.signal,
        }),
        200,
      );
    });
  };
}

/** The last hour where nothing is said. */
function intervalOf(
  { start, end }: { readonly start?: number | undefined; readonly end?: number | undefined },
  nowMs: number,
): { readonly startMs: number; readonly endMs: number } {
  const endMs = end ?? nowMs;
  const startMs = start ?? endMs - HOUR_MS;
  if (endMs <= startMs) throw new ApiProblem(400, "Invalid parameter", "end: must be after start");
  return { startMs, endMs };
}
