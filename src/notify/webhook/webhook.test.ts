import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ClaimedNotification } from "../../alert/notification.ts";
import { sampleNotification } from "../sample-notification.ts";
import { retryAfterMs } from "../retry-after.ts";
import { clipText } from "../clip-text.ts";
import { SAMPLE_FACTS } from "../../alert/sample-episode.ts";
import { cloudEvent } from "./cloud-event.ts";
import { cloudEventFault } from "./fake-webhook.ts";
import { readWebhookAddress, shownWebhookAddress } from "./webhook-address.ts";
import { webhookPayload } from "./webhook-payload.ts";
import { webhookJsonSchema, webhookSchema } from "./webhook-schema.ts";
import { signWebhook, verifyWebhook } from "./webhook-signature.ts";

const PUBLIC_URL = "https://noroshi.example";
const newsOf = (...notifications: readonly [ClaimedNotification, ...ClaimedNotification[]]) => ({
  id: notifications[0].id,
  notifications,
  group: notifications.length > 1 ? GROUP : null,
});
const GROUP = '["by service",["service","payment"]]';
const AT_MS = 1_750_000_000_123;

describe("the signature", () => {
  it("is that of anybody who follows the documentation", () => {
    expect(signWebhook('{"a":1}', "a secret", AT_MS)).toBe(
      // printf '1750000000.{"a":1}' | openssl dgst -sha256 -hmac 'a secret'
      "t=1750000000,v1=30ae0dcb948c66f679ecee40c482471b429f165d2775d414981588bf7f496b9a",
    );
  });

  it("holds for what was signed, and for nothing else", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ minLength: 1 }),
        fc.string(),
        fc.string(),
        (body, secret, other, key) => {
          const signature = signWebhook(body, secret, AT_MS);
          expect(signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
          expect(verifyWebhook(signature, body, secret, AT_MS)).toBe(true);
          expect(verifyWebhook(signature, other, secret, AT_MS)).toBe(other === body);
          if (key !== secret) expect(verifyWebhook(signature, body, key, AT_MS)).toBe(false);
          expect(verifyWebhook(other, body, secret, AT_MS)).toBe(false);
        },
      ),
    );
  });

  it("is verified by the code in docs/alerting.md", async () => {
    const code = /```js\n([^]*?isFromNoroshi[^]*?)```/.exec(readFileSync("docs/alerting.md", "utf8"))![1]!;
    const { isFromNoroshi } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      isFromNoroshi: (header: string | undefined, body: string, secret: string, now?: number) => boolean;
    };
    const signature = signWebhook('{"ü":1}', "secret", AT_MS);
    expect(isFromNoroshi(signature, '{"ü":1}', "secret", AT_MS)).toBe(true);
    expect(isFromNoroshi(signature, '{"u":1}', "secret", AT_MS)).toBe(false);
    expect(isFromNoroshi(signature, '{"ü":1}', "another", AT_MS)).toBe(false);
    expect(isFromNoroshi(signature, '{"ü":1}', "secret", AT_MS + 302_000)).toBe(false);
    expect(isFromNoroshi(undefined, "", "secret")).toBe(false);
  });

  it("is too old after five minutes", () => {
    const signature = signWebhook("body", "secret", AT_MS);
    expect(verifyWebhook(signature, "body", "secret", AT_MS + 299_000)).toBe(true);
    expect(verifyWebhook(signature, "body", "secret", AT_MS + 301_000)).toBe(false);
    expect(verifyWebhook(signature.replace("t=175", "t=176"), "body", "secret", AT_MS)).toBe(false);
  });
});

