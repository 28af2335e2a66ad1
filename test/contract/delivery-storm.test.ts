import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Receiver } from "../../src/alert/receiver.ts";
import { toBudgets } from "../../src/config/delivery.ts";
import { openDeliveryStand, openStandStore, PAGERDUTY, pause, SLACK, until } from "./delivery-stand.ts";
import type { DeliveryStand, StandStore } from "./delivery-stand.ts";

let store: StandStore;
let stand: DeliveryStand;
beforeAll(async () => {
  store = await openStandStore();
});
afterAll(() => store.close());
beforeEach(async () => {
  const channels = [
    { id: "C0ALERTS", name: "alerts" },
    { id: "C0QUIET", name: "quiet" },
  ];
  stand = await openDeliveryStand(store, { channels, postsPerSecond: 1 });
});
afterEach(() => stand.close());

const BUDGETS = toBudgets({ pagerduty: 120, slack: 60 });

describe("a thousand alerts at once", () => {
  it("are few messages in Slack, and hold up neither pages nor other channels", async () => {
    const quiet: Receiver = { ...SLACK, name: "quiet-chat", channel: "C0QUIET" };
    for (let i = 0; i < 1_000; i += 1) await stand.fire({ receivers: [SLACK] }, { severity: "warning" });
    for (let i = 0; i < 10; i += 1) await stand.fire({ receivers: [PAGERDUTY] });
    await stand.fire({ receivers: [quiet] }, { severity: "warning", sloName: "quiet" });
    const startedAt = performance.now();
    stand.startWorker({ budgets: BUDGETS });
    await until(() => stand.pagerDuty.openIncidents().length === 10, 15_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await until(() => stand.slack.messages().some(({ channel }) => channel === "C0QUIET"), 10_000);
    await stand.settled(60_000);
    const busy = stand.slack.messages().filter(({ channel }) => channel === "C0ALERTS");
    expect(busy).toHaveLength(1);
    expect(busy[0]!.text).toBe("🟠 1000 alerts");
    // Not even once too fast for Slack.
    expect(stand.slack.calls.filter(({ method }) => method === "chat.postMessage")).toHaveLength(2);
    expect((await stand.all()).every(({ state }) => state === "delivered")).toBe(true);
  });

  it("that come to one key one by one leave the others their share, and keep to the budget", async () => {
    const busy: Receiver = { ...PAGERDUTY, name: "busy", routingKey: "B".repeat(32) };
    // The same key by another name has no budget of its own.
    const alias: Receiver = { ...busy, name: "busy-too" };
    for (let i = 0; i < 60; i += 1) await stand.fire({ receivers: [i % 2 === 0 ? busy : alias] });
    stand.startWorker({ budgets: BUDGETS });
    await until(() => stand.pagerDuty.requests.length >= 4);
    const firedAt = performance.now();
    const other = await stand.fire({ receivers: [PAGERDUTY] });
    await until(() => stand.pagerDuty.openIncidents().some(({ dedupKey }) => dedupKey.includes(other.id)));
    expect(performance.now() - firedAt).toBeLessThan(2_000);
    await pause(2_000);
    const toBusy = stand.pagerDuty.requests.filter(({ body }) => body.includes("B".repeat(32)));
    const seconds = (toBusy.at(-1)!.atMs - toBusy[0]!.atMs) / 1_000;
    expect(toBusy.length).toBeLessThanOrEqual(20 + Math.ceil(seconds / 0.6) + 1);
  });

  it("a 429 holds its address, whatever the receivers are called, and also what comes after it", async () => {
    const alias: Receiver = { ...PAGERDUTY, name: "by-another-name" };
    stand.pagerDuty.setFault({ kind: "status", status: 429 });
    stand.startWorker({ random: () => 0.5 });
    await stand.fire({ receivers: [PAGERDUTY] });
    await until(() => stand.pagerDuty.requests.length === 1);
    await pause(200);
    await stand.fire({ receivers: [alias] });
    await pause(1_000);
    expect(stand.pagerDuty.requests).toHaveLength(1);
  });
});

describe("more than ten beginnings at once", () => {
  it("are told together from then on, in order of gravity, and end together", async () => {
    const fired = [];
    for (let i = 0; i < 12; i += 1)
      fired.push(await stand.fire({ receivers: [SLACK] }, { severity: i === 11 ? "critical" : "warning" }));
    stand.startWorker({ budgets: BUDGETS });
    await stand.settled();
    const [message] = stand.slack.messages();
    expect(message!.text).toBe("🔴 12 alerts (1 critical)");
    for (const episode of fired) await stand.resolve(episode);
    await stand.settled();
    expect(stand.slack.messages()).toMatchObject([
      { text: "✅ All 12 alerts are over", edits: 1 },
      { threadTs: message!.ts },
    ]);
  });
});
