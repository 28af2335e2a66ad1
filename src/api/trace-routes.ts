import { createRoute, z } from "@hono/zod-openapi";
import type { Span } from "../model/span.ts";
import { parseTraceId } from "../model/trace-id.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, problem, time } from "./route-parts.ts";
import { traceBody } from "./trace-body.ts";
import { traceSchema } from "./trace-schema.ts";

export interface TracePorts {
  /** undefined when no span of it is stored. */
  readonly readTrace: (
    traceId: string,
    hint: { readonly startMs?: number; readonly endMs?: number; readonly signal: AbortSignal },
  ) => Promise<{ readonly spans: readonly Span[]; readonly isTruncated: boolean } | undefined>;
}

const showTrace = createRoute({
  method: "get",
  path: "/traces/{id}",
  summary: "One trace: its spans with everything that was sent",
  request: {
    params: z.object({
      id: z.string().openapi({ description: "Up to 32 hex digits; shorter ids are padded with zeros" }),
    }),
    query: z.object({
      start: time.optional().openapi({ description: "About when it was; it is found without, too" }),
      end: time.optional(),
    }),
  },
  responses: { 200: json("The trace", traceSchema), 400: problem, 401: problem, 404: problem, 503: problem },
});

/** `GET /traces/{id}`. */
export function traceRoutes({ readTrace }: TracePorts): NativeArea {
  return (app) => {
    app.openapi(showTrace, async (c) => {
      const { id } = c.req.valid("param");
      const { start, end } = c.req.valid("query");
      const traceId = parseTraceId(id);
      if (traceId === undefined) {
        throw new ApiProblem(400, "Invalid parameter", "id: a trace id is up to 32 hex digits");
      }
      const found = await readTrace(traceId, {
        ...(start === undefined ? {} : { startMs: start }),
        ...(end === undefined ? {} : { endMs: end }),
        signal: c.req.raw.signal,
      });
      if (found === undefined) throw new ApiProblem(404, "Not found", `trace ${traceId} is not stored here`);
      return c.json(traceBody(found.spans, found.isTruncated), 200);
    });
  };
}
