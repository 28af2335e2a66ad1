import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { timestampMs } from "../../model/time.ts";
import type { ClaimedNotification, MessageReference, SendOutcome } from "../../alert/notification.ts";
import { sampleNotification } from "../sample-notification.ts";
import { startFakeSlack } from "./fake-slack.ts";
import type { FakeSlack } from "./fake-slack.ts";
import { createSlackSender } from "./send-slack.ts";
import { escapeMarkup } from "./escape-markup.ts";
import { slackMessage, slackReply } from "./slack-message.ts";
import { refuseSlackMessage } from "./validate-message.ts";

const TOKEN = "xoxb-planted-token";
const PUBLIC_URL = "https://noroshi.example";
const LONG = () => 60_000;
let fake: FakeSlack;

const ticket = (changes: Partial<ClaimedNotification> = {}) =>
  sampleNotification({
    receiver: "slack",
    address: "C0ALERTS",
    severity: "warning",
    createdAt: timestampMs(Date.now()),
    ...changes,
  });

const closing = (reference: MessageReference | null, changes: Partial<ClaimedNotification> = {}) =>
  ticket({
    id: "019770a1-0000-7000-8000-0000000000ee",
    action: "resolve",
    resolution: "recovered",
    at: timestampMs(ticket().at + 720_000),
    reference,
    ...changes,
  });

function send(
  notification: ClaimedNotification,
  timeoutMs = 2_000,
  remainingMs = LONG,
): Promise<SendOutcome> {
  const options = { botToken: TOKEN, apiUrl: fake.apiUrl, publicUrl: PUBLIC_URL, timeoutMs };
  return createSlackSender(options)(notification, remainingMs);
}

async function posted(): Promise<MessageReference> {
  const outcome = await send(ticket());
  if (outcome.kind !== "delivered" || outcome.reference === undefined) {
    throw new Error(`not posted: ${outcome.detail}`);
  }
  return outcome.reference;
}

beforeEach(async () => {
  fake = await startFakeSlack({
    token: TOKEN,
    channels: [
      { id: "C0ALERTS", name: "alerts" },
      { id: "C0OLD", name: "old", archived: true },
    ],
  });
});
afterEach(() => fake.close());

describe("the message in Slack", () => {
  it("says what burns, what to do and where to look", () => {
    const message = slackMessage(ticket(), PUBLIC_URL);
    expect(message.text).toContain(
      "error budget burning 52x too fast (page-quick), 31 % left, gone in 4 h 10 min",
    );
    const shown = JSON.stringify(message);
    for (const part of [
      "*Objective*",
      "99.99 % over 30d",
      "*What to do*",
      "Follow the runbook",
      "18.2x over 1h",
    ]) {
      expect(shown).toContain(part);
    }
    expect(shown).toContain("https://noroshi.example/slos/payment-availability");
    expect(shown).toContain("https://runbooks.example/payment");
    expect(shown).not.toContain("action_id");
    expect(message.attachments[0]?.color).toBe("#ecb22e");
    expect(slackMessage(closing(null), PUBLIC_URL).attachments[0]?.color).toBe("#2eb67d");
    expect(slackReply(closing(null)).text).toBe(
      "✅ payment-availability: resolved after 12 min, 31 % of the error budget left",
    );
  });

  it("shows text of specs as it is written, and stays within Slack's limits", () => {
    const wild = fc.oneof(
      fc.constantFrom(
        "<!channel> & <https://evil.example|click>",
        "*bold*",
        "",
        "\u0000",
        "\u202E",
        "🔥".repeat(3_000),
      ),
      fc.string({ maxLength: 6_000, unit: "binary" }),
    );
    fc.assert(
      fc.property(wild, wild, wild, (service, description, runbookUrl) => {
        const facts = {
          ...ticket().facts,
          service,
          description,
          owner: service,
          runbookUrl,
          tier: description,
        };
        for (const notification of [ticket({ facts }), closing(null, { facts })]) {
          const message = slackMessage(notification, PUBLIC_URL);
          expect(refuseSlackMessage({ ...message })).toBeUndefined();
          expect(JSON.stringify(message)).not.toMatch(/<!channel>|<https/);
          expect(refuseSlackMessage({ ...slackReply(notification) })).toBeUndefined();
        }
      }),
    );
  });

  it("escapes Slack's three characters and never cuts an escape in two", () => {
    expect(escapeMarkup("a < b && c > d", 100)).toBe("a &lt; b &amp;&amp; c &gt; d");
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("&", "<", "x") }),
        fc.integer({ min: 1, max: 40 }),
        (text, most) => {
          const escaped = escapeMarkup(text, most);
          expect(escaped.length).toBeLessThanOrEqual(most);
          expect(escaped.replaceAll(/&(amp|lt);/g, "")).not.toContain("&");
        },
      ),
    );
  });
});

