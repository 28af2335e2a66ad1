import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ApplyOutcome, ApplyRequest, SpecChanges } from "../spec-diff/change-specs.ts";
import type { NativeArea } from "./native-routes.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { json, problem, requestActor } from "./route-parts.ts";
import { applyBody, diffBody } from "./spec-change-body.ts";
import {
  applyRequestSchema,
  applySchema,
  diffRequestSchema,
  diffSchema,
  refusedSchema,
  type RefusedBody,
} from "./spec-change-schema.ts";

/** As JSON text. */
const LARGEST_BODY_BYTES = 16 * 1024 * 1024;
/** Diffs under way at once, and those that may wait: each may count days of telemetry. */
const MOST_DIFFS = 2;
const MOST_WAITING = 16;

const refused = {
  description: "RFC 9457 problem document that lists what is wrong",
  content: { "application/problem+json": { schema: refusedSchema } },
};

const limited = bodyLimit({
  maxSize: LARGEST_BODY_BYTES,
  onError: (c) =>
    problemResponse(
      c,
      413,
      "Body too large",
      `at most ${LARGEST_BODY_BYTES} bytes are taken: send only files with SLOs, or split them between sources`,
    ),
});

const diffSpecs = createRoute({
  method: "post",
  path: "/specs/diff",
  summary: "What applying spec files would change, as budgets and alerts; changes nothing",
  description: "Needs the scope read alone.",
  middleware: [limited],
  request: { body: { required: true, content: { "application/json": { schema: diffRequestSchema } } } },
  responses: {
    200: json("The differences; with `valid` false, why there are none", diffSchema),
    400: problem,
    401: problem,
    413: problem,
    503: problem,
  },
});

const applySpecs = createRoute({
  method: "post",
  path: "/specs/apply",
  summary: "Replace what a source of specs holds, all or nothing",
  middleware: [limited],
  request: { body: { required: true, content: { "application/json": { schema: applyRequestSchema } } } },
  responses: {
    200: json("What was applied", applySchema),
    400: problem,
    401: problem,
    403: problem,
    409: refused,
    413: problem,
    422: refused,
    503: problem,
  },
});

/** `POST /specs/diff` and `POST /specs/apply`. */
export function createSpecChangeRoutes(changes: SpecChanges): NativeArea {
  const inTurn = createTurns();
  return (app) => {
    app.openapi(diffSpecs, async (c) => {
      const { sinceMs, ...request } = c.req.valid("json");
      const { signal } = c.req.raw;
      const { inPlaceOf } = request;
      const known = changes.replaceable();
      if (inPlaceOf !== undefined && !known.includes(inPlaceOf)) {
        const there = known.length === 0 ? "there is none" : `there are ${known.join(", ")}`;
        throw new ApiProblem(
          400,
          "Invalid parameter",
          `inPlaceOf: no source is called ${inPlaceOf}; ${there}`,
        );
      }
      return c.json(diffBody(await inTurn(() => changes.diff({ ...request, sinceMs, signal }))), 200);
    });
    app.openapi(applySpecs, async (c) => {
      const { commit, expectedRevision, ...request } = c.req.valid("json");
      const whole: ApplyRequest = { ...request, commit, expectedRevision, actor: requestActor(c) };
      const outcome = await changes.apply(whole);
      return isRefusal(outcome) ? refuse(c, whole, outcome) : c.json(applyBody(request.source, outcome), 200);
    });
  };
}

type Refusal = Exclude<ApplyOutcome, { kind: "applied" | "planned" | "unchanged" }>;

function isRefusal(outcome: ApplyOutcome): outcome is Refusal {
  return outcome.kind === "raced" || outcome.kind === "owned" || outcome.kind === "invalid";
}

function refuse(c: Context, { source }: ApplyRequest, outcome: Refusal) {
  const answer = (status: 409 | 422, title: string, detail: string, lists: Partial<RefusedBody>) =>
    c.json(
      {
        type: "about:blank",
        title,
        status,
        detail,
        instance: c.req.path,
        conflicts: [],
        diagnostics: [],
        ...lists,
      },
      status,
      { "content-type": "application/problem+json" },
    );
  switch (outcome.kind) {
    case "raced": {
      const { expected, actual } = outcome;
      const detail = `"${source}" holds ${actual} and not ${expected}: somebody applied meanwhile; diff again`;
      return answer(409, "Changed meanwhile", detail, {});
    }
    case "owned": {
      const { conflicts } = outcome;
      const [first] = conflicts;
      const more = conflicts.length > 1 ? `, and ${conflicts.length - 1} more` : "";
      const detail =
        `the SLO "${first?.slo}" of ${first?.file} (source "${source}") belongs to ${first?.owner} ` +
        `(${first?.ownerFile})${more}: rename it, or take it out there first`;
      return answer(409, "Owned by another source", detail, { conflicts: [...conflicts] });
    }
    case "invalid": {
      const { diagnostics } = outcome;
      const errors = diagnostics.filter(({ severity }) => severity === "error").length;
      const detail = `${errors === 1 ? "1 error" : `${errors} errors`} in the files: nothing was applied`;
      return answer(422, "Invalid specs", detail, { diagnostics: [...diagnostics] });
    }
  }
}

/** So many at once, and so many that wait; further ones are sent away. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= MOST_DIFFS) {
      if (waiting.length >= MOST_WAITING) {
        throw new ApiProblem(503, "Busy", "too many diffs are under way; ask again in a minute");
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
