import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NotificationBody } from "../api/episode-schema.ts";
import type { ReceiverBody } from "../api/receiver-schema.ts";
import { startFakeWebhook } from "../notify/webhook/fake-webhook.ts";
import { localTests } from "./notify-locally.ts";
import { showNotifications, showReceivers, testReceivers } from "./notify.ts";
import { CannotRun } from "./spec-files.ts";

const RECEIVER: ReceiverBody = {
  name: "team",
  type: "email",
  origin: "noroshi.yaml",
  to: "team@example.com",
  fallback: "chat",
  pending: 2,
  setAside: 1,
  lastDeliveredAt: "2026-01-31T03:04:05.000Z",
  lastError: { at: "2026-01-31T03:04:06.000Z", detail: "451 4.3.0 try later" },
};
const NOTIFICATION: NotificationBody = {
  id: "n-1",
  episodeId: "019770a1-0000-7000-8000-000000000001",
  sloName: "payment-availability",
  receiver: "team",
  receiverType: "email",
  action: "trigger",
  state: "delivered",
  at: "2026-01-31T03:04:00.000Z",
  createdAt: "2026-01-31T03:04:01.000Z",
  nextAttemptAt: null,
  deliveredAt: "2026-01-31T03:04:09.500Z",
  attempts: [
    { attempt: 1, at: "2026-01-31T03:04:02.000Z", durationMs: 12_000, outcome: "retry", detail: "451 later" },
    { attempt: 2, at: "2026-01-31T03:04:09.500Z", durationMs: 31, outcome: "delivered", detail: "250 ok" },
  ],
};

let server: Server;
let url: string;
const asked: string[] = [];
let answers: Record<string, { readonly status: number; readonly body: unknown }> = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const found = answers[`${request.method} ${request.url?.split("?")[0]}`];
    response.writeHead(found?.status ?? 404, { "content-type": "application/json" });
    response.end(JSON.stringify(found?.body ?? { detail: "not there" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function output() {
  const written = { out: "", err: "" };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    isTerminal: false,
  };
  return { io, written };
}
const choice = () => ({ server: url, format: "text" as const });
const result = (name: string, ok: boolean) => ({
  status: 200,
  body: {
    receiver: name,
    type: "email",
    ok,
    steps: ok
      ? [
          { action: "trigger", outcome: "delivered", detail: "250 ok", durationMs: 12 },
          { action: "resolve", outcome: "delivered", detail: "250 ok", durationMs: 3 },
        ]
      : [{ action: "trigger", outcome: "rejected", detail: "550 no", durationMs: 12 }],
  },
});

describe("noroshi notify test", () => {
  it("tries every receiver of a service, shows what they said, and fails where one did", async () => {
    const other = { ...RECEIVER, name: "boss" };
    answers = {
      "GET /api/v1/receivers": {
        status: 200,
        body: { receivers: [RECEIVER, other, { ...RECEIVER, name: "gone", origin: "none" }] },
      },
      "POST /api/v1/receivers/team/test": result("team", true),
      "POST /api/v1/receivers/boss/test": result("boss", false),
    };
    const { io, written } = output();
    expect(await testReceivers(choice(), io)).toBe(1);
    expect(written.out).toBe(`Through the service at ${url}:

ok      team (email)
        test     12 ms  250 ok
        end       3 ms  250 ok

FAILED  boss (email)
        test     12 ms  refused: 550 no

Failed: boss.
`);
    const one = output();
    expect(await testReceivers({ ...choice(), receiver: ["team"] }, one.io)).toBe(0);
    expect(one.written.out).toMatch(/\nIt took the test and its end.\n$/);
    const none = output();
    expect(await testReceivers({ ...choice(), receiver: ["nobody"] }, none.io)).toBe(2);
    expect(none.written.err).toContain('no receiver is called "nobody"; there are team, boss');
  });

  it("sends from here without a service, with noroshi.yaml", async () => {
    const folder = mkdtempSync(join(tmpdir(), "noroshi-notify-"));
    const hook = await startFakeWebhook({ secret: "a-secret" });
    const file = join(folder, "noroshi.yaml");
    writeFileSync(file, "receivers: [{name: hook, webhook: {urlEnv: HOOK_URL, secretEnv: HOOK_SECRET}}]\n");
    const env = { NOROSHI_CONFIG: file, HOOK_URL: hook.url, HOOK_SECRET: "a-secret" };
    try {
      const tests = localTests(env);
      expect(tests.receivers).toEqual(["hook", "log"]);
      expect(await tests.test("hook")).toMatchObject({ ok: true });
      expect(hook.taken.map(({ payload }) => payload.action)).toEqual(["trigger", "resolve"]);
      expect(() => localTests({ ...env, HOOK_URL: undefined })).toThrow(CannotRun);
    } finally {
      await hook.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe("noroshi notify log", () => {
  it("prints what was sent with every attempt", async () => {
    answers = {
      "GET /api/v1/notifications": {
        status: 200,
        body: { notifications: [NOTIFICATION], nextCursor: null },
      },
    };
    const { io, written } = output();
    expect(await showNotifications({ ...choice(), slo: "payment-availability" }, io)).toBe(0);
    expect(asked.at(-1)).toBe("GET /api/v1/notifications?slo=payment-availability");
    expect(written.out).toBe(
      `2026-01-31 03:04:01Z  trigger     payment-availability to team (email): delivered after 8500 ms
    episode 019770a1-0000-7000-8000-000000000001
    1.  2026-01-31 03:04:02Z      12 s  retry: 451 later
    2.  2026-01-31 03:04:09Z     31 ms  delivered: 250 ok
`,
    );
  });

  it("says what the service says that refuses", async () => {
    answers = { "GET /api/v1/notifications": { status: 400, body: { detail: "limit: too large" } } };
    const { io, written } = output();
    expect(await showNotifications(choice(), io)).toBe(2);
    expect(written.err).toContain("the server answered 400: limit: too large");
  });
});

it("noroshi notify receivers shows who can be told, and what waits", async () => {
  answers = { "GET /api/v1/receivers": { status: 200, body: { receivers: [RECEIVER] } } };
  const { io, written } = output();
  expect(await showReceivers(choice(), io)).toBe(0);
  expect(written.out).toBe(`team (email): team@example.com
    fallback    chat
    waiting     2 notifications
    set aside   1, which it refused; noroshi notify log --state rejected
    delivered   last 2026-01-31 03:04:05Z
    last error  2026-01-31 03:04:06Z  451 4.3.0 try later
`);
});
