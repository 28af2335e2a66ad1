import { afterEach, describe, expect, it } from "vitest";
import { sampleNotification } from "../sample-notification.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeServer } from "../fake-server.ts";
import { startFakeWebhook } from "./fake-webhook.ts";
import { createWebhookSender, type WebhookForm } from "./send-webhook.ts";

const SECRET = "a-secret-for-signing";
const LEASE = (): number => 60_000;
const servers: Pick<FakeServer, "close">[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const senderFor = (form: Partial<WebhookForm> = {}, timeoutMs = 2_000) =>
  createWebhookSender({
    publicUrl: "https://noroshi.example",
    formOf: () => ({ secret: SECRET, format: "noroshi", ...form }),
    timeoutMs,
  });
const hookAt = (address: string) =>
  sampleNotification({ receiverType: "webhook", receiver: "hook", address });

async function answering(answer: FakeAnswer): Promise<string> {
  const server = await startFakeServer({ handle: () => answer });
  servers.push(server);
  return `http://127.0.0.1:${server.port}/hooks/token-in-the-path-1234?key=another-token`;
}

describe("a webhook", () => {
  it("arrives signed, with its notification's id", async () => {
    const fake = await startFakeWebhook({ secret: SECRET });
    servers.push(fake);
    expect(await senderFor().send(hookAt(fake.url), LEASE)).toEqual({
      kind: "delivered",
      detail: '202: {"ok":true}',
    });
    expect(fake.taken).toMatchObject([
      { id: hookAt("").id, isRepeat: false, payload: { action: "trigger" } },
    ]);
    expect(await senderFor({ secret: "another" }).send(hookAt(fake.url), LEASE)).toMatchObject({
      kind: "rejected",
    });
    expect(fake.refused).toEqual(["the signature is not right"]);
  });

  it("may be a CloudEvent", async () => {
    const fake = await startFakeWebhook({ secret: SECRET });
    servers.push(fake);
    await senderFor({ format: "cloudevents" }).send(hookAt(fake.url), LEASE);
    expect(fake.taken[0]?.event).toMatchObject({ specversion: "1.0", type: "dev.noroshi.alert.trigger" });
  });

  it("tells a group at once, under the id of the whole", async () => {
    const fake = await startFakeWebhook({ secret: SECRET });
    servers.push(fake);
    const notifications = ["n-1", "n-2"].map((id) => ({ ...hookAt(fake.url), id, episodeId: `of-${id}` }));
    const bundle = {
      id: "bundle-1",
      notifications,
      maybeSent: false,
      createdAt: notifications[0]!.createdAt,
      group: { key: '["r",["service","payment"]]', reference: null, latest: notifications },
    };
    expect(await senderFor().sendBundle(bundle, LEASE)).toMatchObject({ kind: "delivered" });
    expect(fake.taken.map(({ id, payload }) => [id, payload.group?.labels, payload.episodes.length])).toEqual(
      [["bundle-1", { service: "payment" }, 2]],
    );
  });

  it("of an answer that was lost arrives again with the same id", async () => {
    const fake = await startFakeWebhook({ secret: SECRET });
    servers.push(fake);
    fake.setFault({ kind: "reset", processed: true });
    expect(await senderFor().send(hookAt(fake.url), LEASE)).toMatchObject({ kind: "retry", ambiguous: true });
    fake.setFault(undefined);
    expect(await senderFor().send(hookAt(fake.url), LEASE)).toMatchObject({ kind: "delivered" });
    expect(fake.taken.map(({ isRepeat }) => isRepeat)).toEqual([false, true]);
  });

  it("is tried again after 408, 429 and 5xx, when the receiver says", async () => {
    const headers = { "retry-after": "7" };
    for (const [status, expected] of [
      [408, { kind: "retry" }],
      [429, { kind: "retry", afterMs: 7_000, holdAddress: true, ambiguous: false }],
      [500, { kind: "retry", afterMs: 7_000 }],
      [503, { kind: "retry", afterMs: 7_000, holdAddress: true }],
    ] as const) {
      const url = await answering({ status, headers, body: "busy" });
      expect(await senderFor().send(hookAt(url), LEASE)).toMatchObject({
        ...expected,
        detail: `${status}: busy`,
      });
    }
  });

  it("is given up after another 4xx, with what was said, without secrets", async () => {
    const url = await answering({
      status: 400,
      body: `no /hooks/token-in-the-path-1234?key=another-token here, ${SECRET} ${"x".repeat(100_000)}`,
    });
    const outcome = await senderFor().send(hookAt(url), LEASE);
    expect(outcome.kind).toBe("rejected");
    expect(outcome.detail).toMatch(/^400: no \*\*\* here, \*\*\* x+…$/);
    expect(outcome.detail.length).toBeLessThanOrEqual(510);
  });

  it("follows no redirect", async () => {
    const fake = await startFakeWebhook();
    servers.push(fake);
    const url = await answering({ status: 307, headers: { location: fake.url }, body: "" });
    expect(await senderFor().send(hookAt(url), LEASE)).toEqual({
      kind: "rejected",
      detail: "307: redirects are not followed; give the receiver its final address",
    });
    expect(fake.taken).toEqual([]);
  });

  it("that hangs is ended in time, and one that was taken counts though the answer breaks off", async () => {
    const fake = await startFakeWebhook();
    servers.push(fake);
    fake.setFault({ kind: "hang", processed: true });
    expect(await senderFor({}, 200).send(hookAt(fake.url), LEASE)).toEqual({
      kind: "retry",
      detail: "no whole answer within 0.2 s",
      ambiguous: true,
    });
    const url = await answering({ status: 200, headers: { "content-length": "50" }, body: "half" });
    expect(await senderFor({}, 300).send(hookAt(url), LEASE)).toMatchObject({ kind: "delivered" });
  });

  it("to nobody waits, and is not thought to have arrived", async () => {
    const fake = await startFakeWebhook();
    await fake.close();
    expect(await senderFor().send(hookAt(fake.url), LEASE)).toMatchObject({
      kind: "retry",
      ambiguous: false,
    });
    expect(await senderFor().send(hookAt(fake.url), () => 100)).toMatchObject({
      kind: "retry",
      ambiguous: false,
    });
  });

  it("says a user and password as a header, and shows what a page says in words", async () => {
    const requests: (string | undefined)[] = [];
    const server = await startFakeServer({
      handle: ({ headers }) => {
        requests.push(headers.authorization);
        return { status: 403, body: "<html><style>p{}</style><body><h1>Go  away</h1></body></html>" };
      },
    });
    servers.push(server);
    const address = `http://me:my-password@127.0.0.1:${server.port}/`;
    expect(await senderFor().send(hookAt(address), LEASE)).toEqual({
      kind: "rejected",
      detail: "403: Go away",
    });
    expect(requests).toEqual([`Basic ${Buffer.from("me:my-password").toString("base64")}`]);
  });
});
