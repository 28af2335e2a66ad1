import { describe, expect, it } from "vitest";
import type { FakeMessage } from "../../../notify/slack/fake-slack.ts";
import { noticeOfEvent, noticeOfMessage, plainText } from "./notice.ts";

const MESSAGE: FakeMessage = {
  channel: "C0ALERTS",
  ts: "17.5",
  threadTs: null,
  text: "payment burns",
  blocks: [
    { type: "header", text: { type: "plain_text", text: "Payments are available" } },
    { type: "section", text: { type: "mrkdwn", text: "*61 %* left\n<https://x.example|runbook>" } },
    { type: "section", fields: [{ type: "mrkdwn", text: "*Burn*\n14x" }] },
    { type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Open" } }] },
  ],
  attachments: [],
  metadata: null,
  postedAtMs: 1,
  edits: 0,
  deleted: false,
};

describe("notices", () => {
  it("show a Slack message as it looks, block by block", () => {
    expect(noticeOfMessage(MESSAGE, "posted", 5)).toEqual({
      receiver: "slack",
      change: "opened",
      thread: "17.5",
      title: "Payments are available",
      details: ["61 % left", "runbook", "Burn: 14x", "[Open]"],
      atMs: 5,
    });
  });

  it("look into attachments, and fall back on the text", () => {
    const attached = { ...MESSAGE, blocks: [], attachments: [{ color: "#f00", blocks: MESSAGE.blocks }] };
    expect(noticeOfMessage(attached, "posted", 5).title).toBe("Payments are available");
    expect(noticeOfMessage({ ...MESSAGE, blocks: [] }, "posted", 5).title).toBe("payment burns");
  });

  it("tell an edit and a reply from a new message", () => {
    expect(noticeOfMessage(MESSAGE, "updated", 5).change).toBe("updated");
    expect(noticeOfMessage({ ...MESSAGE, ts: "18", threadTs: "17.5" }, "posted", 5)).toMatchObject({
      change: "replied",
      thread: "17.5",
    });
  });

  it("give a resolve the title of its incident", () => {
    const event = { routing_key: "k", event_action: "resolve", dedup_key: "noroshi:1" } as const;
    const notice = noticeOfEvent({ atMs: 9, event, effect: "resolved" }, (key) => `title of ${key}`);
    expect(notice).toMatchObject({ change: "resolved", title: "title of noroshi:1", details: [], atMs: 9 });
  });

  it("list what PagerDuty shows of an incident", () => {
    const notice = noticeOfEvent(
      {
        atMs: 9,
        effect: "opened",
        event: {
          routing_key: "k",
          event_action: "trigger",
          dedup_key: "noroshi:1",
          payload: {
            summary: "it burns",
            source: "payment",
            severity: "critical",
            custom_details: { burn: 14, nested: {} },
          },
        },
      },
      () => "",
    );
    expect(notice).toMatchObject({
      change: "opened",
      title: "it burns",
      details: ["severity: critical", "burn: 14"],
    });
  });

  it.each([
    ["*bold* and _italic_, `code`", "bold and italic, code"],
    ["a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"],
    ["<!date^1700000000^{time}|12:00> <https://x.example>", "12:00 https://x.example"],
    ["snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"],
  ])("read %j as %j", (markdown, plain) => {
    expect(plainText(markdown)).toBe(plain);
  });
});
