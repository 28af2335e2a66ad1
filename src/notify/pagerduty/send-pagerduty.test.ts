import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { timestampMs } from "../../model/time.ts";
import type { ClaimedNotification, SendOutcome } from "../../alert/notification.ts";
import { sampleNotification } from "../sample-notification.ts";
import { startFakePagerDuty } from "./fake-pagerduty.ts";
import type { FakePagerDuty } from "./fake-pagerduty.ts";
import { createLocalCertificate } from "./local-certificate.ts";
import { pagerDutyEvent } from "./pagerduty-event.ts";
import { createPagerDutySender } from "./send-pagerduty.ts";
import { validatePagerDutyEvent } from "./validate-event.ts";

const ROUTING_KEY = "PLANTEDKEYPLANTEDKEYPLANTEDKEY12";
const PUBLIC_URL = "https://noroshi.example/";
const certificate = await createLocalCertificate();
const agent = new Agent({ ca: certificate.ca });
const LONG = () => 60_000;
let fake: FakePagerDuty;

const page = (changes: Partial<ClaimedNotification> = {}) =>
  sampleNotification({ address: ROUTING_KEY, ...changes });

const resolve = page({
  action: "resolve",
  resolution: "recovered",
  at: timestampMs(sampleNotification().at + 720_000),
});

function send(notification = page(), timeoutMs = 2_000, remainingMs = LONG): Promise<SendOutcome> {
  const options = { server: fake.server, publicUrl: PUBLIC_URL, timeoutMs, agent };
  return createPagerDutySender(options)(notification, remainingMs);
}

beforeAll(async () => {
  fake = await startFakePagerDuty({ tls: certificate });
});
afterEach(async () => {
  fake.setFault(undefined);
  await fake.comeBack();
});
afterAll(() => fake.close());

describe("the event for PagerDuty", () => {
  it("says what burns, how fast, what is left, since when, and where to look", () => {
    expect(pagerDutyEvent(page(), PUBLIC_URL)).toMatchObject({
      routing_key: ROUTING_KEY,
      event_action: "trigger",
      dedup_key: `noroshi:${page().episodeId}`,
      client: "Noroshi",
      client_url: "https://noroshi.example/slos/payment-availability",
      links: [
        { href: "https://noroshi.example/slos/payment-availability" },
        {
          href: "https://noroshi.example/slos/payment-availability/traces?start=1749996400&end=1750000000",
          text: "Traces",
        },
        { href: "https://runbooks.example/payment", text: "Runbook" },
      ],
      payload: {
        summary:
          "payment-availability: error budget burning 52x too fast (page-quick), 31 % left, gone in 4 h 10 min",
        source: "payment",
        severity: "critical",
        timestamp: "2025-06-15T15:06:40.000Z",
        custom_details: {
          slo: "payment-availability",
          service: "payment",
          objective: "99.99 % over 30d",
          tier: "page-quick",
          long_window_burn_rate: 18.2,
          short_window_burn_rate: 52.3,
          budget_remaining_ratio: 0.31,
          budget_exhausted_in_seconds: 15_000,
          started_at: "2025-06-15T15:06:40.000Z",
          what_to_do: expect.stringContaining("runbook"),
        },
      },
    });
  });

  it("stays within PagerDuty's limits whatever the spec says", () => {
    const long = "\u{1F525}<&>".repeat(200_000);
    const facts = {
      ...page().facts,
      sloName: long,
      service: long,
      description: long,
      owner: long,
      tier: long,
    };
    const event = pagerDutyEvent(page({ facts, sloName: "s".repeat(63) }), PUBLIC_URL);
    expect(validatePagerDutyEvent(event)).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(512 * 1024);
  });

  it("drops a runbook that is no web address, and an empty service", () => {
    const facts = { ...page().facts, runbookUrl: "javascript:alert(1)", service: "" };
    const event = pagerDutyEvent(page({ facts }), PUBLIC_URL);
    expect(event.links).toHaveLength(2);
    expect(validatePagerDutyEvent(event)).toEqual([]);
  });
});

