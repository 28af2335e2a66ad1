import { WebClient } from "@slack/web-api";
import { afterEach, describe, expect, it } from "vitest";
import { startFakeSlack } from "./fake-slack.ts";
import type { FakeSlack, FakeSlackOptions } from "./fake-slack.ts";

let fake: FakeSlack | undefined;

async function start(options: FakeSlackOptions = {}): Promise<{ slack: FakeSlack; client: WebClient }> {
  fake = await startFakeSlack(options);
  const client = new WebClient("xoxb-test", {
    slackApiUrl: fake.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 2_000,
  });
  return { slack: fake, client };
}

const metadata = { event_type: "noroshi_notification", event_payload: { notification_id: "n1" } };

afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

describe("fake Slack", () => {
  it("posts, changes in place and threads, and gives metadata back only when asked", async () => {
    const { slack, client } = await start();
    const posted = await client.chat.postMessage({ channel: "#alerts", text: "burning", metadata });
    expect(posted).toMatchObject({ ok: true, channel: "C0ALERTS" });
    const ts = posted.ts ?? "";
    await client.chat.update({ channel: "C0ALERTS", ts, text: "over" });
    await client.chat.postMessage({ channel: "C0ALERTS", thread_ts: ts, text: "resolved" });
    expect(slack.messages().map(({ text, edits, threadTs }) => [text, edits, threadTs])).toEqual([
      ["over", 1, null],
      ["resolved", 0, ts],
    ]);
    const history = await client.conversations.history({ channel: "C0ALERTS", include_all_metadata: true });
    expect(history.messages).toEqual([{ type: "message", ts, text: "over", metadata }]);
    const plain = await client.conversations.history({ channel: "C0ALERTS" });
    expect(plain.messages).toEqual([{ type: "message", ts, text: "over" }]);
    const replies = await client.conversations.replies({ channel: "C0ALERTS", ts });
    expect(replies.messages).toHaveLength(2);
  });

  it("takes JSON bodies and pages through history", async () => {
    const { slack, client } = await start();
    for (const text of ["one", "two", "three"]) {
      await fetch(`${slack.apiUrl}chat.postMessage`, {
        method: "POST",
        headers: { authorization: "Bearer xoxb-test", "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({ channel: "C0ALERTS", text, metadata }),
      });
    }
    const first = await client.conversations.history({ channel: "C0ALERTS", limit: 2 });
    expect(first.messages?.map(({ text }) => text)).toEqual(["three", "two"]);
    const cursor = first.response_metadata?.next_cursor ?? "";
    const second = await client.conversations.history({ channel: "C0ALERTS", limit: 2, cursor });
    expect(second.messages?.map(({ text }) => text)).toEqual(["one"]);
  });

  it("refuses with Slack's own error codes", async () => {
    const { slack, client } = await start({
      token: "xoxb-test",
      channels: [
        { id: "C1", name: "alerts" },
        { id: "C2", name: "old", archived: true },
        { id: "C3", name: "private", closed: true },
      ],
    });
    const post = (change: object) => client.chat.postMessage({ channel: "C1", text: "x", ...change });
    const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text } });
    await expect(post({ channel: "C9" })).rejects.toThrow("channel_not_found");
    await expect(post({ channel: "C2" })).rejects.toThrow("is_archived");
    await expect(post({ channel: "C3" })).rejects.toThrow("not_in_channel");
    await expect(post({ text: "" })).rejects.toThrow("no_text");
    await expect(post({ blocks: [section("x".repeat(3001))] })).rejects.toThrow("invalid_blocks");
    await expect(post({ blocks: Array.from({ length: 51 }, () => section("x")) })).rejects.toThrow(
      "invalid_blocks",
    );
    await expect(client.chat.update({ channel: "C1", ts: "1.000001", text: "x" })).rejects.toThrow(
      "message_not_found",
    );
    await expect(client.chat.postMessage({ channel: "C1", text: "x", token: "xoxb-other" })).rejects.toThrow(
      "invalid_auth",
    );
    const posted = await post({});
    slack.deleteMessage("C1", posted.ts ?? "");
    await expect(client.chat.update({ channel: "C1", ts: posted.ts ?? "", text: "y" })).rejects.toThrow(
      "message_not_found",
    );
    slack.failWith("token_revoked");
    await expect(post({})).rejects.toThrow("token_revoked");
  });

  it("limits posts per channel with Retry-After, and fails as told", async () => {
    const { slack, client } = await start({ postsPerSecond: 1 });
    await client.chat.postMessage({ channel: "C0ALERTS", text: "one" });
    await expect(client.chat.postMessage({ channel: "C0ALERTS", text: "two" })).rejects.toMatchObject({
      retryAfter: 1,
    });
    slack.setFault((request) =>
      request.path.endsWith("chat.postMessage") ? { kind: "reset", processed: false } : undefined,
    );
    await expect(client.chat.postMessage({ channel: "C0ALERTS", text: "three" })).rejects.toThrow(
      "request error",
    );
    expect(await client.auth.test()).toMatchObject({ ok: true });
    expect(slack.calls.map(({ method, fault }) => [method, fault?.kind])).toEqual([
      ["chat.postMessage", undefined],
      ["chat.postMessage", undefined],
      ["chat.postMessage", "reset"],
      ["auth.test", undefined],
    ]);
  });
});
