import { expect, it } from "vitest";
import { eventually } from "../service-process.ts";
import { eventsInTurn, everything, firstOfEach, pages } from "./faults.ts";
import { LASTING, QUICK, type LaneOptions, type Lane } from "./lane.ts";
import { LATER, SOON, action, between, may, play, quiet, want } from "./play.ts";
import type { Stage } from "./stage.ts";
import { delivered, failing, healthy, silent, times } from "./steps.ts";

export const RECEIVER_LANES: Readonly<Record<string, LaneOptions>> = {
  whole: {},
  "4-away": { tiers: QUICK, receivers: ["pager"], fallback: "chat for pager" },
  "5-over": { tiers: QUICK, receivers: ["pager"], fallback: "chat for pager" },
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
  "14-renamed": { tiers: LASTING },
  "17-deleted": { receivers: ["chat"] },
  "17-archived": { tiers: LASTING, receivers: ["chat"], fallback: "pager for chat" },
  "21-poison": { tiers: LASTING, services: ["poison", "beside-poison"], receivers: ["pager"] },
};

/** `telling.fallbackAfter`, shorter than anybody would have it. */
export const FALLBACK_SECONDS = 5;

/** What goes wrong with receivers, with what comes in, and with specs. */
export function receiverScenarios(stage: () => Stage): void {
  const laneOf = (name: string): Lane => stage().laneOf(name);

  it("tells the beginning and the end of trouble: an incident, and one message with a reply", async () => {
    const lane = laneOf("whole");
    await play(lane, [
      failing(lane),
      want(between(0, SOON), "pagerduty trigger", "whole-availability"),
      want(between(0, SOON), "slack post", "whole-availability"),
      quiet(3),
      healthy(lane),
      want(between(3, LATER), "pagerduty resolve"),
      want(between(3, LATER), "slack update"),
      want(between(3, LATER), "slack reply"),
      delivered(lane, 4),
      quiet(1),
    ]);
    const { episodes } = (await stage().get("/api/v1/episodes?slo=whole-availability")) as {
      episodes: { id: string; resolution: string }[];
    };
    expect(episodes.map(({ resolution }) => resolution)).toEqual(["recovered"]);
    const detail = JSON.stringify(await stage().get(`/api/v1/episodes/${episodes[0]!.id}`));
    expect(detail).toContain('"outcome":"delivered"');
    expect(detail).not.toContain(lane.routingKey);
  });

  it("4 PagerDuty 500 for 10 min: the fallback says so in Slack; PagerDuty delivered on recovery", async () => {
    const lane = laneOf("4-away");
    lane.fault = pages({ kind: "status", status: 500 });
    await play(lane, [
      failing(lane),
      want(between(FALLBACK_SECONDS, SOON), "slack post", "4-away-pager has not taken this page"),
      delivered(lane, 1, "4-away-chat"),
      action("PagerDuty works again", () => (lane.fault = undefined)),
      want(between(0, LATER), "pagerduty trigger"),
      may("slack update"),
      delivered(lane, 1, "4-away-pager"),
      healthy(lane),
      want(between(0, LATER), "pagerduty resolve"),
      want(between(0, LATER), "slack reply"),
      quiet(2),
    ]);
  });

  it("5 the alert resolves during that outage: no ghost incident", async () => {
    const lane = laneOf("5-over");
    lane.fault = pages({ kind: "status", status: 500 });
    await play(lane, [
      failing(lane),
      want(between(FALLBACK_SECONDS, SOON), "slack post", "5-over-pager has not taken this page"),
      healthy(lane),
      want(between(3, LATER), "slack update"),
      want(between(3, LATER), "slack reply", "esolved"),
      action("PagerDuty works again", () => (lane.fault = undefined)),
      // An end that follows what may have arrived.
      may("pagerduty dropped resolve"),
      quiet(10),
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
        ...times(triggers, want(between(0, SOON), "pagerduty trigger")),
        want(between(0, SOON), "slack post"),
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
      want(between(0, SOON), "pagerduty trigger"),
      want(between(0, SOON), "slack post"),
    ]);
    await play(storm, [
      action("the storm ends", () => (storm.fault = undefined)),
      // A message a second is what a channel takes.
      ...storm.services.flatMap((service) => [
        want(between(0, LATER), "pagerduty trigger", `${service}-availability`),
        want(between(0, LATER), "slack post", `${service}-availability`),
      ]),
      quiet(1),
    ]);
  });

  it("8 delayed trigger against resolve: order kept", async () => {
    const lane = laneOf("8-order");
    lane.fault = eventsInTurn({ kind: "delay", delayMs: 9_000 });
    // Near the end of a bucket of counts: it is over before the answer comes.
    await new Promise((resolve) => setTimeout(resolve, (15_500 - (Date.now() % 10_000)) % 10_000));
    await play(lane, [
      failing(lane),
      action("the trigger is under way", () =>
        eventually("the trigger is under way", 30_000, () =>
          stage().pagerduty.requests.find(({ body }) => body.includes(lane.routingKey)),
        ),
      ),
      healthy(lane),
      want(between(-60, LATER), "pagerduty trigger"),
      want(between(0, LATER), "pagerduty resolve"),
      quiet(2),
    ]);
    expect(lane.ledger().map(({ what }) => what)).toEqual(["pagerduty trigger", "pagerduty resolve"]);
  });

  it("13 ingest gap: neither resolves nor fires silently", async () => {
    const [gap, calm] = [laneOf("13-gap"), laneOf("13-calm")];
    await Promise.all([
      play(gap, [
        failing(gap),
        want(between(0, SOON), "pagerduty trigger"),
        want(between(0, SOON), "slack post"),
        silent(gap),
        quiet(25),
        healthy(gap),
        want(between(3, LATER), "pagerduty resolve"),
        want(between(3, LATER), "slack update"),
        want(between(3, LATER), "slack reply"),
      ]),
      play(calm, [healthy(calm), quiet(5), silent(calm), quiet(25)]),
    ]);
  });

  it("14 spec deleted while firing: it ends once it is surely gone, and what comes in its place is told", async () => {
    const [gone, renamed] = [laneOf("14-deleted"), laneOf("14-renamed")];
    const ended = [
      want(between(20, LATER), "pagerduty resolve"),
      want(between(20, LATER), "slack update"),
      want(between(20, LATER), "slack reply"),
    ];
    const told = [want(between(0, SOON), "pagerduty trigger"), want(between(0, SOON), "slack post")];
    await Promise.all([
      play(gone, [
        failing(gone),
        ...told,
        action("its spec is deleted", () => gone.removeSpecs()),
        ...ended,
        quiet(2),
      ]),
      play(renamed, [
        failing(renamed),
        ...told,
        action("its SLO is renamed", () =>
          renamed.changeSpecs("name: 14-renamed-availability", "name: another-name"),
        ),
        want(between(0, SOON), "pagerduty trigger", "another-name"),
        want(between(0, SOON), "slack post", "another-name"),
        ...ended,
        quiet(2),
      ]),
    ]);
  });

  it("17 Slack message deleted: what happens next is said in a new one", async () => {
    const lane = laneOf("17-deleted");
    await play(lane, [
      failing(lane),
      want(between(0, SOON), "slack post"),
      action("somebody deletes it, and all requests go well", () => {
        stage().slack.deleteMessage(lane.channel, lastPost(stage(), lane).ts);
        lane.traffic("healthy");
      }),
      want(between(3, LATER), "slack post"),
      quiet(2),
    ]);
  });

  it("17 channel archived: the fallback is told", async () => {
    const lane = laneOf("17-archived");
    lane.slackChannel.archived = true;
    await play(lane, [
      failing(lane),
      want(between(0, SOON), "pagerduty trigger", "17-archived-chat refused this page"),
      quiet(3),
    ]);
  });

  it("21 a poison payload does not block its lane", async () => {
    const lane = laneOf("21-poison");
    lane.fault = pages({ kind: "status", status: 400 }, '"poison-availability');
    await play(lane, [
      failing(lane),
      want(between(0, SOON), "pagerduty trigger", "beside-poison"),
      action("the error is to be seen", () =>
        eventually("the refused one is set aside", 15_000, async () => {
          const refused = (await lane.notifications()).find(({ state }) => state === "rejected");
          const isPoison = refused?.sloName === "poison-availability";
          return isPoison && refused?.attempts[0]?.detail.includes("400") ? true : undefined;
        }),
      ),
      may("pagerduty trigger"),
    ]);
  });
}

function lastPost({ slack }: Stage, lane: Lane): { readonly ts: string } {
  return slack.messages().findLast(({ channel, threadTs }) => channel === lane.channel && threadTs === null)!;
}
