import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Receiver } from "../../src/alert/receiver.ts";
import { openDeliveryStand, openStandStore, PAGERDUTY, pause, SLACK, until } from "./delivery-stand.ts";
import type { DeliveryStand, StandStore } from "./delivery-stand.ts";

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

const texts = () => stand.slack.messages().map((message) => JSON.stringify(message));
const top = () => stand.slack.messages().filter(({ threadTs }) => threadTs === null);
const states = async (receiver: string) =>
  (await stand.all())
    .filter((one) => one.receiver === receiver)
    .map(({ action, state }) => `${action} ${state}`)
    .reverse();
const REFUSING: Receiver = {
  type: "pagerduty",
  name: "oncall",
  fallback: undefined,
  routingKey: "too-short",
};
const toPagerDuty = { receivers: [PAGERDUTY] };

describe("while PagerDuty is away", () => {
  it("Slack hears of the page and why, and PagerDuty when it is back", async () => {
    stand.pagerDuty.setFault({ kind: "status", status: 500 });
    stand.startWorker();
    stand.startStandIns(600);
    const episode = await stand.fire(toPagerDuty);
    await until(() => stand.slack.messages().length === 1);
    expect(texts()[0]).toContain("pagerduty has not taken this page: 500");
    stand.pagerDuty.setFault(undefined);
    await until(() => stand.pagerDuty.openIncidents().length === 1);
    await stand.resolve(episode);
    await stand.settled();
    expect(stand.pagerDuty.incidents()).toMatchObject([{ state: "resolved", triggers: 1 }]);
    expect(top()).toMatchObject([{ text: expect.stringContaining("resolved after") }]);
    expect(stand.logged.find(({ message }) => message.includes("told instead"))?.fields).toMatchObject({
      receiver: "pagerduty",
      standIn: "slack",
    });
  });

  it("what is over before it is back opens no incident, and Slack hears the end", async () => {
    stand.pagerDuty.setFault({ kind: "status", status: 500 });
    stand.startWorker();
    stand.startStandIns(300);
    const episode = await stand.fire(toPagerDuty);
    await until(() => stand.slack.messages().length === 1);
    await stand.resolve(episode);
    await until(() => top()[0]!.text.includes("resolved after"));
    stand.pagerDuty.setFault(undefined);
    await stand.settled();
    expect(stand.pagerDuty.incidents()).toEqual([]);
    expect(await states("pagerduty")).toEqual(["trigger superseded", "resolve delivered"]);
    expect(await states("slack")).toEqual(["trigger delivered", "resolve delivered"]);
  });

  it("a later page does not wait as long: it is known that PagerDuty fails", async () => {
    stand.pagerDuty.setFault({ kind: "status", status: 503 });
    stand.startWorker();
    stand.startStandIns(1_500);
    await stand.fire(toPagerDuty);
    await until(() => stand.slack.messages().length === 1);
    const firedAt = Date.now();
    await stand.fire(toPagerDuty);
    await until(() => stand.slack.messages().length === 2);
    expect(Date.now() - firedAt).toBeLessThan(1_400);
  });

  it("who was told in Slack anyway hears there that PagerDuty was not", async () => {
    stand.pagerDuty.setFault({ kind: "status", status: 503 });
    stand.startWorker();
    stand.startStandIns(300);
    await stand.fire({ receivers: [PAGERDUTY, SLACK] });
    await until(() => texts()[0]?.includes("has not taken this page") === true);
    await pause(400);
    expect(top()).toHaveLength(1);
    expect(await states("slack")).toEqual(["trigger delivered", "remind delivered"]);
  });
});

