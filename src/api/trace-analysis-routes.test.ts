import { OpenAPIHono } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { sampleTrace, type SampleSpan } from "../trace/sample-trace.ts";
import { ApiProblem, problemResponse } from "./problem.ts";
import { traceAnalysisRoutes } from "./trace-analysis-routes.ts";

const GOOD = "1".repeat(32);
const BAD = "2".repeat(32);

const trace = (ledgerMs: number, error: boolean): readonly SampleSpan[] => [
  { id: "entry", service: "checkout", name: "POST /checkout", kind: "server", at: [0, 20 + ledgerMs], error },
  {
    id: "call",
    parent: "entry",
    service: "checkout",
    name: "charge",
    kind: "client",
    at: [5, 15 + ledgerMs],
    error,
  },
  {
    id: "charge",
    parent: "call",
    service: "payment",
    name: "charge",
    kind: "server",
    at: [6, 14 + ledgerMs],
    error,
  },
  {
    id: "book",
    parent: "charge",
    service: "payment",
    name: "INSERT",
    kind: "client",
    at: [8, 8 + ledgerMs],
    error,
    attributes: { "db.system.name": "postgresql", "db.namespace": "ledger" },
  },
];
const TRACES: Readonly<Record<string, readonly SampleSpan[]>> = {
  [GOOD]: trace(5, false),
  [BAD]: trace(400, true),
};

function app(): OpenAPIHono {
  const hono = new OpenAPIHono();
  const area = traceAnalysisRoutes({
    readTrace: async (traceId) => {
      const lines = TRACES[traceId];
      return lines && { spans: sampleTrace(lines), isTruncated: false };
    },
  });
  area(hono);
  hono.onError((error, c) =>
    error instanceof ApiProblem
      ? problemResponse(c, error.status, error.title, error.message)
      : c.text(String(error), 500),
  );
  return hono;
}
const get = async (path: string) => {
  const response = await app().request(path);
  return { status: response.status, body: (await response.json()) as never };
};

describe("the analysis of a trace", () => {
  it("says where the time went, and whose failure it was", async () => {
    const { status, body } = await get(`/traces/${BAD}/analysis`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      services: [
        { service: "payment", spans: 2, errors: 2, criticalNs: 408e6 },
        { service: "checkout", spans: 2, criticalNs: 12e6 },
      ],
      blame: [{ name: "ledger", isService: false, reason: "no-answer", spanId: "book" }],
      spans: [
        { spanId: "entry", depth: 0 },
        { depth: 1 },
        { depth: 2 },
        { depth: 3, peer: "ledger", selfNs: 400e6 },
      ],
    });
  });

  it("puts two traces side by side", async () => {
    const { body } = await get(`/traces/${GOOD}/compare/${BAD}`);
    expect(body).toMatchObject({
      operations: [
        { service: "payment", name: "INSERT", criticalDeltaNs: 395e6, b: { errors: 1 } },
        {},
        {},
        {},
      ],
    });
  });

  it("names a trace that is not there, and an id that is none", async () => {
    expect(await get(`/traces/${"3".repeat(32)}/analysis`)).toMatchObject({ status: 404 });
    expect(await get(`/traces/xyz/analysis`)).toMatchObject({ status: 400 });
  });
});
