import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { pictureRoutes, type PicturePorts } from "./picture-routes.ts";
import { ApiProblem, problemResponse } from "./problem.ts";

const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);

function app(burnPicture: PicturePorts["burnPicture"]): OpenAPIHono {
  const hono = new OpenAPIHono();
  hono.onError((error, c) =>
    error instanceof ApiProblem
      ? problemResponse(c, error.status, error.title, error.message)
      : c.text("?", 500),
  );
  pictureRoutes({ burnPicture })(hono);
  return hono;
}

describe("GET /slos/{name}/burn.png", () => {
  it("gives the picture that was asked for", async () => {
    const asked: unknown[] = [];
    const hono = app((request) => {
      asked.push(request);
      return Promise.resolve({ kind: "drawn", png: PNG });
    });
    const answer = await hono.request(
      "/slos/pay%20ment/burn.png?start=1000000000&end=2001-09-09T02:46:40Z&theme=dark",
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(PNG);
    expect(asked).toEqual([
      { slo: "pay ment", tier: undefined, startMs: 1e12, endMs: 1e12 + 3_600_000, theme: "dark" },
    ]);
  });

  it("says what is wrong", async () => {
    const unknown = app(() => Promise.resolve({ kind: "unknown_slo" }));
    expect((await unknown.request("/slos/nope/burn.png")).status).toBe(404);
    const refused = app(() => Promise.resolve({ kind: "refused", reason: "too long" }));
    const answer = await refused.request("/slos/x/burn.png");
    expect([answer.status, await answer.json()]).toMatchObject([400, { detail: "too long" }]);
    expect((await refused.request("/slos/x/burn.png?start=2&end=1")).status).toBe(400);
    expect((await refused.request("/slos/x/burn.png?end=0")).status).toBe(400);
    expect((await refused.request("/slos/x/burn.png?theme=blue")).status).toBe(400);
  });

  it("refuses more than a few at once, and takes new ones when those are drawn", async () => {
    let finish: () => void = () => {};
    const drawn = new Promise<void>((resolve) => (finish = resolve));
    const hono = app(async () => {
      await drawn;
      return { kind: "drawn", png: PNG };
    });
    const first = Array.from({ length: 8 }, async () => hono.request("/slos/x/burn.png"));
    const busy = await hono.request("/slos/x/burn.png");
    expect([busy.status, busy.headers.get("retry-after")]).toEqual([503, "2"]);
    finish();
    for (const answer of await Promise.all(first)) expect(answer.status).toBe(200);
    expect((await hono.request("/slos/x/burn.png")).status).toBe(200);
  });
});
