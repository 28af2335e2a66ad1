import { createRoute, z } from "@hono/zod-openapi";
import { deploymentFields } from "./deployment-schema.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, name, problem } from "./route-parts.ts";
import {
  apdexThreshold,
  rangeBody,
  timesOf,
  versionRangeQuery,
  VERSIONS_MS,
  type ServiceTimes,
} from "./service-range.ts";
import { dateTime, rangeFields, redFields } from "./service-schema.ts";

const interval = z
  .object({ low: z.number(), high: z.number() })
  .nullable()
  .openapi({ description: "Where the true share lies, 0..1, at 95 % confidence (Wilson's interval)" });

const versionsSchema = z
  .object({
    service: z.string(),
    ...rangeFields,
    apdexThresholdMs: z.number(),
    versions: z
      .array(
        z.object({
          version: z.string().openapi({ description: "service.version; empty where spans name none" }),
          firstSeen: dateTime.openapi({ description: "In this time" }),
          lastSeen: dateTime,
          ...redFields,
          exceptions: z.array(z.object({ type: z.string(), count: z.number() })),
          newExceptionTypes: z.array(z.string()).nullable().openapi({
            description: "Types that no version seen before it recorded; null where none was seen before",
          }),
        }),
      )
      .openapi({ description: "Newest first; rates are of the time in which the version was seen" }),
    markers: z.array(z.object(deploymentFields)).openapi({ description: "Changes told of, newest first" }),
  })
  .openapi("ServiceVersions");
type VersionsBody = z.infer<typeof versionsSchema>;

const side = z.object({ ...redFields, errorInterval: interval }).nullable();
const compared = z.object({
  operation: z.string(),
  a: side,
  b: side,
  errors: z.enum(["worse", "better", "same", "only-a", "only-b"]).openapi({
    description: "b against a. same: the intervals overlap, which may be for want of requests",
  }),
  p95Ratio: z.number().nullable().openapi({ description: "p95 of b / p95 of a" }),
});

const comparisonSchema = z
  .object({
    service: z.string(),
    ...rangeFields,
    apdexThresholdMs: z.number(),
    a: z.string(),
    b: z.string(),
    overall: compared,
    operations: z.array(compared).openapi({ description: "Those where b fails more first" }),
  })
  .openapi("VersionComparison");
type ComparisonBody = z.infer<typeof comparisonSchema>;

const pairsSchema = z
  .object({
    service: z.string(),
    ...rangeFields,
    role: z.enum(["caller", "callee"]),
    sampledOneIn: z.number().openapi({ description: "One trace of so many was looked at" }),
    pairs: z
      .array(
        z.object({
          caller: z.string(),
          callerVersion: z.string(),
          callee: z.string(),
          calleeVersion: z.string(),
          calls: z.number(),
          failed: z.number().openapi({ description: "The client's or the server's span failed" }),
          failedShare: z.number(),
          failedInterval: interval,
        }),
      )
      .openapi({ description: "By the lower end of the interval, the highest first" }),
  })
  .openapi("VersionPairs");
type PairsBody = z.infer<typeof pairsSchema>;

type Found<Body> = Omit<Body, "start" | "end" | "apdexThresholdMs" | "service" | "role">;

interface Asked extends ServiceTimes {
  readonly service: string;
}

/** What the API shows of versions; each may reject with an ApiProblem. */
export interface VersionRoutePorts {
  now(): number;
  versions(question: Asked & { readonly apdexMs: number }): Promise<Found<VersionsBody>>;
  /** unseen: the version that no span of this time names. */
  compareVersions(
    question: Asked & { readonly apdexMs: number; readonly a: string; readonly b: string },
  ): Promise<Found<ComparisonBody> | { readonly unseen: string }>;
  versionPairs(question: Asked & { readonly role: "caller" | "callee" }): Promise<Found<PairsBody>>;
}

const params = z.object({ service: name });
const answers = { 400: problem, 401: problem, 503: problem };

const listVersions = createRoute({
  method: "get",
  path: "/services/{service}/versions",
  summary: "Versions of a service, as its spans name them, and other changes that were told of",
  request: { params, query: z.object({ ...versionRangeQuery, apdexThreshold }) },
  responses: { 200: json("The versions", versionsSchema), ...answers },
});

const version = name.openapi({ description: "service.version; empty for spans that name none" });
const compareVersions = createRoute({
  method: "get",
  path: "/services/{service}/versions/compare",
  summary: "Two versions of a service side by side, by operation",
  request: { params, query: z.object({ ...versionRangeQuery, apdexThreshold, a: version, b: version }) },
  responses: { 200: json("The comparison", comparisonSchema), ...answers, 404: problem },
});

const listPairs = createRoute({
  method: "get",
  path: "/services/{service}/version-pairs",
  summary: "Which version of a caller fails with which version of a callee",
  request: {
    params,
    query: z.object({
      ...versionRangeQuery,
      role: z
        .enum(["caller", "callee"])
        .default("callee")
        .openapi({ description: "Which end of the calls this service is" }),
    }),
  },
  responses: { 200: json("The pairs", pairsSchema), ...answers },
});

/** The routes below `/services/{service}` that tell versions apart. */
export function versionRoutes(ports: VersionRoutePorts): NativeArea {
  return (app) => {
    app.openapi(listVersions, async (c) => {
      const { service } = c.req.valid("param");
      const { apdexThreshold: apdexMs, ...range } = c.req.valid("query");
      const times = timesOf(range, ports.now(), c.req.raw.signal, VERSIONS_MS);
      const found = await ports.versions({ ...times, service, apdexMs });
      return c.json({ service, ...rangeBody(times), apdexThresholdMs: apdexMs, ...found }, 200);
    });
    app.openapi(compareVersions, async (c) => {
      const { service } = c.req.valid("param");
      const { apdexThreshold: apdexMs, a, b, ...range } = c.req.valid("query");
      if (a === b) throw new ApiProblem(400, "Invalid parameter", "b: is the same version as a");
      const times = timesOf(range, ports.now(), c.req.raw.signal, VERSIONS_MS);
      const found = await ports.compareVersions({ ...times, service, apdexMs, a, b });
      if ("unseen" in found) {
        const detail = `no spans of "${service}" with version "${found.unseen}" ended in this time; GET /api/v1/services/{service}/versions lists versions`;
        throw new ApiProblem(404, "Not found", detail);
      }
      return c.json({ service, ...rangeBody(times), apdexThresholdMs: apdexMs, ...found }, 200);
    });
    app.openapi(listPairs, async (c) => {
      const { service } = c.req.valid("param");
      const { role, ...range } = c.req.valid("query");
      const times = timesOf(range, ports.now(), c.req.raw.signal, VERSIONS_MS);
      const found = await ports.versionPairs({ ...times, service, role });
      return c.json({ service, ...rangeBody(times), role, ...found }, 200);
    });
  };
}