describe("sending to Slack", () => {
  it("posts once, changes the message in place, and says the end in its thread", async () => {
    const reference = await posted();
    expect(await send(ticket({ action: "update", reference }))).toMatchObject({
      kind: "delivered",
      reference,
    });
    expect(await send(closing(reference))).toMatchObject({ kind: "delivered", reference });
    const [message, reply, ...others] = fake.messages();
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      edits: 2,
      threadTs: null,
      text: expect.stringContaining("resolved after 12 min"),
      metadata: {
        event_type: "noroshi_notification",
        event_payload: { notification_id: ticket().id, episode_id: ticket().episodeId },
      },
    });
    expect(reply).toMatchObject({ threadTs: reference.ts, text: expect.stringContaining("resolved after") });
  });

  it.each([
    ["reset", true],
    ["empty", true],
    ["html", true],
    ["hang", true],
    ["reset", false],
    ["html", false],
  ] as const)(
    "finds its message after an answer was lost, or posts it: %s, arrived: %s",
    async (kind, processed) => {
      fake.setFault({ kind, processed });
      expect(await send(ticket(), 300)).toMatchObject({ kind: "retry", ambiguous: true });
      fake.setFault(undefined);
      const outcome = await send(ticket({ maybeSent: true, attempt: 2 }));
      expect(outcome).toMatchObject({ kind: "delivered" });
      expect(fake.messages()).toHaveLength(1);
      const reference = { channel: "C0ALERTS", ts: fake.messages()[0]!.ts };
      expect(outcome).toMatchObject({ reference });
    },
  );

  it("replies once, though the answer to the reply was lost", async () => {
    const reference = await posted();
    fake.setFault((request) =>
      request.path.endsWith("chat.postMessage") ? { kind: "reset", processed: true } : undefined,
    );
    expect(await send(closing(reference))).toMatchObject({ kind: "retry", ambiguous: true });
    fake.setFault(undefined);
    expect(await send(closing(reference, { maybeSent: true }))).toMatchObject({ kind: "delivered" });
    expect(fake.messages().filter(({ threadTs }) => threadTs !== null)).toHaveLength(1);
  });

  it("looks beyond the first page of what was said meanwhile", async () => {
    fake.setFault({ kind: "reset", processed: true });
    await send(ticket());
    fake.setFault(undefined);
    for (let index = 0; index < 250; index += 1) {
      await fetch(`${fake.apiUrl}chat.postMessage`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ channel: "C0ALERTS", text: `chatter ${index}` }),
      });
    }
    expect(await send(ticket({ maybeSent: true }))).toMatchObject({ kind: "delivered" });
    expect(fake.messages()).toHaveLength(251);
  });

  it("posts again rather than never where it is not allowed to look", async () => {
    fake.setFault((request) =>
      request.path.endsWith("conversations.history") ? { kind: "status", status: 500 } : undefined,
    );
    expect(await send(ticket({ maybeSent: true }))).toMatchObject({ kind: "retry" });
    fake.setFault(undefined);
    expect(await send(ticket({ maybeSent: true, address: "#alerts" }))).toMatchObject({ kind: "delivered" });
    expect(fake.messages()).toHaveLength(1);
  });

  it.each(["update", "resolve"] as const)("posts anew when the message is gone: %s", async (action) => {
    const reference = await posted();
    fake.deleteMessage(reference.channel, reference.ts);
    const notification = action === "update" ? ticket({ action, reference }) : closing(reference);
    const outcome = await send(notification);
    expect(outcome).toMatchObject({ kind: "delivered" });
    expect(outcome).not.toMatchObject({ reference });
    expect(fake.messages().filter(({ deleted }) => !deleted)).toHaveLength(1);
  });

  it("waits as long as Slack asks, and holds back everything for that channel", async () => {
    fake.setFault({ kind: "status", status: 429, retryAfterSeconds: 7 });
    const startedAt = performance.now();
    expect(await send(ticket())).toMatchObject({
      kind: "retry",
      afterMs: 7_000,
      holdAddress: true,
      ambiguous: false,
    });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    fake.setFault({ kind: "status", status: 429 });
    expect(await send(ticket())).toMatchObject({ kind: "retry" });
    expect(fake.calls).toHaveLength(2);
  });

  it.each([
    "ratelimited",
    "message_limit_exceeded",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
  ])("tries again after %s", async (code) => {
    fake.failWith(code);
    expect(await send(ticket())).toMatchObject({ kind: "retry" });
  });

  it.each([
    "channel_not_found",
    "is_archived",
    "not_in_channel",
    "invalid_auth",
    "token_revoked",
    "account_inactive",
    "invalid_blocks",
  ])("takes %s as final", async (code) => {
    fake.failWith(code);
    expect(await send(ticket())).toMatchObject({ kind: "rejected", detail: expect.stringContaining(code) });
  });

  it("says what to change when the channel cannot be used", async () => {
    expect(await send(ticket({ address: "C0OLD" }))).toEqual({
      kind: "rejected",
      detail: "is_archived: the channel is archived: choose another in SLACK_CHANNEL",
      refusesAll: true,
    });
    expect(await send(ticket({ address: "C0NONE" }))).toMatchObject({
      detail: expect.stringContaining("invite the bot"),
    });
  });

  it("knows that nothing arrived where there was no connection", async () => {
    await fake.goDown();
    expect(await send(ticket())).toMatchObject({
      kind: "retry",
      ambiguous: false,
      detail: expect.stringContaining("ECONNREFUSED"),
    });
    await fake.comeBack();
  });

  it("begins no call that may outlive its lease", async () => {
    const reference = await posted();
    const before = fake.calls.length;
    for (const notification of [ticket(), ticket({ maybeSent: true }), closing(reference)]) {
      expect(await send(notification, 2_000, () => 1_000)).toMatchObject({ kind: "retry", ambiguous: false });
    }
    expect(fake.calls.length).toBe(before);
  });

  it("never lets the token into what is stored", async () => {
    const outcomes = [];
    for (const code of [`${TOKEN} is not valid`, "invalid_auth"]) {
      fake.failWith(code);
      outcomes.push(await send(ticket()));
    }
    const options = { botToken: TOKEN, apiUrl: `http://${TOKEN}.invalid/`, publicUrl: PUBLIC_URL };
    outcomes.push(await createSlackSender(options)(ticket(), LONG));
    expect(JSON.stringify(outcomes)).not.toContain(TOKEN);
  });
});
