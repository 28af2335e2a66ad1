import { createRoute, z } from "@hono/zod-openapi";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, limit, name, problem } from "./route-parts.ts";
import { apdexThreshold, rangeBody, rangeQuery, timesOf, type ServiceTimes } from "./service-range.ts";
import {
  serviceListSchema,
  serviceMapSchema,
  serviceSchema,
  type ServiceBody,
  type ServiceListBody,
  type ServiceMapBody,
} from "./service-schema.ts";

/** What is asked of every question here. */
interface Asked extends ServiceTimes {
  readonly apdexMs: number;
  readonly limit: number;
}

type Found<Body> = Omit<Body, "start" | "end" | "apdexThresholdMs">;

/** What the API shows of services; each may reject with an ApiProblem. */
export interface ServiceRoutePorts {
  now(): number;
  listServices(question: Asked): Promise<Found<ServiceListBody>>;
  /** undefined where nothing names it. */
  showService(
    question: Asked & { readonly service: string; readonly order: EndpointOrder },
  ): Promise<Found<ServiceBody> | undefined>;
  serviceMap(question: Asked): Promise<Found<ServiceMapBody>>;
}

const ORDERS = ["requests", "errors", "errorShare", "p95", "time"] as const;
type EndpointOrder = (typeof ORDERS)[number];

const query = { ...rangeQuery, apdexThreshold, limit: limit.default(200) };
const answers = { 400: problem, 401: problem, 503: problem };

const listServices = createRoute({
  method: "get",
  path: "/services",
  summary: "Services with rate, errors, durations, apdex, versions, owners and SLOs",
  request: { query: z.object(query) },
  responses: { 200: json("The busiest first; silent ones last", serviceListSchema), ...answers },
});

const showService = createRoute({
  method: "get",
  path: "/services/{service}",
  summary: "One service: its endpoints, whom it calls, who calls it",
  request: {
    params: z.object({ service: name }),
    query: z.object({
      ...query,
      sort: z.enum(ORDERS).default("requests").openapi({
        description: "Of the endpoints, the most first; time: what takes most of it",
      }),
    }),
  },
  responses: { 200: json("The service", serviceSchema), ...answers, 404: problem },
});

const showMap = createRoute({
  method: "get",
  path: "/service-map",
  summary: "Who calls whom: services, databases, queues and others, with rate, errors and durations",
  request: { query: z.object(query) },
  responses: { 200: json("Nodes and edges; lone services too", serviceMapSchema), ...answers },
});

/** `GET /services`, `GET /services/{service}`, `GET /service-map`. */
export function serviceRoutes(ports: ServiceRoutePorts): NativeArea {
  return (app) => {
    app.openapi(listServices, async (c) => {
      const { apdexThreshold: apdexMs, limit: most, ...range } = c.req.valid("query");
      const times = timesOf(range, ports.now(), c.req.raw.signal);
      const found = await ports.listServices({ ...times, apdexMs, limit: most });
      return c.json({ ...rangeBody(times), apdexThresholdMs: apdexMs, ...found }, 200);
    });
    app.openapi(showService, async (c) => {
      const { service } = c.req.valid("param");
      const { apdexThreshold: apdexMs, limit: most, sort, ...range } = c.req.valid("query");
      const times = timesOf(range, ports.now(), c.req.raw.signal);
      const found = await ports.showService({ ...times, service, order: sort, apdexMs, limit: most });
      if (found === undefined) {
        const detail = `no spans of "${service}" ended in this time, and no SLO names it; GET /api/v1/services lists services`;
        throw new ApiProblem(404, "Not found", detail);
      }
      return c.json({ ...rangeBody(times), apdexThresholdMs: apdexMs, ...found }, 200);
    });
    app.openapi(showMap, async (c) => {
      const { apdexThreshold: apdexMs, limit: most, ...range } = c.req.valid("query");
      const times = timesOf(range, ports.now(), c.req.raw.signal);
      const found = await ports.serviceMap({ ...times, apdexMs, limit: most });
      return c.json({ ...rangeBody(times), ...found }, 200);
    });
  };
}