describe("the payload", () => {
  const notification = sampleNotification({ receiverType: "webhook", receiver: "hook" });

  it("fits its schema for every action, and is the same each time", () => {
    for (const action of ["trigger", "update", "remind", "acknowledge", "resolve"] as const) {
      const one = { ...notification, action, resolution: action === "resolve" ? "recovered" : null } as const;
      const payload = webhookPayload(newsOf(one), PUBLIC_URL);
      expect(webhookSchema.parse(payload)).toEqual(payload);
      expect(JSON.stringify(webhookPayload(newsOf({ ...one, attempt: 7 }), PUBLIC_URL))).toBe(
        JSON.stringify(payload),
      );
    }
  });

  it("of a group lists its episodes, and is as urgent as the most urgent", () => {
    const other = {
      ...notification,
      id: "n-2",
      episodeId: "e-2",
      action: "resolve",
      resolution: "recovered",
    } as const;
    const payload = webhookPayload(newsOf(other, notification), PUBLIC_URL);
    expect(payload).toMatchObject({
      notificationId: "n-2",
      action: "trigger",
      group: { labels: { service: "payment" } },
    });
    expect(payload.summary).toMatch(/^2 alerts: /);
    expect(payload.episodes.map(({ id, state }) => [id, state])).toEqual([
      ["e-2", "resolved"],
      [notification.episodeId, "firing"],
    ]);
  });

  it("stays small, and is valid, whatever the spec's texts are", () => {
    const text = fc.oneof(fc.string({ unit: "binary-ascii" }), fc.constant("🔥".repeat(2_500)));
    fc.assert(
      fc.property(text, text, fc.dictionary(text, text, { maxKeys: 70 }), (description, service, labels) => {
        const facts = { ...SAMPLE_FACTS, description, service, labels };
        const payload = webhookPayload(newsOf({ ...notification, facts }), PUBLIC_URL);
        expect(webhookSchema.safeParse(payload).success).toBe(true);
        expect(JSON.stringify(payload).length).toBeLessThan(200_000);
      }),
      { numRuns: 50 },
    );
  });

  it("is what is published in docs/webhook.schema.json", () => {
    // Written anew by: noroshi schema --webhook > docs/webhook.schema.json && oxfmt docs/webhook.schema.json
    expect(JSON.parse(readFileSync("docs/webhook.schema.json", "utf8"))).toEqual(webhookJsonSchema());
  });
});

describe("a CloudEvent", () => {
  it("is one of CloudEvents 1.0 for every action", () => {
    for (const action of ["trigger", "update", "remind", "acknowledge", "resolve"] as const) {
      const payload = webhookPayload(newsOf(sampleNotification({ action })), PUBLIC_URL);
      const event = cloudEvent(payload);
      expect(cloudEventFault({ ...event })).toBeUndefined();
      expect(event).toMatchObject({
        id: payload.notificationId,
        source: PUBLIC_URL,
        type: `dev.noroshi.alert.${action}`,
        subject: "payment-availability",
        time: "2025-06-15T15:06:40.000Z",
      });
    }
  });

  it("of several SLOs has no subject", () => {
    const other = sampleNotification({ sloName: "search-latency" });
    const event = cloudEvent(webhookPayload(newsOf(sampleNotification(), other), PUBLIC_URL));
    expect(cloudEventFault({ ...event })).toBeUndefined();
    expect(event).not.toHaveProperty("subject");
  });
});

describe("an address", () => {
  it("gives its user and password as a header, and shows its host alone", () => {
    const address = "https://me:p%40ss-word@hooks.example:8443/services/T0000/abcdefgh?key=0123456789";
    const read = readWebhookAddress(address)!;
    expect(read.url).toBe("https://hooks.example:8443/services/T0000/abcdefgh?key=0123456789");
    expect(read.authorization).toBe(`Basic ${Buffer.from("me:p@ss-word").toString("base64")}`);
    expect(read.secrets).toEqual(expect.arrayContaining(["abcdefgh", "0123456789", "p@ss-word"]));
    expect(shownWebhookAddress(address)).toBe("https://hooks.example:8443");
  });

  it("is of http or https", () => {
    for (const text of ["file:///etc/passwd", "ftp://x.example", "x", ""])
      expect(readWebhookAddress(text)).toBeUndefined();
  });
});

describe("Retry-After", () => {
  it("is read as seconds or a date, and is never more than an hour", () => {
    expect(retryAfterMs("7", AT_MS)).toBe(7_000);
    expect(retryAfterMs(new Date(AT_MS + 30_000).toUTCString(), AT_MS)).toBeGreaterThan(28_000);
    expect(retryAfterMs("999999999", AT_MS)).toBe(3_600_000);
    expect(retryAfterMs("Thu, 01 Jan 1970 00:00:00 GMT", AT_MS)).toBe(0);
    expect(retryAfterMs("soon", AT_MS)).toBeUndefined();
    expect(retryAfterMs(null, AT_MS)).toBeUndefined();
  });
});

it("a text is never cut in the middle of a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, most) => {
      const cut = clipText(text, most);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(() => encodeURIComponent(cut)).not.toThrow();
    }),
  );
});
