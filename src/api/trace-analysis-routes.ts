import { createRoute, z } from "@hono/zod-openapi";
import { parseTraceId } from "../model/trace-id.ts";
import { compareTraces } from "../trace/compare-traces.ts";
import { buildTree } from "../trace/trace-tree.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, problem } from "./route-parts.ts";
import { traceAnalysisBody } from "./trace-analysis-body.ts";
import { traceAnalysisSchema, traceComparisonSchema } from "./trace-analysis-schema.ts";
import type { TracePorts } from "./trace-routes.ts";

const id = z.string().openapi({ description: "Up to 32 hex digits" });
const responses = { 400: problem, 401: problem, 404: problem, 503: problem };

const analyse = createRoute({
  method: "get",
  path: "/traces/{id}/analysis",
  summary: "Where the time of one trace went, and whose failure it was",
  request: { params: z.object({ id }) },
  responses: { 200: json("The trace as a waterfall", traceAnalysisSchema), ...responses },
});

const compare = createRoute({
  method: "get",
  path: "/traces/{id}/compare/{other}",
  summary: "Two traces of one operation side by side: a good one and a bad one",
  request: { params: z.object({ id, other: id }) },
  responses: { 200: json("What differs", traceComparisonSchema), ...responses },
});

/** `GET /traces/{id}/analysis` and `GET /traces/{id}/compare/{other}`. */
export function traceAnalysisRoutes({ readTrace }: TracePorts): NativeArea {
  const read = async (text: string, signal: AbortSignal) => {
    const traceId = parseTraceId(text);
    if (traceId === undefined) {
      throw new ApiProblem(400, "Invalid parameter", `"${text}": a trace id is up to 32 hex digits`);
    }
    const found = await readTrace(traceId, { signal });
    if (found === undefined) throw new ApiProblem(404, "Not found", `trace ${traceId} is not stored here`);
    return { traceId, ...found };
  };
  return (app) => {
    app.openapi(analyse, async (c) => {
      const { traceId, spans, isTruncated } = await read(c.req.valid("param").id, c.req.raw.signal);
      return c.json(traceAnalysisBody(traceId, spans, isTruncated), 200);
    });
    app.openapi(compare, async (c) => {
      const params = c.req.valid("param");
      const { signal } = c.req.raw;
      const [a, b] = [await read(params.id, signal), await read(params.other, signal)];
      const operations = compareTraces(buildTree(a.spans), buildTree(b.spans));
      return c.json({ a: a.traceId, b: b.traceId, operations: [...operations] }, 200);
    });
  };
}
