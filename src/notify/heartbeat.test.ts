import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Log } from "../self/log.ts";
import { createHeartbeat } from "./heartbeat.ts";
import type { HeartbeatOptions, HeartbeatOutcome } from "./heartbeat.ts";

const TOKEN = "b1946ac9-2492-4d23";
let status = 200;
let pings: string[] = [];
let logged: string[] = [];
const server = createServer((request, response) => {
  pings.push(`${request.method} ${request.url}`);
  response.statusCode = status;
  response.end("ok");
});
const note = (message: string, fields?: unknown): void => {
  logged.push(`${message} ${JSON.stringify(fields ?? {})}`);
};
const log: Log = { debug: note, info: note, warn: note, error: note };

beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => server.close());
beforeEach(() => {
  status = 200;
  pings = [];
  logged = [];
});

function heartbeat(changes: Partial<HeartbeatOptions> = {}) {
  const outcomes: HeartbeatOutcome[] = [];
  const beating = createHeartbeat({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/${TOKEN}?key=${TOKEN}`,
    method: "GET",
    intervalMs: 20,
    obstacle: async () => undefined,
    log,
    observe: (outcome) => outcomes.push(outcome),
    firstAfterMs: 0,
    ...changes,
  });
  return { ...beating, outcomes };
}

describe("the heartbeat", () => {
  it("is sent again and again, until it is stopped", async () => {
    const beating = heartbeat({ method: "POST" });
    beating.start();
    while (pings.length < 3) await pause(5);
    await beating.stop();
    const sent = pings.length;
    await pause(60);
    expect(pings).toHaveLength(sent);
    expect(pings[0]).toBe(`POST /ping/${TOKEN}?key=${TOKEN}`);
    expect(beating.status()).toMatchObject({ outcome: "sent", reason: "" });
    expect(logged).toHaveLength(1);
  });

  it("is withheld while alerts cannot be relied on, or nobody knows whether they can", async () => {
    let obstacle = async (): Promise<string | undefined> => "SLOs were last evaluated 90 s ago";
    const beating = heartbeat({ obstacle: () => obstacle() });
    expect(await beating.beat()).toBe("withheld");
    obstacle = () => Promise.reject(new Error("the database is away"));
    expect(await beating.beat()).toBe("withheld");
    expect(pings).toEqual([]);
    expect(beating.status()).toMatchObject({
      sentAtMs: null,
      reason: expect.stringContaining("away") as string,
    });
    obstacle = async () => undefined;
    expect(await beating.beat()).toBe("sent");
    expect(beating.outcomes).toEqual(["withheld", "withheld", "sent"]);
    // Said when it begins and when it ends.
    expect(logged).toHaveLength(2);
  });

  it("never says its address, whatever goes wrong", async () => {
    status = 404;
    const refused = heartbeat();
    expect(await refused.beat()).toBe("failed");
    expect(refused.status().reason).toBe("the receiver answered 404");
    for (const url of [
      `http://127.0.0.1:1/${TOKEN}`,
      `http://${TOKEN}.invalid/x`,
      `http://u:${TOKEN}@127.0.0.1:1/`,
    ]) {
      const away = heartbeat({ url });
      expect(await away.beat()).toBe("failed");
      if (!url.includes(".invalid")) expect(JSON.stringify(away.status())).not.toContain(TOKEN);
    }
    const said = logged.filter((line) => !line.includes(".invalid")).join("\n");
    expect(said).toContain("cannot be sent");
    expect(said).not.toContain(TOKEN);
  });

  it("gives up on an answer that does not come", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    expect(await heartbeat({ url, timeoutMs: 50 }).beat()).toBe("failed");
    silent.closeAllConnections();
    silent.close();
  });
});
