import { afterEach, expect, it } from "vitest";
import { availabilitySpec } from "../../test/acceptance/spans.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { replayAlerts, type ReplayInput } from "./replay-history.ts";
import { createReplayThread, type ReplayThread } from "./replay-thread.ts";

let thread: ReplayThread | undefined;
afterEach(() => thread?.close());

/** Two days of an event in each bucket; all of an hour fail. */
function input(): ReplayInput {
  const good = new Float64Array(2 * 8_640).fill(1);
  good.fill(0, 8_640, 9_000);
  const total = new Float64Array(good.length).fill(1);
  const [slo] = loadSpecs([{ path: "a.yaml", text: availabilitySpec("payment") }]).slos;
  const range = { startMs: 0, endMs: good.length * 10_000 };
  return { slo: slo!, parts: [{ startMs: 0, good, total }], coveredFromMs: 0, range };
}

it("finds beside the service what is found in it, again and again", async () => {
  thread = createReplayThread();
  const expected = replayAlerts(input());
  expect(expected.length).toBeGreaterThan(0);
  const found = await Promise.all([thread.replay(input()), thread.replay(input())]);
  expect(found).toEqual([expected, expected]);
  // The counts are still the caller's.
  const own = input();
  await thread.replay(own);
  expect(own.parts[0]!.total).toHaveLength(2 * 8_640);
});

it("is there anew after it went for want of work", async () => {
  thread = createReplayThread(1);
  const first = await thread.replay(input());
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await thread.replay(input())).toEqual(first);
});

it("refuses what it cannot replay, and goes on", async () => {
  thread = createReplayThread();
  await expect(thread.replay({ ...input(), parts: [] })).rejects.toThrow("a replay failed");
  expect((await thread.replay(input())).length).toBeGreaterThan(0);
});

it("lets nobody wait for ever when it is closed", async () => {
  thread = createReplayThread();
  const asked = thread.replay(input()).catch((error: unknown) => String(error));
  await thread.close();
  expect(await asked).toContain("the thread of replays is gone");
});
