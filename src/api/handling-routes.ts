import { createRoute, z } from "@hono/zod-openapi";
import type { EpisodeBody } from "./episode-schema.ts";
import { episodeSchema } from "./episode-schema.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { cursor, json, limit, name, problem, requestActor } from "./route-parts.ts";

const auditSchema = z
  .object({
    sequence: z.number().int(),
    at: z.string().openapi({ format: "date-time" }),
    actor: z.string().openapi({
      description: "key:<name>, local, slack:<user>, pagerduty:<user>, git:<commit>, noroshi",
    }),
    action: z.string().openapi({ example: "episode.acknowledge" }),
    subject: z.string().openapi({ description: "What was changed: its name or id" }),
    detail: z.record(z.string(), z.unknown()),
  })
  .openapi("AuditEntry");

const auditListSchema = z
  .object({ entries: z.array(auditSchema), nextCursor: z.string().nullable() })
  .openapi("AuditList");

export type AuditListBody = z.output<typeof auditListSchema>;

/** What the API does for those who take episodes on. */
export interface HandlingPorts {
  /** `over`: it fires no more, or not yet. That it was so already is no fault. */
  setAcknowledged(
    id: string,
    acknowledged: boolean,
    actor: string,
  ): Promise<
    | { readonly kind: "done"; readonly episode: EpisodeBody }
    | { readonly kind: "unknown" }
    | { readonly kind: "over"; readonly episode: EpisodeBody }
  >;
  listAudit(filter: {
    readonly subject: string | undefined;
    readonly limit: number;
    readonly cursor: string | undefined;
  }): Promise<AuditListBody>;
}

const responses = {
  200: json("The episode as it is now", z.object({ episode: episodeSchema })),
  400: problem,
  401: problem,
  403: problem,
  404: problem,
  409: problem,
  503: problem,
};

const acknowledge = createRoute({
  method: "post",
  path: "/episodes/{id}/acknowledge",
  summary: "Take an episode on: it is not told again until it is given back",
  request: { params: z.object({ id: name }) },
  responses,
});

const unacknowledge = createRoute({
  method: "post",
  path: "/episodes/{id}/unacknowledge",
  summary: "Give an episode back: it is told again",
  request: { params: z.object({ id: name }) },
  responses,
});

const listAudit = createRoute({
  method: "get",
  path: "/audit",
  summary: "Who changed what, newest first",
  request: {
    query: z.object({
      subject: name.optional().openapi({ description: "Only what was done to this: an id or a name" }),
      limit,
      cursor: cursor(/^\d{1,15}$/),
    }),
  },
  responses: { 200: json("What was done", auditListSchema), 400: problem, 401: problem, 503: problem },
});

/** Taking episodes on, and the audit log. */
export function handlingRoutes(ports: HandlingPorts): NativeArea {
  const change = async (id: string, acknowledged: boolean, actor: string): Promise<EpisodeBody> => {
    const result = await ports.setAcknowledged(id, acknowledged, actor);
    if (result.kind === "unknown") throw new ApiProblem(404, "Not found", `there is no episode ${id}`);
    if (result.kind === "over")
      throw new ApiProblem(
        409,
        "Conflict",
        result.episode.state === "pending"
          ? "the episode has not fired: nobody was told of it, so nobody can take it on"
          : `the episode was over at ${result.episode.resolvedAt ?? "some time"}`,
      );
    return result.episode;
  };
  return (app) => {
    app.openapi(acknowledge, async (c) => {
      const episode = await change(c.req.valid("param").id, true, requestActor(c));
      return c.json({ episode }, 200);
    });
    app.openapi(unacknowledge, async (c) => {
      const episode = await change(c.req.valid("param").id, false, requestActor(c));
      return c.json({ episode }, 200);
    });
    app.openapi(listAudit, async (c) => {
      const { subject, limit, cursor } = c.req.valid("query");
      return c.json(await ports.listAudit({ subject, limit, cursor }), 200);
    });
  };
}
