import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SAMPLE_FACTS } from "../../alert/sample-episode.ts";
import { sampleNotification } from "../sample-notification.ts";
import { emailMessage } from "./email-message.ts";

const URL = "https://noroshi.example";
const notification = sampleNotification({
  receiverType: "email",
  receiver: "team",
  address: "team@example.com",
});
const alone = (
  changes: Parameters<typeof sampleNotification>[0] = {},
  firstMessageId: string | null = null,
) =>
  emailMessage(
    {
      id: notification.id,
      notifications: [{ ...notification, ...changes }],
      group: null,
      firstMessageId,
    },
    URL,
    "example.com",
  );

describe("an e-mail", () => {
  it("tells it in words, with what to do and where to look", () => {
    const { subject, text, headers, priority, messageId } = alone();
    expect(subject).toBe("[critical] payment-availability: error budget alert");
    expect(text).toContain(
      "Critical: payment-availability: error budget burning 52x too fast (page-quick), 31 % left, gone in",
    );
    expect(text).toMatch(/What to do: Follow the runbook/);
    expect(text).toContain("Runbook:      https://runbooks.example/payment");
    expect(headers["Auto-Submitted"]).toBe("auto-generated");
    expect(priority).toBe("high");
    expect(messageId).toBe(`<noroshi.${notification.episodeId}.${notification.id}@example.com>`);
  });

  it("of the same episode has the same subject and refers to the first, so that it is one thread", () => {
    const first = alone();
    const later = alone({ action: "resolve", resolution: "recovered" }, first.messageId);
    expect(later.subject).toBe(`Re: ${first.subject}`);
    expect([later.inReplyTo, later.references]).toEqual([first.messageId, first.messageId]);
    expect(later.text).toMatch(/^Resolved: payment-availability: resolved after/);
    expect(later.priority).toBe("normal");
  });

  it("holds nothing that is loaded or runs, and shows what specs say as text", () => {
    const facts = {
      ...SAMPLE_FACTS,
      description: `<img src="http://evil.example/x.png"><script>alert(1)</script>`,
    };
    const { html } = alone({ facts });
    expect(html).not.toMatch(/<(img|script|link|iframe|style)|url\(/i);
    expect(html).toContain("&lt;img src=&quot;http://evil.example/x.png&quot;&gt;");
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    expect(html).not.toContain("background");
  });

  it("is small and has clean headers, whatever specs hold", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary-ascii" }),
      fc.constantFrom(
        "\u202Eevil\uD800",
        "a\r\nBcc: all@example.com",
        "x\u2028y",
        "z".repeat(5_000),
        "<a@b>\nX-Evil: 1",
      ),
    );
    fc.assert(
      fc.property(text, text, text, text, (sloName, description, service, messageId) => {
        const facts = { ...SAMPLE_FACTS, sloName, description, service };
        const message = alone({ sloName, facts, episodeId: service, alertKey: description }, messageId);
        for (const value of [
          message.subject,
          message.messageId,
          message.inReplyTo ?? "",
          message.references ?? "",
        ])
          expect(value).not.toMatch(/[\r\n\0\u2028\u2029]/);
        expect(message.messageId).toMatch(/^<[\w.-]+@[\w.-]+>$/);
        expect(message.subject.length).toBeLessThanOrEqual(190);
        expect(message.text.length + message.html.length).toBeLessThan(60_000);
        for (const tag of message.html.match(/<[^>]*>/g) ?? [])
          expect(tag).toMatch(/^<(!doctype|\/?(html|head|meta|body|p|b|a|div|table|tr|td|br))\b/);
      }),
      { numRuns: 100 },
    );
  });

  it("of a group tells what is new whole, and the others in a line", () => {
    const other = sampleNotification({ id: "n-2", episodeId: "e-2", sloName: "search" });
    const message = emailMessage(
      {
        id: notification.id,
        notifications: [notification],
        group: { key: '["by service",["service","payment"]]', latest: [notification, other] },
        firstMessageId: null,
      },
      URL,
      "example.com",
    );
    expect(message.subject).toBe("Alerts of service payment (team)");
    expect(message.text).toMatch(/^service payment: 2 firing; last: payment-availability/);
    expect(message.text.match(/What to do/g)).toHaveLength(1);
    expect(message.text.match(/^Critical: /gm)).toHaveLength(2);
  });

  it("of a very large group is bounded, and says how many more there are", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({
      ...notification,
      id: `n-${i}`,
      episodeId: `e-${i}`,
    }));
    const message = emailMessage(
      { id: "n-0", notifications: many, group: { key: "[]", latest: many }, firstMessageId: null },
      URL,
      "example.com",
    );
    expect(message.text).toContain("and 900 more");
    expect(message.text.length + message.html.length).toBeLessThan(200_000);
  });

  it("of a try says so", () => {
    const self = { summary: "a test", detail: "nothing to do", path: "/", observer: "x" };
    expect(alone({ facts: { ...SAMPLE_FACTS, self, test: true } }).subject).toBe("[test] Noroshi tries team");
  });
});
