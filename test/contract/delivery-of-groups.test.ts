import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Episode } from "../../src/alert/episode.ts";
import { SAMPLE_FACTS } from "../../src/alert/sample-episode.ts";
import { refuseSlackMessage } from "../../src/notify/slack/validate-message.ts";
import { openDeliveryStand, openStandStore, PAGERDUTY, SLACK, pause, until } from "./delivery-stand.ts";
import type { DeliveryStand, StandStore } from "./delivery-stand.ts";

const GROUP = { groupKey: '["by service",["service","payment"]]', policy: { groupIntervalMs: 1_000 } };

let store: StandStore;
let stand: DeliveryStand;
beforeAll(async () => {
  store = await openStandStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  stand = await openDeliveryStand(store);
});
afterEach(() => stand.close());

const top = () => stand.slack.messages().filter(({ threadTs }) => threadTs === null);
const replies = () => stand.slack.messages().filter(({ threadTs }) => threadTs !== null);

describe("a group", () => {
  it("is one message: the first at once, the others together after the interval, what is new in its thread", async () => {
    stand.startWorker();
    const first = await stand.fire(GROUP, { sloName: "first" });
    await until(() => top().length === 1, 3_000);
    expect(top()[0]).toMatchObject({ text: expect.stringContaining("first: error budget burning") });
    const postedAt = Date.now();
    const others = [
      await stand.fire(GROUP, { sloName: "second", severity: "warning" }),
      await stand.fire(GROUP, { sloName: "third" }),
    ];
    await stand.settled();
    expect(Date.now() - postedAt).toBeGreaterThan(700);
    expect(top()).toMatchObject([{ text: "🔴 3 alerts (2 critical) · service payment", edits: 1 }]);
    expect(replies()).toHaveLength(1);
    expect(replies()[0]!.text).toContain("second: error budget");
    expect(replies()[0]!.text).toContain("third: error budget");
    expect(replies()[0]!.text).not.toContain("first");
    // All over is said at once.
    await stand.resolve(first);
    await stand.settled();
    expect(top()[0]!.text).toBe("🔴 2 alerts (1 critical), 1 over · service payment");
    for (const other of others) await stand.resolve(other);
    const overAt = Date.now();
    await stand.settled();
    expect(Date.now() - overAt).toBeLessThan(900);
    expect(top()).toMatchObject([{ text: "✅ All 3 alerts are over · service payment", edits: 3 }]);
    expect(replies()).toHaveLength(3);
    // The next one opens a new message.
    await stand.fire(GROUP, { sloName: "fourth" });
    await stand.settled();
    expect(top()).toHaveLength(2);
    expect(top()[1]!.text).toContain("fourth");
  });

  it("leaves every other alone, and PagerDuty", async () => {
    stand.startWorker();
    const other = { ...GROUP, groupKey: '["by service",["service","search"]]' };
    for (const told of [GROUP, GROUP, other]) {
      await stand.fire({ ...told, receivers: [SLACK, PAGERDUTY] });
    }
    await until(() => stand.pagerDuty.openIncidents().length === 3 && top().length === 2, 5_000);
  });

  it.each(["hang", "reset", "empty", "html"] as const)(
    "is told once through answers that are lost: %s",
    async (kind) => {
      let faults = 3;
      stand.slack.setFault((request) =>
        request.path.endsWith("chat.postMessage") && faults-- > 0 ? { kind, processed: true } : undefined,
      );
      stand.startWorker({}, 400);
      const quick = { ...GROUP, policy: { groupIntervalMs: 50 } };
      const fired: Episode[] = [];
      for (let i = 0; i < 3; i += 1) fired.push(await stand.fire(quick));
      await stand.settled();
      faults = 2;
      for (const episode of fired) await stand.resolve(episode);
      await stand.settled();
      expect(top()).toMatchObject([{ text: expect.stringContaining("All 3 alerts are over") }]);
      const texts = replies().map(({ text }) => text);
      expect(new Set(texts).size).toBe(texts.length);
      for (const { sloName } of fired)
        expect(texts.filter((text) => text.includes(`${sloName}: resolved`))).toHaveLength(1);
    },
  );

  it("is told again as it was when the worker was killed, and what came meanwhile after it", async () => {
    await stand.fire(GROUP, { sloName: "first" });
    const killed = await stand.outbox.claim({
      receiverType: "slack",
      limit: 9,
      owner: "killed",
      leaseMs: 100,
      bundles: true,
    });
    expect(killed).toHaveLength(1);
    await stand.fire(GROUP, { sloName: "second" });
    await pause(150);
    const claim = { receiverType: "slack", limit: 9, owner: "next", leaseMs: 60_000, bundles: true } as const;
    const again = await stand.outbox.claim(claim);
    expect(again).toMatchObject([{ id: killed[0]!.id, bundleId: killed[0]!.bundleId, maybeSent: true }]);
    expect(await stand.outbox.claim(claim)).toEqual([]);
  });

  it("is taken apart where one of it is refused, and the others are told", async () => {
    stand.slack.setFault(undefined);
    const send = async () => ({ kind: "rejected", detail: "invalid_blocks" }) as const;
    stand.startWorker({ sendBundle: { slack: send } });
    for (const sloName of ["a", "b", "c"]) await stand.fire(GROUP, { sloName });
    await stand.settled();
    // Alone it is refused for good; those of the bundle went by themselves.
    const states = (await stand.all()).map(({ state }) => state).sort();
    expect(top().length).toBe(states.filter((state) => state === "delivered").length);
    expect(states.filter((state) => state === "delivered").length).toBeGreaterThanOrEqual(2);
  });

  it("gets a new message when the old one was deleted", async () => {
    stand.startWorker();
    await stand.fire(GROUP, { sloName: "first" });
    await stand.settled();
    stand.slack.deleteMessage("C0ALERTS", top()[0]!.ts);
    await stand.fire(GROUP, { sloName: "second" });
    await stand.settled();
    expect(top().at(-1)).toMatchObject({ text: "🔴 2 alerts, critical · service payment", deleted: false });
  });

  it("stays within Slack's limits however many there are", async () => {
    stand.startWorker({ budgets: { slack: { everyMs: 1_000, burst: 1 } } });
    for (let i = 0; i < 120; i += 1) {
      const facts = { ...SAMPLE_FACTS, owner: "&<>".repeat(50) };
      await stand.fire(GROUP, { sloName: `${"a-long-name-".repeat(8)}&${i}`, facts });
    }
    await stand.settled(30_000);
    const [message] = top();
    expect(message!.text).toMatch(/^🔴 \d+ alerts, critical/);
    expect(refuseSlackMessage({ ...message })).toBeUndefined();
    expect(JSON.stringify(message!.attachments)).toMatch(/and \d+ more that fire/);
    expect(top()).toHaveLength(1);
  });

  it("is what waits for the same digest", async () => {
    stand.startWorker();
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    const digest = { policy: { digest: { hours, timeZone: "UTC" } } };
    for (const sloName of ["a", "b", "c"]) await stand.fire(digest, { sloName, severity: "warning" });
    await stand.fire(digest, { sloName: "page" });
    await until(() => top().length === 1);
    expect(top()[0]!.text).toContain("page");
    await stand.db.execute("update notifications set next_attempt_at = now() where state = 'pending'");
    await stand.settled();
    expect(top()).toMatchObject([{}, { text: "🟠 3 alerts", edits: 0 }]);
    expect(replies()).toEqual([]);
  });
});
