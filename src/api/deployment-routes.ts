import { createRoute, z } from "@hono/zod-openapi";
import {
  deploymentKind,
  deploymentListSchema,
  deploymentSchema,
  newDeploymentSchema,
  type DeploymentBody,
  type NewDeployment,
} from "./deployment-schema.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { cursor, json, limit, name, problem, requestActor, time } from "./route-parts.ts";

export interface DeploymentFilter {
  readonly service: string | undefined;
  readonly kind: string | undefined;
  /** Those of [startMs, endMs). */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** What the API does with changes that are told of. */
export interface DeploymentPorts {
  now(): number;
  list(filter: DeploymentFilter): Promise<{ deployments: DeploymentBody[]; nextCursor: string | null }>;
  create(deployment: NewDeployment & { readonly at: number }, actor: string): Promise<DeploymentBody>;
}

const listDeployments = createRoute({
  method: "get",
  path: "/deployments",
  summary: "Deployments and other changes that were told of, newest first",
  request: {
    query: z.object({
      service: name.optional(),
      kind: deploymentKind.optional(),
      start: time.optional(),
      end: time.optional(),
      limit,
      cursor: cursor(/^\d{1,15}_[\w-]{1,100}$/),
    }),
  },
  responses: { 200: json("The changes", deploymentListSchema), 400: problem, 401: problem, 503: problem },
});

const createDeployment = createRoute({
  method: "post",
  path: "/deployments",
  summary: "Tell of a deployment, another configuration, a feature flag …",
  description: "Versions that spans name as service.version are seen without it.",
  request: { body: { required: true, content: { "application/json": { schema: newDeploymentSchema } } } },
  responses: {
    201: json("It is stored", deploymentSchema),
    400: problem,
    401: problem,
    403: problem,
    503: problem,
  },
});

/** Clocks differ a little; a change that lies further ahead is a mistake. */
const MOST_AHEAD_MS = 24 * 3_600_000;

/** The routes of /deployments. */
export function deploymentRoutes(ports: DeploymentPorts): NativeArea {
  return (app) => {
    app.openapi(listDeployments, async (c) => {
      const { start, end, service, kind, limit: most, cursor: from } = c.req.valid("query");
      const filter = { service, kind, startMs: start, endMs: end, limit: most, cursor: from };
      return c.json(await ports.list(filter), 200);
    });
    app.openapi(createDeployment, async (c) => {
      const body = c.req.valid("json");
      const at = body.at ?? ports.now();
      if (at > ports.now() + MOST_AHEAD_MS) {
        throw new ApiProblem(400, "Invalid parameter", "at: lies more than a day ahead");
      }
      return c.json(await ports.create({ ...body, at }, requestActor(c)), 201);
    });
  };
}
