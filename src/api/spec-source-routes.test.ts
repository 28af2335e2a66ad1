import { OpenAPIHono } from "@hono/zod-openapi";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiProblem, problemResponse } from "./problem.ts";
import { specSourceRoutes, type SpecSourceListBody } from "./spec-source-routes.ts";
import { createSpecsPage } from "./specs-page.ts";

const BODY: SpecSourceListBody = {
  sources: [
    {
      name: "https://git.example/s.git#main",
      kind: "git",
      status: "OutOfSync",
      reason: "a.yaml:3:1: <no> target",
      revision: "b".repeat(40),
      remoteRevision: "b".repeat(40),
      lastGoodRevision: "a".repeat(40),
      commit: { id: "b".repeat(40), subject: "Raise <it>", author: "Ada", at: "2026-01-31T11:00:00.000Z" },
      lastSync: "2026-01-31T11:00:00.000Z",
      lastAttempt: "2026-01-31T11:00:00.000Z",
      nextPoll: null,
      files: [
        {
          path: "https://git.example/s.git#main/a.yaml",
          status: "OutOfSync",
          slos: ["payment"],
          errors: [
            {
              severity: "error",
              file: "a.yaml",
              line: 3,
              column: 1,
              path: "",
              message: "<no> target",
              hint: "",
            },
          ],
        },
      ],
    },
  ],
};

let synced: unknown[];
let app: OpenAPIHono;
beforeEach(() => {
  synced = [];
  app = new OpenAPIHono();
  specSourceRoutes({
    sources: () => BODY,
    sync: (names) => {
      synced.push(names);
      return Promise.resolve();
    },
  })(app);
  app.onError((error, c) => {
    if (!(error instanceof ApiProblem)) throw error;
    return problemResponse(c, error.status, error.title, error.message);
  });
});
const post = (body?: unknown): Response | Promise<Response> =>
  app.request("/specs/sync", {
    method: "POST",
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });

describe("specSourceRoutes", () => {
  it("gives the sources", async () => {
    expect(await (await app.request("/specs/sources")).json()).toEqual(BODY);
  });

  it("asks all sources for news, or those that are named", async () => {
    expect((await post()).status).toBe(200);
    expect((await post({})).status).toBe(200);
    expect((await post({ sources: [BODY.sources[0]!.name] })).status).toBe(200);
    expect(synced).toEqual([undefined, undefined, [BODY.sources[0]!.name]]);
  });

  it("says which sources there are when another one is named", async () => {
    const response = await post({ sources: ["x"] });
    expect([response.status, await response.text()]).toEqual([
      404,
      expect.stringContaining("git.example/s.git#main"),
    ]);
    expect((await post({ source: "x" })).status).toBe(400);
    expect(synced).toEqual([]);
  });
});

describe("the page of specs", () => {
  it("shows states, faults and commits, escaped", async () => {
    const html = await (await createSpecsPage(() => BODY).request("/specs")).text();
    expect(html).toContain("&lt;no&gt; target");
    expect(html).toContain("Raise &lt;it&gt;");
    expect(html).not.toContain("<no>");
    expect(html).toContain("OutOfSync");
  });
});
