import { OpenAPIHono, createRoute, z } from "@hono/zod-openapi";
import { episodeDetailSchema, episodeListSchema, notificationListSchema } from "./episode-schema.ts";
import type { EpisodeBody, NotificationBody } from "./episode-schema.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
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
  readonly state: "pending" | "delivered" | "rejected" | undefined;
  readonly receiver: "pagerduty" | "slack" | "log" | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** What the native API shows; the app gives these over the evaluator and the control store. */
export interface NativeApiPorts {
  /** By name. */
  slos(): readonly SloBody[];
  specs(): SpecListBody;
  listEpisodes(filter: EpisodeFilter): Promise<{ episodes: EpisodeBody[]; nextCursor: string | null }>;
  getEpisode(id: string): Promise<{ episode: EpisodeBody; notifications: NotificationBody[] } | undefined>;
  listNotifications(
    filter: NotificationFilter,
  ): Promise<{ notifications: NotificationBody[]; nextCursor: string | null }>;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;
/** The end of the year 9999, the last that RFC 3339 can write. */
const LAST_MS = 253_402_300_799_999;

/** RFC 3339 or Unix seconds, as milliseconds. */
const time = z
  .string()
  .transform((text, context) => {
    const isUnix = /^\d{1,12}(\.\d{1,9})?$/.test(text);
    const ms = isUnix
      ? Math.round(Number(text) * 1_000)
      : RFC_3339.test(text)
        ? Date.parse(text)
        : Number.NaN;
    if (ms <= LAST_MS) return ms;
    context.addIssue({ code: "custom", message: `"${text}" is neither RFC 3339 nor Unix seconds` });
    return z.NEVER;
  })
  .openapi({ type: "string", example: "2026-01-31T12:00:00Z", description: "RFC 3339 or Unix seconds" });

/** Names and ids; a database refuses NUL. */
const name = z
  .string()
  .max(300)
  .refine((text) => !text.includes("\0"), "holds a NUL character");
const limit = z.coerce.number().int().min(1).max(500).default(50);
const cursor = (form: RegExp) => z.string().regex(form, "is not a nextCursor of this list").optional();

const problem = {
  description: "RFC 9457 problem document",
  content: {
    "application/problem+json": {
      schema: z
        .object({
          type: z.string(),
          title: z.string(),
          status: z.number(),
          detail: z.string(),
          instance: z.string(),
        })
        .openapi("Problem"),
    },
  },
};

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

const listSlos = createRoute({
  method: "get",
  path: "/slos",
  summary: "Every SLO with its budget and burn rates",
  request: {
    query: z.object({ service: name.optional(), state: sloSchema.shape.state.optional() }),
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
      state: z.enum(["pending", "delivered", "rejected"]).optional(),
      receiver: z.enum(["pagerduty", "slack", "log"]).optional(),
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
    const { service, state } = c.req.valid("query");
    const slos = ports.slos();
    return c.json(
      {
        slos: slos.filter((slo) => (!service || slo.service === service) && (!state || slo.state === state)),
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
        limit: query.limit,
        cursor: query.cursor,
      }),
      200,
    );
  });
  app.openapi(listSpecs, (c) => c.json(ports.specs(), 200));
  return app;
}
