import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../service-process.ts";
import { judge } from "./judge.ts";
import { createStage, type Stage } from "./stage.ts";

const PAGES = 20;
const TICKETS = 980;

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  stage.lane("pages", { tiers: "page critical 1h x10", receivers: ["pager"], copies: PAGES });
  const route = "groupBy: [owner], groupInterval: 5s";
  stage.lane("tickets", { tiers: "ticket warning 1h x10", receivers: ["chat"], copies: TICKETS, route });
  await stage.start("storm");
});
afterAll(() => stage.close());

it("20 1,000 alerts at once: pages first, Slack coalesced", async () => {
  const [pages, tickets] = [stage.laneOf("pages"), stage.laneOf("tickets")];
  pages.traffic("failing");
  tickets.traffic("failing");
  await eventually("every page is told", 90_000, () => (pages.ledger().length === PAGES ? true : undefined));
  await eventually("every ticket is noted as told", 90_000, async () => {
    const told = (await tickets.notifications()).filter(({ state }) => state === "delivered");
    return told.length === TICKETS ? true : undefined;
  });
  const paged = pages.ledger().map(({ what }) => what);
  expect(new Set(paged)).toEqual(new Set(["pagerduty trigger"]));
  // A channel takes a message a second, and nobody reads a thousand.
  const said = tickets.ledger();
  expect(said.filter(({ what }) => what === "slack post")).toHaveLength(1);
  expect(said.length).toBeLessThan(30);
  expect(await judge(stage, { grouped: ["tickets"] })).toEqual([]);
}, 240_000);
