import { OpenAPIHono } from "@hono/zod-openapi";
import { expect, it } from "vitest";
import { sampleEpisode } from "../alert/sample-episode.ts";
import { episodeBody } from "./episode-body.ts";
import { handlingRoutes, type HandlingPorts } from "./handling-routes.ts";
import { ApiProblem, problemResponse } from "./problem.ts";

const body = episodeBody(sampleEpisode({ acknowledgedBy: "key:ci" }), "noroshi:1");
const ports: HandlingPorts = {
  setAcknowledged: async (id, _acknowledged, actor) => {
    if (id === "none") return { kind: "unknown" };
    if (id === "over") return { kind: "over", episode: { ...body, resolvedAt: "2025-06-15T15:06:40.000Z" } };
    return { kind: "done", episode: { ...body, acknowledgedBy: actor } };
  },
  listAudit: async ({ subject }) => ({
    entries: [
      {
        sequence: 1,
        at: "2025-06-15T15:06:40.000Z",
        actor: "local",
        action: "x",
        subject: subject ?? "",
        detail: {},
      },
    ],
    nextCursor: null,
  }),
};
const app = new OpenAPIHono();
app.use("*", (c, next) => {
  c.set("actor" as never, "key:ci" as never);
  return next();
});
handlingRoutes(ports)(app);
app.onError((error, c) =>
  error instanceof ApiProblem
    ? problemResponse(c, error.status, error.title, error.message)
    : c.text("?", 500),
);

it("takes an episode on in the name of the key, and says why it cannot", async () => {
  const taken = await app.request("/episodes/1/acknowledge", { method: "POST" });
  expect(taken.status).toBe(200);
  expect(await taken.json()).toMatchObject({ episode: { acknowledgedBy: "key:ci" } });
  expect((await app.request("/episodes/none/acknowledge", { method: "POST" })).status).toBe(404);
  const over = await app.request("/episodes/over/unacknowledge", { method: "POST" });
  expect(over.status).toBe(409);
  expect(await over.json()).toMatchObject({ detail: expect.stringContaining("2025-06-15T15:06:40") });
});

it("shows what was done to a subject", async () => {
  const answer = await app.request("/audit?subject=e1");
  expect(await answer.json()).toMatchObject({ entries: [{ subject: "e1" }] });
  expect((await app.request("/audit?cursor=x")).status).toBe(400);
});
