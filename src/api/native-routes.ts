import { OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import { episodeDetailSchema, episodeListSchema, notificationListSchema } from "./episode-schema.ts";
import type { EpisodeBody, EpisodeDetailBody, NotificationBody } from "./episode-schema.ts";
import { addCountsRoute, type CountsPort } from "./counts-route.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { cursor, json, limit, name, problem, time } from "./route-parts.ts";
import { sloListSchema, sloSchema } from "./slo-schema.ts";
import type { SloBody } from "./slo-schema.ts";
import { specListSchema } from "./spec-schema.ts";
import type { SpecListBody } from "./spec-schema.ts";

export interface EpisodeFilter {
  readonly state: "pending" | "firing" | "resolved" | "open" | undefined;
  readonly slo: string | undefined;
  readonly severity: "critical" | "warning" | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export interface NotificationFilter {
  readonly state: "pending" | "delivered" | "rejected" | "superseded" | undefined;
  readonly receiver: string | undefined;
  readonly slo: string | undefined;
  readonly episodeId: string | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Adds the routes of one area of the API, below /api/v1. Whoever asks is `requestActor(c)`. */
export type NativeArea = (app: OpenAPIHono) => void;

/** What the native API shows; the app gives these over the evaluator and the control store. */
export interface NativeApiPorts extends CountsPort {
  /** Routes of further areas, each with its own file and ports. */
  readonly areas: readonly NativeArea[];
  /** By name. */
  slos(): readonly SloBody[];
  specs(): SpecListBody;
  listEpisodes(filter: EpisodeFilter): Promise<{ episodes: EpisodeBody[]; nextCursor: string | null }>;
  getEpisode(id: string): Promise<EpisodeDetailBody | undefined>;
  listNotifications(
    filter: NotificationFilter,
  ): Promise<{ notifications: NotificationBody[]; nextCursor: string | null }>;
}

const listSlos = createRoute({
  method: "get",
  path: "/slos",
  summary: "Every SLO with its budget and burn rates",
  request: {
    query: z.object({
      service: name.optional(),
      state: sloSchema.shape.state.optional(),
      parent: name.optional().openapi({ description: "Only the groups of this SLO" }),
    }),
  },
  responses: { 200: json("SLOs by name", sloListSchema), 400: problem, 401: problem },
});

const showSlo = createRoute({
  method: "get",
  path: "/slos/{name}",
  summary: "One SLO",
  request: { params: z.object({ name }) },
  responses: { 200: json("The SLO", sloSchema), 400: problem, 401: problem, 404: problem },
});

const listEpisodes = createRoute({
  method: "get",
  path: "/episodes",
  summary: "Alert episodes, newest first",
  request: {
    query: z.object({
      state: z.enum(["open", "pending", "firing", "resolved"]).optional(),
      slo: name.optional(),
      severity: z.enum(["critical", "warning"]).optional(),
      start: time.optional(),
      end: time.optional(),
      limit,
      cursor: cursor(/^\d{1,15}_[\w-]{1,100}$/),
    }),
  },
  responses: { 200: json("Episodes", episodeListSchema), 400: problem, 401: problem, 503: problem },
});

const showEpisode = createRoute({
  method: "get",
  path: "/episodes/{id}",
  summary: "One episode with what was sent about it, to whom, and what they answered",
  request: { params: z.object({ id: name }) },
  responses: {
    200: json("The episode", episodeDetailSchema),
    400: problem,
    401: problem,
    404: problem,
    503: problem,
  },
});

const listNotifications = createRoute({
  method: "get",
  path: "/notifications",
  summary: "Notifications with every attempt to deliver them, newest first",
  request: {
    query: z.object({
      state: z.enum(["pending", "delivered", "rejected", "superseded"]).optional(),
      receiver: name.optional(),
      slo: name.optional(),
      episode: name.optional().openapi({ description: "An episode's id" }),
      limit,
      cursor: cursor(/^\d{1,15}$/),
    }),
  },
  responses: { 200: json("Notifications", notificationListSchema), 400: problem, 401: problem, 503: problem },
});

const listSpecs = createRoute({
  method: "get",
  path: "/specs",
  summary: "The spec files that are loaded, and what is wrong with them",
  responses: { 200: json("Spec files", specListSchema), 401: problem },
});

/** The native API, to be mounted under /api/v1. Documented by the same schemas that check it. */
export function createNativeRoutes(ports: NativeApiPorts): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return undefined;
      const detail = result.error.issues
        .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
        .join("; ");
      return problemResponse(c, 400, "Invalid parameter", detail);
    },
  });
  app.openapi(listSlos, (c) => {
    const { service, state, parent } = c.req.valid("query");
    const slos = ports.slos();
    return c.json(
      {
        slos: slos.filter(
          (slo) =>
            (!service || slo.service === service) &&
            (!state || slo.state === state) &&
            (!parent || slo.group?.parent === parent),
        ),
      },
      200,
    );
  });
  app.openapi(showSlo, (c) => {
    const { name } = c.req.valid("param");
    const slo = ports.slos().find((candidate) => candidate.name === name);
    if (slo === undefined)
      throw new ApiProblem(404, "Not found", `no SLO is named "${name}"; GET /api/v1/slos lists them`);
    return c.json(slo, 200);
  });
  addCountsRoute(app, ports);
  addEpisodeRoutes(app, ports);
  app.openapi(listSpecs, (c) => c.json(ports.specs(), 200));
  for (const add of ports.areas) add(app);
  return app;
}

/** Episodes, and what was sent about them. */
function addEpisodeRoutes(app: OpenAPIHono, ports: NativeApiPorts): void {
  app.openapi(listEpisodes, async (c) => {
    const { start, end, ...query } = c.req.valid("query");
    return c.json(
      await ports.listEpisodes({
        state: query.state,
        slo: query.slo,
        severity: query.severity,
        startMs: start,
        endMs: end,
        limit: query.limit,
        cursor: query.cursor,
      }),
      200,
    );
  });
  app.openapi(showEpisode, async (c) => {
    const { id } = c.req.valid("param");
    const found = await ports.getEpisode(id);
    if (found === undefined) throw new ApiProblem(404, "Not found", `there is no episode ${id}`);
    return c.json(found, 200);
  });
  app.openapi(listNotifications, async (c) => {
    const query = c.req.valid("query");
    return c.json(
      await ports.listNotifications({
        state: query.state,
        receiver: query.receiver,
        slo: query.slo,
        episodeId: query.episode,
        limit: query.limit,
        cursor: query.cursor,
      }),
      200,
    );
  });
}
