import { createRoute, z } from "@hono/zod-openapi";
import type { ErrorGroup, StatementCost } from "../model/faults.ts";
import type { NativeArea } from "./native-routes.ts";
import { json, name, problem } from "./route-parts.ts";
import { rangeBody, rangeQuery, timesOf, type ServiceTimes } from "./service-range.ts";

type ReadRange = ServiceTimes & { readonly service?: string | undefined };

export interface FaultPorts {
  /** The most frequent first. */
  readonly errors: (range: ReadRange) => Promise<readonly ErrorGroup[]>;
  /** The most expensive first. */
  readonly statements: (range: ReadRange) => Promise<readonly StatementCost[]>;
  readonly now: () => number;
}

const query = z.object({
  ...rangeQuery,
  service: name.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
const range = { start: z.string(), end: z.string() };
const moment = z.string().openapi({ format: "date-time" });
const responses = { 400: problem, 401: problem, 503: problem };

const errorsSchema = z
  .object({
    ...range,
    groups: z.array(
      z.object({
        service: z.string(),
        type: z.string().openapi({ description: "exception.type" }),
        message: z.string().openapi({ description: "Without what varies; * stands for it" }),
        example: z.string().openapi({ description: "One as it came" }),
        count: z.number(),
        firstSeen: moment.openapi({ description: "Within the time that was asked for" }),
        lastSeen: moment,
        versions: z.array(z.string()),
        traceIds: z.array(z.string()).openapi({ description: "Samples" }),
      }),
    ),
  })
  .openapi("ErrorGroups");

const statementsSchema = z
  .object({
    ...range,
    statements: z.array(
      z.object({
        service: z.string(),
        system: z.string(),
        database: z.string(),
        statement: z.string().openapi({ description: "Without its values" }),
        count: z.number(),
        errors: z.number(),
        totalMs: z.number(),
        meanMs: z.number(),
        maxMs: z.number(),
        traceId: z.string().openapi({ description: "With the slowest call" }),
      }),
    ),
  })
  .openapi("DatabaseStatements");

const listErrors = createRoute({
  method: "get",
  path: "/errors",
  summary: "Exceptions grouped by service, type and message, the most frequent first",
  request: { query },
  responses: { 200: json("Groups", errorsSchema), ...responses },
});

const listStatements = createRoute({
  method: "get",
  path: "/database-statements",
  summary: "Database statements without their values, the most expensive first",
  request: { query },
  responses: { 200: json("Statements", statementsSchema), ...responses },
});

/** `GET /errors` and `GET /database-statements`. */
export function faultRoutes({ errors, statements, now }: FaultPorts): NativeArea {
  return (app) => {
    app.openapi(listErrors, async (c) => {
      const { service, limit, ...asked } = c.req.valid("query");
      const times = timesOf(asked, now(), c.req.raw.signal);
      const groups = (await errors({ ...times, service })).slice(0, limit);
      const bodies = groups.map(({ firstMs, lastMs, versions, traceIds, ...group }) => ({
        ...group,
        firstSeen: new Date(firstMs).toISOString(),
        lastSeen: new Date(lastMs).toISOString(),
        versions: [...versions],
        traceIds: [...traceIds],
      }));
      return c.json({ ...rangeBody(times), groups: bodies }, 200);
    });
    app.openapi(listStatements, async (c) => {
      const { service, limit, ...asked } = c.req.valid("query");
      const times = timesOf(asked, now(), c.req.raw.signal);
      const found = (await statements({ ...times, service })).slice(0, limit);
      const bodies = found.map(({ totalNs, maxNs, ...statement }) => ({
        ...statement,
        totalMs: totalNs / 1e6,
        meanMs: totalNs / 1e6 / statement.count,
        maxMs: maxNs / 1e6,
      }));
      return c.json({ ...rangeBody(times), statements: bodies }, 200);
    });
  };
}
