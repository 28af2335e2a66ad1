import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenAPIHono } from "@hono/zod-openapi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleEpisode } from "../alert/sample-episode.ts";
import { tellAll } from "../alert/sample-telling.ts";
import { ApiProblem, problemResponse } from "../api/problem.ts";
import { loadConfig, type Config } from "../config.ts";
import { startFakeSmtp, type FakeSmtp } from "../notify/email/fake-smtp.ts";
import { startFakeWebhook, type FakeWebhook } from "../notify/webhook/fake-webhook.ts";
import { SILENT_LOG } from "../self/log.ts";
import { listAudit } from "../store/postgres/audit-store.ts";
import type { Database } from "../store/postgres/database.ts";
import { createEpisodeStore } from "../store/postgres/episode-store.ts";
import { createNotificationStore } from "../store/postgres/notification-store.ts";
import { openPostgres } from "../store/postgres/open-postgres.ts";
import { wireReceiversApi } from "./receivers-api.ts";

const folder = mkdtempSync(join(tmpdir(), "noroshi-receivers-"));
const SECRET = "a-secret-for-signing";
let postgres: Awaited<ReturnType<typeof openPostgres>>;
let db: Database;
let hook: FakeWebhook;
let smtp: FakeSmtp;
let config: Config;
let app: OpenAPIHono;

beforeAll(async () => {
  postgres = await openPostgres({ dataDir: folder, log: SILENT_LOG });
  ({ db } = postgres);
  hook = await startFakeWebhook({ secret: SECRET });
  smtp = await startFakeSmtp();
  const file = join(folder, "noroshi.yaml");
  writeFileSync(
    file,
    `publicUrl: https://noroshi.example
email: {from: noroshi@example.com, smtp: {host: 127.0.0.1, port: ${smtp.port}, security: none}}
receivers:
  - {name: hook, webhook: {urlEnv: HOOK_URL, secretEnv: HOOK_SECRET}, fallback: team}
  - {name: team, email: {to: [team@example.com]}}
`,
  );
  const env = { NOROSHI_CONFIG: file, HOOK_URL: hook.url, HOOK_SECRET: SECRET, NOROSHI_SPECS: folder };
  const loaded = loadConfig(env);
  if (!loaded.ok) throw new Error(loaded.problems.join("; "));
  ({ config } = loaded);
  app = new OpenAPIHono();
  app.use("*", async (c, next) => {
    c.set("actor" as never, "key:ops" as never);
    await next();
  });
  app.onError((error, c) =>
    error instanceof ApiProblem
      ? problemResponse(c, error.status, error.title, error.message)
      : c.text("", 500),
  );
  wireReceiversApi({ config, log: SILENT_LOG, db })(app);
});
afterAll(async () => {
  await hook.close();
  await smtp.close();
  await postgres.close();
  rmSync(folder, { recursive: true });
});

const post = async (name: string) => app.request(`/receivers/${name}/test`, { method: "POST" });

describe("the API of receivers", () => {
  it("shows who can be told, and no secret", async () => {
    const text = await (await app.request("/receivers")).text();
    expect(JSON.parse(text)).toMatchObject({
      receivers: [
        {
          name: "hook",
          type: "webhook",
          origin: "noroshi.yaml",
          fallback: "team",
          pending: 0,
          lastError: null,
        },
        { name: "team", type: "email", to: "team@example.com" },
        { name: "log", type: "log", origin: "environment" },
      ],
    });
    expect(text).toContain(`"to":"${new URL(hook.url).origin}"`);
    expect(text).not.toMatch(/token-in-the-path|a-secret/);
  });

  it("sends a marked test and its end, and the audit log has who asked", async () => {
    for (const name of ["hook", "team"]) {
      const answer = await post(name);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        receiver: name,
        ok: true,
        steps: [{}, { action: "resolve" }],
      });
    }
    expect(hook.taken.map(({ payload }) => [payload.action, payload.test, payload.url])).toEqual([
      ["trigger", true, "https://noroshi.example"],
      ["resolve", true, "https://noroshi.example"],
    ]);
    expect(smtp.taken.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)?.[1])).toEqual([
      "[test] Noroshi tries team",
      "Re: [test] Noroshi tries team",
    ]);
    expect(await listAudit(db, { limit: 10 })).toMatchObject([
      { action: "receiver.test.answer", subject: "team", detail: { ok: true, steps: [{}, {}] } },
      { actor: "key:ops", action: "receiver.test", subject: "team" },
      { action: "receiver.test.answer", subject: "hook" },
      { actor: "key:ops", action: "receiver.test", subject: "hook" },
    ]);
    await expect.poll(() => smtp.open()).toBe(0);
  });

  it("says what a receiver said that refuses, and who is not there", async () => {
    hook.setFault({ kind: "status", status: 403 });
    expect(await (await post("hook")).json()).toMatchObject({
      ok: false,
      steps: [{ action: "trigger", outcome: "rejected", detail: expect.stringMatching(/^403: /) }],
    });
    hook.setFault(undefined);
    expect((await post("nobody")).status).toBe(404);
  });

  it("tests a receiver once at a time", async () => {
    hook.setFault({ kind: "delay", delayMs: 200 });
    const first = post("hook");
    await expect.poll(async () => (await post("hook")).status, { interval: 10 }).toBe(409);
    expect((await first).status).toBe(200);
    hook.setFault(undefined);
    expect((await post("hook")).status).toBe(200);
  });

  it("counts what waits and what was set aside, also of a receiver that is gone", async () => {
    const outbox = createNotificationStore(db);
    const choice = { receiver: "gone", receiverType: "webhook", address: hook.url } as const;
    const episode = sampleEpisode();
    const change = { kind: "changed", episode, actions: ["trigger"] } as const;
    await createEpisodeStore(db).commitTransition(change, tellAll(change, [choice]));
    const [claimed] = await outbox.claim({
      receiverType: "webhook",
      limit: 1,
      owner: "w",
      leaseMs: 1_000,
      budget: undefined,
    });
    expect(claimed).toBeDefined();
    const rejected = {
      outcome: { kind: "rejected", detail: "410: gone" },
      durationMs: 5,
      retryInMs: 0,
    } as const;
    await outbox.record(claimed!, "w", rejected);
    const body = (await (await app.request("/receivers")).json()) as { receivers: { name: string }[] };
    expect(body.receivers.find(({ name }) => name === "gone")).toMatchObject({
      origin: "none",
      to: null,
      setAside: 1,
      pending: 0,
      lastError: { detail: "410: gone" },
    });
    expect((await outbox.list({ slo: episode.sloName, limit: 5 })).notifications).toHaveLength(1);
    expect((await outbox.list({ slo: "another", limit: 5 })).notifications).toEqual([]);
  });
});
