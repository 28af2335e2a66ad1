import { createRoute, z } from "@hono/zod-openapi";
import type { Report } from "../report/report.ts";
import { parsePeriod, type ReportPeriod } from "../report/report-period.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { reportSchema } from "./report-schema.ts";
import { json, name, problem } from "./route-parts.ts";

export interface ReportFilter {
  readonly service: string | undefined;
  /** "": those without an owner. */
  readonly owner: string | undefined;
}

export interface ReportPorts {
  report(period: ReportPeriod, previous: ReportPeriod, filter: ReportFilter): Promise<Report>;
  now(): number;
}

const showReport = createRoute({
  method: "get",
  path: "/reports",
  summary: "How the SLOs did in a calendar period, by SLO, service and owner",
  request: {
    query: z.object({
      period: z.string().max(20).default("last-month").openapi({
        description:
          "month, last-month, quarter, last-quarter, week, last-week, year, last-year, 2026-10, 2026-Q3, 2026-W41 or 2026",
      }),
      timeZone: z.string().max(100).default("UTC").openapi({ example: "Europe/Berlin" }),
      service: name.optional(),
      owner: name.optional().openapi({ description: "Empty: SLOs without an owner" }),
    }),
  },
  responses: { 200: json("The report", reportSchema), 400: problem, 401: problem, 503: problem },
});

/** Reports that may be made at once: each reads the counts of two periods. */
const MOST_AT_ONCE = 2;

/** `GET /reports`. */
export function reportRoutes(ports: ReportPorts): NativeArea {
  let making = 0;
  return (app) => {
    app.openapi(showReport, async (c) => {
      const { period, timeZone, service, owner } = c.req.valid("query");
      const parsed = parsePeriod(period, ports.now(), timeZone);
      if (!parsed.ok) throw new ApiProblem(400, "Invalid parameter", parsed.problem);
      if (making >= MOST_AT_ONCE) {
        c.header("retry-after", "5");
        throw new ApiProblem(503, "Busy", "other reports are being made; ask again in some seconds");
      }
      making += 1;
      try {
        return c.json(await ports.report(parsed.period, parsed.previous, { service, owner }), 200);
      } finally {
        making -= 1;
      }
    });
  };
}
