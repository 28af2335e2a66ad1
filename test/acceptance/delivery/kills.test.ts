import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../service-process.ts";
import { everything } from "./faults.ts";
import { judge } from "./judge.ts";
import { LASTING, QUICK, type Lane, type LaneOptions } from "./lane.ts";
import { LATER, SOON, action, between, may, play, quiet, want } from "./play.ts";
import { createStage, type Stage } from "./stage.ts";
import { delivered, failing, healthy } from "./steps.ts";

const LANES: Readonly<Record<string, LaneOptions>> = {
  "1-waiting": { tiers: LASTING },
  "2-accepted": { tiers: LASTING },
  "3-midway": { tiers: LASTING, services: Array.from({ length: 5 }, (_, i) => `midway-${i}`) },
  "14-changed": { tiers: QUICK },
  "14-new": { services: [] },
};

let stage: Stage;
/** The process is killed once these have come so far; then it runs again. */
const ready = new Map<string, () => void>();
let restarted: Promise<void>;

beforeAll(async () => {
  stage = await createStage();
  for (const [name, options] of Object.entries(LANES)) stage.lane(name, options);
  await stage.start("first");
  const all = ["1", "2", "14"].map((name) => new Promise<void>((resolve) => ready.set(name, resolve)));
  restarted = Promise.all(all).then(killAndRestart);
});
afterAll(() => stage.close());

const laneOf = (name: string): Lane => stage.laneOf(name);

/** SIGKILL at the moment at which the first of several alerts of one evaluation is being sent. */
async function killAndRestart(): Promise<void> {
  const midway = laneOf("3-midway");
  const killed = new Promise<void>((resolve) => {
    midway.fault = () => {
      midway.fault = undefined;
      resolve(stage.nodes.get("first")?.kill());
      return undefined;
    };
  });
  midway.traffic("failing");
  await killed;
  for (const lane of stage.lanes) lane.fault = undefined;
  laneOf("14-changed").replacedBy = laneOf("14-new");
  await stage.start("second");
}

describe.concurrent("a process that is killed", { timeout: 150_000 }, () => {
  it("1 killed after commit, before send: delivered once on restart", async () => {
    const lane = laneOf("1-waiting");
    lane.fault = everything({ kind: "reset", processed: false });
    await play(lane, [
      failing(lane),
      action("both wait in the outbox", () =>
        eventually("both wait in the outbox", 15_000, async () =>
          (await lane.notifications()).length === 2 ? true : undefined,
        ),
      ),
      action("kill -9, and a new process", () => (ready.get("1")?.(), restarted)),
      want(between(0, SOON), "pagerduty trigger"),
      want(between(0, SOON), "slack post"),
      delivered(lane, 2),
      quiet(3),
    ]);
  });

  it("2 killed after the receiver accepted, before marking: one PagerDuty incident, Slack reconciled", async () => {
    const lane = laneOf("2-accepted");
    lane.fault = everything({ kind: "hang", processed: true });
    await play(lane, [
      failing(lane),
      want(between(0, SOON), "pagerduty trigger"),
      want(between(0, SOON), "slack post"),
      action("kill -9, and a new process", () => (ready.get("2")?.(), restarted)),
      // PagerDuty knows it by its dedup_key, Slack is asked whether it is there.
      want(between(0, LATER), "pagerduty trigger"),
      delivered(lane, 2),
      quiet(3),
    ]);
  });

  it("3 killed mid-evaluation: no lost or double transition", async () => {
    const lane = laneOf("3-midway");
    await play(lane, [
      action("kill -9 while alerts are stored and sent, and a new process", () => restarted),
      ...lane.services.flatMap((service) => [
        want(between(0, LATER), "pagerduty trigger", `${service}-availability`),
        want(between(0, LATER), "slack post", `${service}-availability`),
      ]),
      // What was being sent is sent again, which PagerDuty recognises.
      may("pagerduty trigger"),
      delivered(lane, 10),
      quiet(3),
    ]);
  });

  it("14 key/channel changed while firing: the end goes where the beginning went", async () => {
    const [old, now] = [laneOf("14-changed"), laneOf("14-new")];
    await play(old, [
      failing(old),
      want(between(0, SOON), "pagerduty trigger"),
      want(between(0, SOON), "slack post"),
      delivered(old, 2),
      action("a new process with another key and channel", () => (ready.get("14")?.(), restarted)),
      healthy(old),
      want(between(0, LATER), "pagerduty resolve"),
      want(between(0, LATER), "slack update"),
      want(between(0, LATER), "slack reply"),
    ]);
    await play(now, [
      action("the next time", () => old.traffic("failing")),
      want(between(0, SOON), "pagerduty trigger", "14-changed"),
      want(between(0, SOON), "slack post", "14-changed"),
    ]);
    await play(old, [...old.ledger().map(({ what }) => want(between(-600, 0), what)), quiet(1)]);
  });
});

describe("the ledger of a process that was killed", () => {
  it("has a trigger for every episode, an incident for every one that fires, and nothing twice", async () => {
    expect(await judge(stage)).toEqual([]);
  });
});
