import { createRoute, z } from "@hono/zod-openapi";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, problem } from "./route-parts.ts";

const checkSchema = z
  .object({
    start: z.string().openapi({ format: "date-time" }),
    end: z.string().openapi({ format: "date-time" }),
    findings: z
      .array(
        z.object({
          role: z.enum(["total", "good", "bad", "query"]),
          message: z.string(),
          hint: z.string(),
        }),
      )
      .openapi({ description: "Parts of the queries that match nothing stored in that time" }),
    counts: z
      .object({
        good: z.number(),
        total: z.number(),
        knownFrom: z
          .string()
          .openapi({ format: "date-time", description: "Only what came later was counted" }),
      })
      .nullable()
      .openapi({
        description: "What the indicator counts in that time; null where there was no time to count",
      }),
  })
  .openapi("IndicatorCheck");

export type IndicatorCheckBody = z.output<typeof checkSchema>;

/** As much as fits into an address beside what clients and proxies add. */
const MOST_INDICATOR_CHARS = 12_000;
const MOST_HOURS = 24 * 30;

const check = createRoute({
  method: "get",
  path: "/check",
  summary:
    "Whether the queries of an indicator match anything that is stored; `noroshi validate --server` asks it",
  request: {
    query: z.object({
      indicator: z.string().max(MOST_INDICATOR_CHARS).openapi({ description: "As JSON" }),
      hours: z.coerce.number().int().min(1).max(MOST_HOURS).default(24),
    }),
  },
  responses: { 200: json("What was found", checkSchema), 400: problem, 401: problem, 503: problem },
});

export interface CheckPort {
  /** undefined: the text is no indicator. */
  check(indicator: string, hours: number, signal: AbortSignal): Promise<IndicatorCheckBody | undefined>;
}

/** Checks of indicators against what is stored; a read that changes nothing. */
export function checkRoutes(port: CheckPort): NativeArea {
  return (app) =>
    app.openapi(check, async (c) => {
      const { indicator, hours } = c.req.valid("query");
      const body = await port.check(indicator, hours, c.req.raw.signal);
      if (body === undefined) throw new ApiProblem(400, "Invalid parameter", "indicator: is not one");
      return c.json(body, 200);
    });
}
