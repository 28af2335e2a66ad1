import { createRoute, z } from "@hono/zod-openapi";
import {
  correctionListSchema,
  correctionSchema,
  madeCorrectionSchema,
  newCorrectionSchema,
  type CorrectionBody,
  type CorrectionListBody,
  type MadeCorrectionBody,
  type NewCorrection,
} from "./correction-schema.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem } from "./problem.ts";
import { json, name, problem, requestActor } from "./route-parts.ts";

/** What the API does with corrections. */
export interface CorrectionPorts {
  /** Those in force; of one SLO, with what each changes. `deleted`: of those made by API the deleted ones too. */
  list(filter: {
    readonly slo: string | undefined;
    readonly deleted: boolean;
  }): Promise<CorrectionListBody | "no-such-slo">;
  get(id: string): Promise<CorrectionBody | undefined>;
  /** Stores it, or with `dryRun` only says what it would do. A list of faults where its times cannot be read. */
  create(
    correction: NewCorrection,
    options: { readonly dryRun: boolean; readonly actor: string },
  ): Promise<MadeCorrectionBody | { readonly faults: readonly string[] }>;
  remove(
    id: string,
    actor: string,
  ): Promise<{ readonly kind: "removed" | "unknown" } | { readonly kind: "in-file"; readonly file: string }>;
}

const flag = z.enum(["true", "false"]).default("false");

const listCorrections = createRoute({
  method: "get",
  path: "/corrections",
  summary: "Corrections and maintenance: time that leaves the counts of SLOs",
  request: {
    query: z.object({
      slo: name.optional().openapi({ description: "Those of this SLO, with what each of them changes" }),
      deleted: flag.openapi({ description: "true: those that were deleted too" }),
    }),
  },
  responses: {
    200: json("Corrections", correctionListSchema),
    400: problem,
    401: problem,
    404: problem,
    503: problem,
  },
});

const createCorrection = createRoute({
  method: "post",
  path: "/corrections",
  summary: "Make a correction, or see what it would do",
  request: {
    query: z.object({ dryRun: flag.openapi({ description: "true: nothing is stored" }) }),
    body: { required: true, content: { "application/json": { schema: newCorrectionSchema } } },
  },
  responses: {
    200: json("What it would do", madeCorrectionSchema),
    201: json("It is in force", madeCorrectionSchema),
    400: problem,
    401: problem,
    403: problem,
    503: problem,
  },
});

const id = name.openapi({ description: "Of those in files file:<name>" });
const showCorrection = createRoute({
  method: "get",
  path: "/corrections/{id}",
  summary: "One correction, deleted ones too",
  request: { params: z.object({ id }) },
  responses: { 200: json("The correction", correctionSchema), 401: problem, 404: problem, 503: problem },
});

const deleteCorrection = createRoute({
  method: "delete",
  path: "/corrections/{id}",
  summary: "Take a correction out of force; what it excluded counts again",
  request: { params: z.object({ id }) },
  responses: {
    204: { description: "It is no longer in force" },
    401: problem,
    403: problem,
    404: problem,
    409: problem,
    503: problem,
  },
});

/** The routes below /corrections. */
export function correctionRoutes(ports: CorrectionPorts): NativeArea {
  return (app) => {
    app.openapi(listCorrections, async (c) => {
      const { slo, deleted } = c.req.valid("query");
      const found = await ports.list({ slo, deleted: deleted === "true" });
      if (found === "no-such-slo")
        throw new ApiProblem(404, "Not found", `no SLO is named "${slo}"; GET /api/v1/slos lists them`);
      return c.json(found, 200);
    });
    app.openapi(createCorrection, async (c) => {
      const dryRun = c.req.valid("query").dryRun === "true";
      const body = c.req.valid("json");
      if (body.slos.length + body.services.length + Object.keys(body.labels).length === 0) {
        const detail = 'slos: write slos, services or labels; slos: ["*"] means all of them';
        throw new ApiProblem(400, "Invalid parameter", detail);
      }
      const made = await ports.create(body, { dryRun, actor: requestActor(c) });
      if ("faults" in made) throw new ApiProblem(400, "Invalid parameter", made.faults.join("; "));
      return dryRun ? c.json(made, 200) : c.json(made, 201);
    });
    app.openapi(showCorrection, async (c) => {
      const { id: wanted } = c.req.valid("param");
      const found = await ports.get(wanted);
      if (found === undefined) throw unknown(wanted);
      return c.json(found, 200);
    });
    app.openapi(deleteCorrection, async (c) => {
      const { id: wanted } = c.req.valid("param");
      const result = await ports.remove(wanted, requestActor(c));
      if (result.kind === "unknown") throw unknown(wanted);
      if (result.kind === "in-file") {
        const detail = `${wanted} is written in ${result.file}; take it out of there`;
        throw new ApiProblem(409, "Not made by API", detail);
      }
      return c.body(null, 204);
    });
  };
}

function unknown(id: string): ApiProblem {
  const detail = `there is no correction ${id} in force; GET /api/v1/corrections lists them`;
  return new ApiProblem(404, "Not found", detail);
}
