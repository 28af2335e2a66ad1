import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClaimedNotification } from "../alert/notification.ts";
import { MESSAGE_NAMES } from "../alert/template/message-values.ts";
import { readTemplate } from "../alert/template/read-template.ts";
import type { Template } from "../alert/template/template.ts";
import { SAMPLE_FACTS } from "../alert/sample-episode.ts";
import { cleanText, oneLine } from "./clean-text.ts";
import { emailMessage } from "./email/email-message.ts";
import { pagerDutyEvent } from "./pagerduty/pagerduty-event.ts";
import { validatePagerDutyEvent } from "./pagerduty/validate-event.ts";
import { sampleNotification } from "./sample-notification.ts";
import { clipMarkup, escapeMarkup } from "./slack/escape-markup.ts";
import { groupMessage, groupReply } from "./slack/slack-group-message.ts";
import { slackMessage, slackReply } from "./slack/slack-message.ts";
import { refuseSlackMessage } from "./slack/validate-message.ts";
import { webhookPayload } from "./webhook/webhook-payload.ts";
import { createWording } from "./wording.ts";

const PUBLIC_URL = "https://noroshi.example";

/** What specs, telemetry and people may hold. */
const HOSTILE = [
  "😀👩‍👩‍👧‍👦🇯🇵",
  "\u202Egnp.exe\u202C",
  "שלום العربية",
  "\u200B\u200D\uFEFF",
  "```",
  "`x`",
  "*bold* _it_ ~no~",
  "<!channel> <!here> <@U123> <https://evil.example|bank>",
  "@here @channel @everyone",
  "&amp; & < > \" ' \\",
  "\uD800",
  "\u0000\u001B[31m",
  "\r\nBcc: x@example.com",
  "{{ slo }}{{#if}}",
  "<script>alert(1)</script>",
] as const;

const text = fc
  .tuple(
    fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary" })), { maxLength: 6 }),
    fc.constantFrom(1, 1, 1, 40, 20_000),
  )
  .map(([pieces, times]) => pieces.join(" ").repeat(times).slice(0, 100_000));

const notification: fc.Arbitrary<ClaimedNotification> = fc
  .record({
    name: text,
    service: text,
    description: text,
    owner: fc.option(text),
    runbookUrl: fc.option(fc.oneof(text, fc.webUrl(), fc.constant(`https://r.example/${"a".repeat(3_000)}`))),
    labels: fc.dictionary(text, text, { maxKeys: 3 }),
    parts: fc.option(fc.array(text, { minLength: 1, maxLength: 8 }), { nil: undefined }),
    tier: text,
    action: fc.constantFrom("trigger", "update", "remind", "acknowledge", "resolve"),
    version: text,
    endpoint: text,
    alertKey: text,
    self: fc.option(text, { nil: undefined }),
  })
  .map(({ name, parts, action, version, endpoint, alertKey, self, ...facts }) =>
    sampleNotification({
      sloName: name,
      alertKey,
      action,
      resolution: action === "resolve" ? "recovered" : null,
      context: {
        changes: [1, 2, 3].map(() => ({ service: facts.service, version, firstSeenMs: 1_749_999_000_000 })),
        contributors: (["endpoint", "endpoint", "endpoint", "version", "version", "version"] as const).map(
          (kind) => ({ kind, value: endpoint, badEvents: 1, badShare: 0.5, eventShare: 0.5 }),
        ),
      },
      facts: {
        ...SAMPLE_FACTS,
        ...facts,
        sloName: name,
        ...(parts && { parts: parts.map((one) => ({ name: one, burnRate: 1, spentRatio: null })) }),
        ...(self === undefined ? {} : { self: { summary: self, detail: self, path: "/", observer: "a" } }),
      },
    }),
  );

function template(source: string): Template {
  const read = readTemplate(source, MESSAGE_NAMES);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  return read.template;
}

const EVERYTHING = {
  title: template("{{ slo }} {{ service }} {{ description }}"),
  body: template(
    "{{ description }}{{#each details}}\n*{{ name }}* {{ value | json }}{{/each}}{{#each contributors}}{{ text }}{{/each}}",
  ),
};
const word = createWording({
  templates: new Map([["told", EVERYTHING]]),
  publicUrl: PUBLIC_URL,
});

