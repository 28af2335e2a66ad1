import { createRoute, z } from "@hono/zod-openapi";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, problem } from "./route-parts.ts";
import { diagnosticSchema, syncStateSchema } from "./spec-schema.ts";

const moment = z.string().nullable().openapi({ format: "date-time" });
const revision = z.string().nullable().openapi({ description: "A git commit" });

const sourceSchema = z
  .object({
    name: z.string().openapi({ example: "https://git.example/team/slos.git#main:slo-specs" }),
    kind: z.enum(["folder", "git", "pushed"]),
    status: syncStateSchema,
    reason: z.string().nullable().openapi({ description: "Why it is not Synced" }),
    revision: revision.openapi({ description: "The commit that was read last" }),
    remoteRevision: revision.openapi({ description: "The newest commit that is known" }),
    lastGoodRevision: revision.openapi({ description: "The newest commit of which everything ran" }),
    commit: z
      .object({ id: z.string(), subject: z.string(), author: z.string(), at: z.string() })
      .nullable()
      .openapi({ description: "Of `revision`; null until it was read since the start" }),
    lastSync: moment.openapi({ description: "When it was last known that this is the newest" }),
    lastAttempt: moment,
    nextPoll: moment.openapi({ description: "null where changes are heard of by themselves" }),
    files: z.array(
      z.object({
        path: z.string(),
        status: syncStateSchema,
        slos: z
          .array(z.string())
          .openapi({ description: "Those that run, of this or the last good version" }),
        errors: z.array(diagnosticSchema),
      }),
    ),
  })
  .openapi("SpecSource");

export const sourceListSchema = z.object({ sources: z.array(sourceSchema) }).openapi("SpecSources");

export type SpecSourceListBody = z.output<typeof sourceListSchema>;

export interface SpecSourcePorts {
  sources(): SpecSourceListBody;
  /** Asks these for news, or all. Resolves when what they hold runs, or could not be read. */
  sync(names: readonly string[] | undefined): Promise<void>;
}

const listSources = createRoute({
  method: "get",
  path: "/specs/sources",
  summary: "Where specs come from, and whether what is written there runs",
  responses: { 200: json("Sources", sourceListSchema), 401: problem },
});

const syncSources = createRoute({
  method: "post",
  path: "/specs/sync",
  summary: "Ask the sources of specs for news now",
  request: {
    body: {
      required: false,
      content: {
        "application/json": {
          schema: z
            .object({ sources: z.array(z.string().max(2_000)).max(100).optional() })
            .strict()
            .openapi("SpecSync", { description: "Names of sources; all where none is given" }),
        },
      },
    },
  },
  responses: {
    200: json("The sources, once they answered or failed to", sourceListSchema),
    400: problem,
    401: problem,
    403: problem,
    404: problem,
  },
});

/** `GET /specs/sources` and `POST /specs/sync`. */
export function specSourceRoutes(ports: SpecSourcePorts): NativeArea {
  return (app) => {
    app.openapi(listSources, (c) => c.json(ports.sources(), 200));
    app.openapi(syncSources, async (c) => {
      const isEmpty = c.req.header("content-type") === undefined;
      const names = isEmpty ? undefined : c.req.valid("json").sources;
      const known = ports.sources().sources.map(({ name }) => name);
      const unknown = names?.find((name) => !known.includes(name));
      if (unknown !== undefined) {
        const detail = `no source is named "${unknown}"; GET /api/v1/specs/sources lists them: ${known.join(", ")}`;
        throw new ApiProblem(404, "Not found", detail);
      }
      await ports.sync(names);
      return c.json(ports.sources(), 200);
    });
  };
}
