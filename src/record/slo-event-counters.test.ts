import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { labelValue } from "../model/labels.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { fakeSlo } from "./fake-slos.ts";
import { createSloEventCounters } from "./slo-event-counters.ts";
import type { SloEventPorts, StoredSample } from "./slo-event-counters.ts";

const T0 = Math.floor(1_800_000_000_000 / DAY_MS) * DAY_MS + 5 * HOUR_MS;

/** Counts as the store has them, and the samples that were told. */
function createWorld() {
  const buckets: { indicator: string; atMs: number; good: number; total: number }[] = [];
  let stored: StoredSample[] = [];
  let isAway = false;
  const ports: SloEventPorts = {
    readCounts: (ids, fromMs, toMs) => {
      if (isAway) return Promise.reject(new Error("the store is away"));
      const sums = new Map<string, SliCounts>();
      for (const { indicator, atMs, good, total } of buckets) {
        if (!ids.includes(indicator) || atMs < fromMs || atMs >= toMs) continue;
        const sum = sums.get(indicator) ?? { good: 0, total: 0 };
        sums.set(indicator, { good: sum.good + good, total: sum.total + total });
      }
      return Promise.resolve(sums);
    },
    readNewest: (_, fromMs) => Promise.resolve(stored.filter(({ timeMs }) => timeMs >= fromMs)),
  };
  let counters = createSloEventCounters(ports);
  return {
    buckets,
    add: (atMs: number, good: number, bad: number, indicator = fakeSlo().indicator.id) =>
      void buckets.push({ indicator, atMs: Math.floor(atMs / 10_000) * 10_000, good, total: good + bad }),
    forgetBefore: (atMs: number) =>
      void buckets.splice(0, buckets.length, ...buckets.filter((one) => one.atMs >= atMs)),
    setAway: (away: boolean) => (isAway = away),
    restart: () => (counters = createSloEventCounters(ports)),
    tell: async (atMs: number, slos = [fakeSlo()]) => {
      const samples = await counters.samples(slos, atMs);
      stored = [
        ...stored.filter(({ labels }) => !samples.some((one) => one.labels.join() === labels.join())),
        ...samples.map((sample) => ({ ...sample, timeMs: atMs })),
      ];
      const of = (outcome: string) =>
        samples.find(({ labels }) => labelValue(labels, "outcome") === outcome)?.value;
      return [of("good"), of("bad")];
    },
  };
}

describe("noroshi_slo_events_total", () => {
  it("counts good and bad events, late ones as well", async () => {
    const world = createWorld();
    await world.tell(T0 - 2 * HOUR_MS);
    world.add(T0 - HOUR_MS, 5, 1);
    expect(await world.tell(T0)).toEqual([5, 1]);
    world.add(T0 + 1_000, 10, 2);
    world.add(T0 - HOUR_MS, 1, 0);
    expect(await world.tell(T0 + MINUTE_MS)).toEqual([16, 3]);
  });

  it("begins at zero, whatever is counted for the time before", async () => {
    const world = createWorld();
    world.add(T0 - HOUR_MS, 5, 1);
    expect(await world.tell(T0)).toEqual([0, 0]);
    world.add(T0 - 2 * HOUR_MS, 5_000, 1_000);
    world.add(T0, 1, 0);
    expect(await world.tell(T0 + MINUTE_MS)).toEqual([1, 0]);
  });

  it("waits for a bucket to be over", async () => {
    const world = createWorld();
    await world.tell(T0);
    world.add(T0 + MINUTE_MS, 1, 1);
    expect(await world.tell(T0 + MINUTE_MS + 5_000)).toEqual([0, 0]);
    expect(await world.tell(T0 + 2 * MINUTE_MS)).toEqual([1, 1]);
  });

  it("never falls: not by corrections, and not when old counts are deleted", async () => {
    const world = createWorld();
    await world.tell(T0 - 2 * HOUR_MS);
    world.add(T0 - HOUR_MS, 5, 5);
    expect(await world.tell(T0)).toEqual([5, 5]);
    world.add(T0 - HOUR_MS, -5, -5);
    expect(await world.tell(T0 + MINUTE_MS)).toEqual([5, 5]);
    world.add(T0 + HOUR_MS, 7, 7);
    expect(await world.tell(T0 + 2 * HOUR_MS)).toEqual([7, 7]);
    for (let day = 1; day < 10; day += 1) {
      world.add(T0 + day * DAY_MS, 1, 0);
      expect(await world.tell(T0 + day * DAY_MS + MINUTE_MS)).toEqual([7 + day, 7]);
      world.forgetBefore(T0 + (day - 3) * DAY_MS);
    }
  });

  it("goes on after a restart, with what came in between", async () => {
    const world = createWorld();
    await world.tell(T0 - 2 * HOUR_MS);
    world.add(T0 - HOUR_MS, 5, 5);
    await world.tell(T0);
    world.restart();
    world.add(T0 + 30_000, 1, 2);
    expect(await world.tell(T0 + MINUTE_MS)).toEqual([6, 7]);
    for (let day = 1; day < 6; day += 1) await world.tell(T0 + day * DAY_MS);
    world.add(T0 + 5 * DAY_MS, 1, 1);
    world.forgetBefore(T0 + DAY_MS);
    world.restart();
    world.add(T0 + 8 * DAY_MS, 1, 1);
    expect(await world.tell(T0 + 9 * DAY_MS)).toEqual([8, 9]);
  });

  it("goes on where it was when an SLO comes back, and when its indicator changes", async () => {
    const world = createWorld();
    await world.tell(T0 - 2 * HOUR_MS);
    world.add(T0 - HOUR_MS, 5, 5);
    await world.tell(T0);
    expect(await world.tell(T0 + MINUTE_MS, [])).toEqual([undefined, undefined]);
    world.add(T0 + MINUTE_MS, 1, 0);
    expect(await world.tell(T0 + 2 * MINUTE_MS)).toEqual([6, 5]);
    const changed = fakeSlo({ indicator: { ...fakeSlo().indicator, id: "fedcba9876543210" } });
    world.add(T0 - MINUTE_MS, 100, 100, "fedcba9876543210");
    expect(await world.tell(T0 + 3 * MINUTE_MS, [changed])).toEqual([6, 5]);
    world.add(T0 + 3 * MINUTE_MS, 1, 1, "fedcba9876543210");
    expect(await world.tell(T0 + 4 * MINUTE_MS, [changed])).toEqual([7, 6]);
  });

  it("misses nothing when the store was away", async () => {
    const world = createWorld();
    await world.tell(T0);
    world.setAway(true);
    world.add(T0, 3, 0);
    await expect(world.tell(T0 + MINUTE_MS)).rejects.toThrow("away");
    world.setAway(false);
    expect(await world.tell(T0 + 2 * MINUTE_MS)).toEqual([3, 0]);
  });

  it("is monotone, and exact where nothing is corrected, over restarts and silences", async () => {
    const step = fc.record({
      afterMs: fc.constantFrom(MINUTE_MS, HOUR_MS, 7 * HOUR_MS, 3 * DAY_MS),
      good: fc.nat(5),
      bad: fc.nat(5),
      restarts: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const world = createWorld();
        await world.tell(T0);
        let atMs = T0;
        let expected = [0, 0];
        for (const { afterMs, good, bad, restarts } of steps) {
          world.add(atMs + 20_000, good, bad);
          atMs += afterMs;
          expected = [expected[0]! + good, expected[1]! + bad];
          if (restarts) world.restart();
          expect(await world.tell(atMs)).toEqual(expected);
        }
      }),
    );
  });
});
