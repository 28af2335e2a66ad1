import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { sampleReport } from "../report/sample-report.ts";
import { createExplainPage } from "./explain-page.ts";
import { explainRoutes, type ExplainPorts } from "./explain-routes.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { reportRoutes } from "./report-routes.ts";

const NOW_MS = Date.UTC(2026, 9, 3, 12);

function appOf(more: Partial<ExplainPorts> = {}) {
  const asked: unknown[] = [];
  const app = new OpenAPIHono();
  const ports: ExplainPorts = {
    explain: (_, times) => {
      asked.push(times);
      return Promise.resolve(undefined);
    },
    history: () => Promise.resolve(undefined),
    revisions: () => Promise.resolve(undefined),
    now: () => NOW_MS,
    ...more,
  };
  explainRoutes(ports)(app);
  app.route("/pages", createExplainPage(ports));
  app.onError((error, c) =>
    error instanceof ApiProblem
      ? problemResponse(c, error.status, error.title, error.message)
      : c.text(String(error), 500),
  );
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, text: await response.text() };
  };
  return { asked, get };
}

describe("the API of explanations", () => {
  it("asks about the present, a time, or what was known at a time; never for knowledge from after it", async () => {
    const { asked, get } = appOf();
    for (const query of [
      "",
      "?at=1000000000",
      "?known=1000000000",
      "?at=1500000000&known=1000000000",
      "?at=1000000000&known=1500000000",
    ]) {
      expect((await get(`/slos/a/explain${query}`)).status).toBe(404);
    }
    expect(asked).toEqual([
      { atMs: NOW_MS, knownMs: NOW_MS },
      { atMs: 1e12, knownMs: 1e12 },
      { atMs: 1e12, knownMs: 1e12 },
      { atMs: 1.5e12, knownMs: 1e12 },
      { atMs: 1e12, knownMs: 1e12 },
    ]);
  });

  it("says what is wrong with a question, and what to do", async () => {
    const { get } = appOf();
    expect((await get("/slos/a/explain?at=2027-01-01T00:00:00Z")).text).toContain("at: lies ahead");
    expect((await get("/slos/a/explain?known=0")).text).toContain("known: lies before 2000");
    expect((await get("/slos/a/history?start=1969-12-31T00:00:00Z&end=0")).status).toBe(400);
    expect((await get("/slos/a/history?start=2000&end=1000")).text).toContain("end: must be after start");
    const long = await get("/slos/a/history?start=0&end=1000000000&step=60");
    expect(long.text).toMatch(/step: \d+ steps are more than 11000; ask for a shorter time or a longer step/);
    expect((await get("/slos/a/revisions")).text).toContain('no SLO is or was named \\"a\\"');
  });

  it("shows a name that nobody knows as text", async () => {
    const { get } = appOf();
    const { status, text } = await get("/pages/slos/%3Cb%3E/explain");
    expect(status).toBe(404);
    expect(text).toContain("&lt;b&gt;");
  });
});

describe("the API of reports", () => {
  it("makes two at a time, and asks the others to come again", async () => {
    let finish = (): void => {};
    const waits = new Promise<void>((resolve) => (finish = resolve));
    const app = new OpenAPIHono();
    app.onError((error, c) =>
      error instanceof ApiProblem ? c.text(error.message, error.status) : c.text("", 500),
    );
    reportRoutes({ now: () => NOW_MS, report: () => waits.then(sampleReport) })(app);
    const first = [app.request("/reports"), app.request("/reports?period=2026-Q3")];
    const third = await app.request("/reports");
    expect([third.status, third.headers.get("retry-after")]).toEqual([503, "5"]);
    finish();
    for (const answer of first) expect((await answer).status).toBe(200);
    expect((await app.request("/reports")).status).toBe(200);
    expect(await (await app.request("/reports?period=never")).text()).toContain(
      'period: "never" is none; write month',
    );
  });
});
