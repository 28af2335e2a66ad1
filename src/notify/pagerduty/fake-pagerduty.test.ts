import { Agent, request } from "node:https";
import { afterEach, describe, expect, it } from "vitest";
import { startFakePagerDuty } from "./fake-pagerduty.ts";
import type { FakePagerDuty, FakePagerDutyOptions } from "./fake-pagerduty.ts";
import { createLocalCertificate } from "./local-certificate.ts";

const ROUTING_KEY = "R".repeat(32);
const certificate = await createLocalCertificate();
const agent = new Agent({ ca: certificate.ca });
let fake: FakePagerDuty | undefined;

async function start(options: Partial<FakePagerDutyOptions> = {}): Promise<FakePagerDuty> {
  fake = await startFakePagerDuty({ tls: certificate, ...options });
  return fake;
}

function post(port: number, body: unknown): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port, path: "/v2/enqueue", method: "POST", agent },
      (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk)));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

function event(action: string, change: Record<string, unknown> = {}) {
  return {
    routing_key: ROUTING_KEY,
    event_action: action,
    dedup_key: "noroshi:one",
    payload: { summary: "burning", source: "payment", severity: "critical" },
    ...change,
  };
}

afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

describe("fake PagerDuty", () => {
  it("answers an event as PagerDuty does, over TLS that its authority vouches for", async () => {
    const { port, events } = await start();
    const answer = await post(port, event("trigger"));
    expect(answer.status).toBe(202);
    expect(JSON.parse(answer.body)).toEqual({
      status: "success",
      message: "Event processed",
      dedup_key: "noroshi:one",
    });
    expect(events.map(({ effect }) => effect)).toEqual(["opened"]);
  });

  it("keeps one open incident per key, and opens another when a trigger follows a resolve", async () => {
    const pagerDuty = await start();
    for (const action of ["resolve", "trigger", "trigger", "acknowledge", "resolve", "resolve", "trigger"]) {
      await post(pagerDuty.port, event(action));
    }
    await post(pagerDuty.port, event("resolve", { routing_key: "S".repeat(32) }));
    expect(pagerDuty.events.map(({ effect }) => effect)).toEqual([
      "dropped",
      "opened",
      "appended",
      "acknowledged",
      "resolved",
      "dropped",
      "opened",
      "dropped",
    ]);
    expect(pagerDuty.incidents().map(({ state, triggers }) => [state, triggers])).toEqual([
      ["resolved", 2],
      ["triggered", 1],
    ]);
    expect(pagerDuty.openIncidents()).toHaveLength(1);
  });

  it.each([
    ["no key", event("trigger", { routing_key: undefined })],
    ["a short key", event("trigger", { routing_key: "short" })],
    ["an unknown action", event("snooze")],
    ["no payload", event("trigger", { payload: undefined })],
    ["a long summary", event("trigger", { payload: { ...event("").payload, summary: "x".repeat(1025) } })],
    ["a wrong severity", event("trigger", { payload: { ...event("").payload, severity: "loud" } })],
    ["a long dedup key", event("trigger", { dedup_key: "x".repeat(256) })],
    ["a resolve without a dedup key", event("resolve", { dedup_key: undefined })],
    ["no JSON", "{"],
  ])("refuses %s with 400 and says why", async (_name, body) => {
    const { port, events } = await start();
    const answer = await post(port, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({
      status: "invalid event",
      errors: [expect.any(String)],
    });
    expect(events).toEqual([]);
  });

  it("refuses keys that do not exist and bodies above 512 KB", async () => {
    const { port } = await start({ routingKeys: ["S".repeat(32)] });
    expect((await post(port, event("trigger"))).status).toBe(400);
    expect((await post(port, event("trigger", { filler: "x".repeat(530_000) }))).status).toBe(413);
  });

  it("fails in every way that it is told to, and remembers whether it took the event", async () => {
    const pagerDuty = await start();
    const { port } = pagerDuty;
    pagerDuty.setFault({ kind: "status", status: 429, retryAfterSeconds: 7 });
    expect((await post(port, event("trigger"))).status).toBe(429);
    pagerDuty.setFault({ kind: "html", processed: false });
    expect(await post(port, event("trigger"))).toMatchObject({
      status: 502,
      body: expect.stringContaining("<html>"),
    });
    expect(pagerDuty.events).toHaveLength(0);
    pagerDuty.setFault({ kind: "empty", processed: true });
    expect(await post(port, event("trigger"))).toEqual({ status: 202, body: "" });
    pagerDuty.setFault({ kind: "reset", processed: true });
    await expect(post(port, event("trigger"))).rejects.toThrow("socket hang up");
    expect(pagerDuty.events).toHaveLength(2);
    await pagerDuty.goDown();
    await expect(post(port, event("trigger"))).rejects.toThrow("ECONNREFUSED");
    await pagerDuty.comeBack();
    pagerDuty.setFault(undefined);
    expect((await post(port, event("trigger"))).status).toBe(202);
    expect(pagerDuty.requests.map(({ fault }) => fault?.kind)).toEqual([
      "status",
      "html",
      "empty",
      "reset",
      undefined,
    ]);
  });
});
