import { createRoute, z } from "@hono/zod-openapi";
import { SILENCE_STATES, type SilenceState } from "../alert/silence.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { cursor, json, limit, name, problem, requestActor } from "./route-parts.ts";
import {
  endedSilenceSchema,
  madeSilenceSchema,
  newSilenceSchema,
  silenceDetailSchema,
  silenceListSchema,
  type MadeSilenceBody,
  type NewSilenceBody,
  type SilenceBody,
  type SilenceDetailBody,
  type SilenceListBody,
} from "./silence-schema.ts";

/** What the API does with silences. */
export interface SilencePorts {
  list(filter: {
    readonly state: SilenceState | undefined;
    readonly limit: number;
    readonly cursor: string | undefined;
  }): Promise<SilenceListBody>;
  get(id: string): Promise<SilenceDetailBody | undefined>;
  /** Stores it, or with `dryRun` only says what it would mute. Faults name their fields. */
  create(
    silence: NewSilenceBody,
    options: { readonly dryRun: boolean; readonly actor: string },
  ): Promise<MadeSilenceBody | { readonly faults: readonly string[] }>;
  /** undefined: there is none of this id. */
  end(
    id: string,
    actor: string,
  ): Promise<{ readonly silence: SilenceBody; readonly wasOver: boolean } | undefined>;
}

const listSilences = createRoute({
  method: "get",
  path: "/silences",
  summary: "Silences, newest first",
  request: {
    query: z.object({ state: z.enum(SILENCE_STATES).optional(), limit, cursor: cursor(/^[0-9a-f-]{36}$/) }),
  },
  responses: { 200: json("Silences", silenceListSchema), 400: problem, 401: problem, 503: problem },
});

const createSilence = createRoute({
  method: "post",
  path: "/silences",
  summary: "Tell nobody of some alerts for a time, or see which those would be",
  request: {
    query: z.object({
      dryRun: z.enum(["true", "false"]).default("false").openapi({ description: "true: nothing is stored" }),
    }),
    body: { required: true, content: { "application/json": { schema: newSilenceSchema } } },
  },
  responses: {
    200: json("What it would mute", madeSilenceSchema),
    201: json("It is stored", madeSilenceSchema),
    400: problem,
    401: problem,
    403: problem,
    409: problem,
    503: problem,
  },
});

const showSilence = createRoute({
  method: "get",
  path: "/silences/{id}",
  summary: "One silence, with what it fits now; ended ones too",
  request: { params: z.object({ id: name }) },
  responses: { 200: json("The silence", silenceDetailSchema), 401: problem, 404: problem, 503: problem },
});

const endSilence = createRoute({
  method: "delete",
  path: "/silences/{id}",
  summary: "End a silence now; what it muted and still fires is told. It stays listed",
  request: { params: z.object({ id: name }) },
  responses: {
    200: json("It is over", endedSilenceSchema),
    401: problem,
    403: problem,
    404: problem,
    503: problem,
  },
});

/** The routes below /silences. */
export function silenceRoutes(ports: SilencePorts): NativeArea {
  return (app) => {
    app.openapi(listSilences, async (c) => {
      const { state, limit: most, cursor: after } = c.req.valid("query");
      return c.json(await ports.list({ state, limit: most, cursor: after }), 200);
    });
    app.openapi(createSilence, async (c) => {
      const dryRun = c.req.valid("query").dryRun === "true";
      const made = await ports.create(c.req.valid("json"), { dryRun, actor: requestActor(c) });
      if ("faults" in made) throw new ApiProblem(400, "Invalid parameter", made.faults.join("; "));
      return dryRun ? c.json(made, 200) : c.json(made, 201);
    });
    app.openapi(showSilence, async (c) => {
      const { id } = c.req.valid("param");
      const found = await ports.get(id);
      if (found === undefined) throw unknown(id);
      return c.json(found, 200);
    });
    app.openapi(endSilence, async (c) => {
      const { id } = c.req.valid("param");
      const ended = await ports.end(id, requestActor(c));
      if (ended === undefined) throw unknown(id);
      return c.json(ended, 200);
    });
  };
}

function unknown(id: string): ApiProblem {
  return new ApiProblem(404, "Not found", `there is no silence ${id}; GET /api/v1/silences lists them`);
}