describe("a receiver that refuses for good", () => {
  it("has its stand-in told at once, and is asked no more about what it refused", async () => {
    stand.startWorker();
    stand.startStandIns(60_000);
    const episode = await stand.fire({ receivers: [REFUSING] });
    await until(() => stand.slack.messages().length === 1, 5_000);
    expect(texts()[0]).toContain("oncall refused this page: 400");
    await stand.resolve(episode);
    await stand.settled();
    expect(await states("oncall")).toEqual(["trigger rejected", "resolve superseded"]);
    expect(await states("slack")).toEqual(["trigger delivered", "resolve delivered"]);
  });

  it.each(["is_archived", "token_revoked"])("in Slack (%s) pages for what is critical", async (code) => {
    stand.slack.failWith(code);
    stand.startWorker();
    stand.startStandIns(60_000);
    const critical = await stand.fire({ receivers: [SLACK] });
    const warning = await stand.fire({ receivers: [SLACK] }, { severity: "warning" });
    await until(() => stand.pagerDuty.openIncidents().length === 1);
    await until(async () => (await states("log")).length === 1);
    expect(stand.pagerDuty.openIncidents()[0]!.dedupKey).toContain(critical.id);
    await stand.settled();
    const logged = (await stand.all()).find(({ receiver }) => receiver === "log");
    expect(logged).toMatchObject({ episodeId: warning.id, state: "delivered" });
  });

  it("takes the next of an episode as its beginning, once it works", async () => {
    stand.slack.failWith("is_archived");
    stand.startWorker();
    const episode = await stand.fire({ receivers: [SLACK] });
    await stand.settled();
    stand.slack.failWith(undefined);
    await stand.update(episode);
    await stand.settled();
    expect(top()).toHaveLength(1);
    expect(top()[0]!.text).not.toContain("worse");
    expect(await states("slack")).toEqual(["trigger rejected", "update delivered"]);
  });

  it("and whose stand-ins refuse, too, leaves all of it in the log", async () => {
    stand.slack.failWith("is_archived");
    stand.startWorker();
    stand.startStandIns(60_000);
    await stand.fire({ receivers: [REFUSING] });
    await until(() => stand.pagerDuty.openIncidents().length === 1);
    stand.pagerDuty.setFault({ kind: "status", status: 400 });
    await stand.fire({ receivers: [REFUSING] });
    await until(async () => (await states("log")).length === 1);
    await stand.settled();
    await pause(300);
    expect(await states("log")).toEqual(["trigger delivered"]);
  });
});

describe("what cannot even be made", () => {
  it("is set aside after some attempts, and blocks nobody", async () => {
    const poison = async (): Promise<never> => {
      throw new Error("cannot read what is not there");
    };
    stand.startWorker({ send: { slack: poison }, random: () => 0 });
    await stand.fire({ receivers: [SLACK] });
    await until(async () => (await stand.all())[0]!.attempts.length >= 2);
    await stand.db.execute("update notifications set attempts = 5, next_attempt_at = now()");
    await stand.settled();
    const [set] = await stand.all();
    expect(set).toMatchObject({ state: "rejected" });
    expect(set!.attempts.at(-1)!.detail).toContain("cannot read what is not there");
  });
});

describe("a store that commits and then loses its answer", () => {
  it("has nothing sent twice, and nothing lost", async () => {
    let losses = 6;
    const lose = async <T>(work: Promise<T>): Promise<T> => {
      const done = await work;
      if (losses-- > 0) throw new Error("the connection was cut after the commit");
      return done;
    };
    const { outbox } = stand;
    stand.startWorker({
      store: {
        ...outbox,
        claim: (request) => lose(outbox.claim(request)),
        record: (...given) => lose(outbox.record(...given)),
        recordBundle: (...given) => lose(outbox.recordBundle(...given)),
      },
    });
    const group = { groupKey: '["g"]', receivers: [SLACK, PAGERDUTY] };
    const episodes = [await stand.fire(group), await stand.fire(group), await stand.fire()];
    await until(() => losses <= 0, 20_000);
    await stand.settled(20_000);
    for (const episode of episodes) await stand.resolve(episode);
    await stand.settled(20_000);
    expect(stand.pagerDuty.incidents()).toHaveLength(2);
    expect(stand.pagerDuty.openIncidents()).toEqual([]);
    expect(top()).toHaveLength(2);
  });
});