describe("sending to PagerDuty", () => {
  it("opens one incident for an episode and closes it with the same keys", async () => {
    expect(await send()).toEqual({ kind: "delivered", detail: "202: Event processed" });
    await send(page({ action: "update" }));
    expect(fake.openIncidents()).toMatchObject([{ triggers: 2, routingKey: ROUTING_KEY }]);
    expect(await send(resolve)).toMatchObject({ kind: "delivered" });
    expect(fake.openIncidents()).toEqual([]);
    expect(fake.events.map(({ effect }) => effect)).toEqual(["opened", "appended", "resolved"]);
    expect(await send(resolve)).toMatchObject({ kind: "delivered" });
    expect(fake.events.at(-1)?.effect).toBe("dropped");
  });

  it("takes a 400 as final and tells what PagerDuty said, without the key", async () => {
    const outcome = await send(page({ address: "short" }));
    expect(outcome).toEqual({ kind: "rejected", detail: expect.stringMatching(/^400: .*routing_key/) });
  });

  it("asks once at a 429, at once, and holds back everything for that key", async () => {
    fake.setFault({ kind: "status", status: 429 });
    const before = fake.requests.length;
    const startedAt = performance.now();
    expect(await send()).toMatchObject({ kind: "retry", ambiguous: false, holdAddress: true });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await new Promise((done) => setTimeout(done, 50));
    expect(fake.requests.length - before).toBe(1);
  });

  it.each([
    ["a JSON 500", { kind: "status", status: 500 }, /^500/],
    ["an HTML 502", { kind: "html", processed: false }, /no clear answer/],
    ["an empty 202", { kind: "empty", processed: true }, /no clear answer/],
    ["a connection reset after the body", { kind: "reset", processed: true }, /no clear answer/],
    ["a hung socket", { kind: "hang", processed: true }, /no clear answer/],
  ] as const)("sends again after %s, as it may or may not have arrived", async (_name, fault, detail) => {
    fake.setFault(fault);
    const outcome = await send(page(), 300);
    expect(outcome).toMatchObject({ kind: "retry", ambiguous: true });
    expect(outcome.detail).toMatch(detail);
  });

  it("waits for PagerDuty while it cannot be reached", async () => {
    await fake.goDown();
    expect(await send()).toMatchObject({ kind: "retry", detail: expect.stringContaining("ECONNREFUSED") });
  });

  it("sends nothing when its lease may run out before the answer", async () => {
    const before = fake.requests.length;
    expect(await send(page(), 2_000, () => 3_000)).toMatchObject({ kind: "retry", ambiguous: false });
    expect(fake.requests.length).toBe(before);
  });

  it("never lets the routing key into what is stored", async () => {
    const echo = await startFakePagerDuty({
      tls: certificate,
      routingKeys: ["another"],
    });
    const options = { server: echo.server, publicUrl: PUBLIC_URL, agent };
    const outcomes = [await createPagerDutySender(options)(page(), LONG)];
    await echo.close();
    for (const fault of ["html", "reset"] as const) {
      fake.setFault({ kind: fault, processed: false });
      outcomes.push(await send());
    }
    outcomes.push(
      await createPagerDutySender({ ...options, server: `${ROUTING_KEY}.invalid` })(page(), LONG),
    );
    expect(JSON.stringify(outcomes)).not.toContain(ROUTING_KEY);
    expect(JSON.stringify(outcomes).toLowerCase()).not.toContain(ROUTING_KEY.toLowerCase());
  });

  it("trusts a private authority through NODE_EXTRA_CA_CERTS, and no other", async () => {
    const folder = mkdtempSync(join(tmpdir(), "noroshi-ca-"));
    const caFile = join(folder, "ca.pem");
    writeFileSync(caFile, certificate.ca);
    const run = (env: NodeJS.ProcessEnv): Promise<string> =>
      new Promise((done) => {
        const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
          cwd: new URL("../../..", import.meta.url).pathname,
          env: { ...process.env, ...env },
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        child.stdout.on("data", (chunk) => (text += String(chunk)));
        child.on("close", () => done(text));
      });
    const script = `
      import { createPagerDutySender } from "./src/notify/pagerduty/send-pagerduty.ts";
      import { sampleNotification } from "./src/notify/sample-notification.ts";
      const send = createPagerDutySender({ server: "${fake.server}", publicUrl: "http://localhost" });
      console.log(JSON.stringify(await send(sampleNotification(), () => 60_000)));`;
    expect(JSON.parse(await run({ NODE_EXTRA_CA_CERTS: caFile }))).toMatchObject({ kind: "delivered" });
    expect(JSON.parse(await run({ NODE_EXTRA_CA_CERTS: "" }))).toMatchObject({
      kind: "retry",
      detail: expect.stringContaining("certificate"),
    });
    rmSync(folder, { recursive: true });
  });
});