async function worded(one: ClaimedNotification, receiverType: ClaimedNotification["receiverType"]) {
  return [{ ...one, receiverType }, await word({ ...one, receiverType, receiver: "told" })];
}

/** No half of a character is left. */
const isWhole = (value: unknown): boolean =>
  !/(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/i.test(JSON.stringify(value) ?? "");

describe("whatever specs and telemetry hold", () => {
  it("Slack takes the message, its reply, and a group's", async () => {
    await fc.assert(
      fc.asyncProperty(notification, fc.integer({ min: 1, max: 40 }), async (one, count) => {
        for (const told of await worded(one, "slack")) {
          const message = slackMessage(told, PUBLIC_URL, { isInteractive: true });
          expect(refuseSlackMessage({ ...message })).toBeUndefined();
          expect(refuseSlackMessage({ ...slackReply(told) })).toBeUndefined();
          // Slack reads no marks in plain text.
          const marked = JSON.stringify([message.text, message.attachments]);
          expect(marked).not.toMatch(/<!|<@|@here|@channel|@everyone|\u202E|```/);
          expect(isWhole(message)).toBe(true);
        }
        const latest = Array.from({ length: count }, (_, i) => ({ ...one, id: `${i}`, episodeId: `${i}` }));
        const bundle = {
          id: "0",
          notifications: latest,
          maybeSent: false,
          createdAt: one.createdAt,
          group: { key: JSON.stringify(["r", ["service", one.facts.service]]), reference: null, latest },
        };
        expect(refuseSlackMessage({ ...groupMessage(bundle, PUBLIC_URL) })).toBeUndefined();
        expect(refuseSlackMessage({ text: "-", ...groupReply(bundle, PUBLIC_URL) })).toBeUndefined();
      }),
      { numRuns: 25 },
    );
  });

  it("PagerDuty takes the event, with the name, the severity and the link", async () => {
    await fc.assert(
      fc.asyncProperty(notification, async (one) => {
        for (const told of await worded(one, "pagerduty")) {
          const event = pagerDutyEvent(told, PUBLIC_URL);
          expect(validatePagerDutyEvent(event)).toEqual([]);
          expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512 * 1024);
          expect(Array.from(event.payload?.summary ?? "").length).toBeLessThanOrEqual(1_024);
          expect(event.payload).toMatchObject({ severity: "critical" });
          expect(event.dedup_key?.length).toBeLessThanOrEqual(255);
          expect(isWhole(event.payload?.summary)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("an e-mail has one line of subject, and a webhook a bounded body", async () => {
    await fc.assert(
      fc.asyncProperty(notification, async (one) => {
        for (const told of await worded(one, "email")) {
          const news = { id: told.id, notifications: [told], group: null, firstMessageId: null };
          const message = emailMessage(news, PUBLIC_URL, "noroshi.example");
          expect(message.subject).not.toMatch(/[\r\n]/);
          expect(message.html).not.toContain("<script");
          expect(message.html.length).toBeLessThan(200_000);
        }
        for (const told of await worded(one, "webhook")) {
          const payload = webhookPayload({ id: told.id, notifications: [told], group: null }, PUBLIC_URL);
          expect(JSON.stringify(payload).length).toBeLessThan(200_000);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("texts", () => {
  it("are cut within no character and no escape", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 10, max: 200 }), (given, most) => {
        const escaped = escapeMarkup(given, most);
        expect(escaped.length).toBeLessThanOrEqual(most);
        expect(escaped.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
        const clipped = clipMarkup(escapeMarkup(given, 1_000), most);
        expect(clipped.length).toBeLessThanOrEqual(most);
        expect(clipped.replaceAll(/&(?:amp|lt|gt);/g, "")).not.toMatch(/[&<>]/);
        const line = oneLine(given, most);
        expect(line.length).toBeLessThanOrEqual(most);
        expect(line).not.toMatch(/[\n\r\t]/);
        for (const one of [escaped, clipped, line]) expect(isWhole(one)).toBe(true);
      }),
    );
  });

  it("keep what people write in other directions and alphabets", () => {
    for (const kept of ["שלום العربية", "日本語 👩‍👩‍👧‍👦", "a\u200Fb", "line\nline\ttab"]) {
      expect(cleanText(kept)).toBe(kept);
    }
    expect(cleanText("\u202Egnp.exe\u2066\u0007")).toBe("gnp.exe");
  });
});
