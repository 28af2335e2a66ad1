import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../service-process.ts";
import { eventsInTurn, everything, firstOfEach, pages } from "./faults.ts";
import { judge } from "./judge.ts";
import { LASTING, type Lane, type LaneOptions } from "./lane.ts";
import { action, between, may, play, quiet, want } from "./play.ts";
import { createStage, type Stage } from "./stage.ts";
import { delivered, failing, healthy, silent, times } from "./steps.ts";

const LANES: Readonly<Record<string, LaneOptions>> = {
  whole: {},
  "6-hang": { tiers: LASTING },
  "6-reset": { tiers: LASTING },
  "6-empty": { tiers: LASTING },
  "6-html": { tiers: LASTING },
  "7-storm": { tiers: LASTING, services: Array.from({ length: 6 }, (_, i) => `storm-${i}`) },
  "7-beside": { tiers: LASTING },
  "8-order": { receivers: ["pager"] },
  "13-gap": { tiers: "page critical 2m/10s x10" },
  "13-calm": { tiers: "page critical 2m/10s x10" },
  "14-deleted": { tiers: LASTING },
  "17-deleted": { receivers: ["chat"] },
  "21-poison": { tiers: LASTING, services: ["poison", "beside-poison"], receivers: ["pager"] },
};

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  for (const [name, options] of Object.entries(LANES)) stage.lane(name, options);
  await stage.start("alone");
});
afterAll(() => stage.close());

const laneOf = (name: string): Lane => stage.lanes.find((lane) => lane.name === name)!;

describe.concurrent("one process", () => {
  it("tells the beginning and the end of trouble: an incident, and one message with a reply", async () => {
    const lane = laneOf("whole");
    await play(lane, [
      failing(lane),
      want(between(0, 12), "pagerduty trigger", "whole-availability"),
      want(between(0, 12), "slack post", "whole-availability"),
      quiet(3),
      healthy(lane),
      want(between(3, 40), "pagerduty resolve"),
      want(between(3, 40), "slack update"),
      want(between(3, 40), "slack reply"),
      quiet(3),
    ]);
  });

  it.for([
    ["hung socket", "6-hang", { kind: "hang", processed: true }, 2],
    ["reset after body", "6-reset", { kind: "reset", processed: true }, 2],
    ["empty 202", "6-empty", { kind: "empty", processed: true }, 2],
    ["HTML 502", "6-html", { kind: "html", processed: false }, 1],
  ] as const)(
    "6 hung socket, reset after body, empty 202, HTML 502: %s",
    async ([, name, fault, triggers]) => {
      const lane = laneOf(name);
      lane.fault = firstOfEach(fault);
      await play(lane, [
        failing(lane),
        ...times(triggers, want(between(0, 35), "pagerduty trigger")),
        want(between(0, 35), "slack post"),
        delivered(lane, 2),
        quiet(2),
      ]);
    },
  );

  it("7 a 429 storm on one key or channel: others unaffected", async () => {
    const [storm, beside] = [laneOf("7-storm"), laneOf("7-beside")];
    storm.fault = everything({ kind: "status", status: 429, retryAfterSeconds: 2 });
    await play(storm, [failing(storm), quiet(3)]);
    await play(beside, [
      failing(beside),
      want(between(0, 8), "pagerduty trigger"),
      want(between(0, 8), "slack post"),
    ]);
    await play(storm, [
      action("the storm ends", () => (storm.fault = undefined)),
      // A message a second is what a channel takes.
      ...storm.services.flatMap((service) => [
        want(between(0, 60), "pagerduty trigger", `${service}-availability`),
        want(between(0, 60), "slack post", `${service}-availability`),
      ]),
      quiet(1),
    ]);
  });

  it("8 delayed trigger against resolve: order kept", async () => {
    const lane = laneOf("8-order");
    lane.fault = eventsInTurn({ kind: "hang", processed: true }, { kind: "delay", delayMs: 6_000 });
    await play(lane, [
      failing(lane),
      want(between(0, 12), "pagerduty trigger"),
      healthy(lane),
      want(between(5, 60), "pagerduty trigger"),
      want(between(5, 60), "pagerduty resolve"),
      quiet(3),
    ]);
    expect(lane.ledger().map(({ what }) => what)).toEqual([
      "pagerduty trigger",
      "pagerduty trigger",
      "pagerduty resolve",
    ]);
  });

  it("13 ingest gap: neither resolves nor fires silently", async () => {
    const [gap, calm] = [laneOf("13-gap"), laneOf("13-calm")];
    await Promise.all([
      play(gap, [
        failing(gap),
        want(between(0, 12), "pagerduty trigger"),
        want(between(0, 12), "slack post"),
        silent(gap),
        quiet(25),
        healthy(gap),
        want(between(3, 40), "pagerduty resolve"),
        want(between(3, 40), "slack update"),
        want(between(3, 40), "slack reply"),
      ]),
      play(calm, [healthy(calm), quiet(5), silent(calm), quiet(25)]),
    ]);
  });

  it("14 spec deleted while firing", async () => {
    const lane = laneOf("14-deleted");
    await play(lane, [
      failing(lane),
      want(between(0, 12), "pagerduty trigger"),
      want(between(0, 12), "slack post"),
      action("its spec is deleted", () => lane.removeSpecs()),
      want(between(20, 50), "pagerduty resolve"),
      want(between(20, 50), "slack update"),
      want(between(20, 50), "slack reply"),
      quiet(2),
    ]);
  });

  it("17 Slack message deleted: what happens next is said in a new one", async () => {
    const lane = laneOf("17-deleted");
    await play(lane, [
      failing(lane),
      want(between(0, 12), "slack post"),
      action("somebody deletes it, and all requests go well", () => {
        stage.slack.deleteMessage(lane.channel, lastPost(lane).ts);
        lane.traffic("healthy");
      }),
      want(between(3, 40), "slack post", "resolved"),
      quiet(2),
    ]);
  });

  it("21 a poison payload does not block its lane", async () => {
    const lane = laneOf("21-poison");
    lane.fault = pages({ kind: "status", status: 400 }, '"poison-availability');
    await play(lane, [
      failing(lane),
      want(between(0, 12), "pagerduty trigger", "beside-poison"),
      action("the error is to be seen", () =>
        eventually("the refused one is set aside", 15_000, async () => {
          const refused = (await lane.notifications()).find(({ sloName }) => sloName.startsWith("poison"));
          return refused?.state === "rejected" && refused.attempts[0]?.detail.includes("400")
            ? true
            : undefined;
        }),
      ),
      may("pagerduty trigger"),
    ]);
  });
});

describe("the ledger of one process", () => {
  it("has a trigger for every episode, an incident for every one that fires, and nothing twice", async () => {
    expect(await judge(stage, { posted: ["17-deleted"], refused: ["21-poison"] })).toEqual([]);
  });
});

function lastPost(lane: Lane): { readonly ts: string } {
  return stage.slack
    .messages()
    .findLast(({ channel, threadTs }) => channel === lane.channel && threadTs === null)!;
}
