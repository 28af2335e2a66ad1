import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLaneQueue, createSharedPermits } from "./lane-queue.ts";

const SLOT = ["a"];

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe("a lane", () => {
  it("runs in the order of arrival and never more at once than it has slots, whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ ticks: fc.nat(4), fails: fc.boolean() }), { maxLength: 20 }),
        async (slots, tasks) => {
          const lane = createLaneQueue({ name: "test", slots: [...Array(slots).keys()], maxQueued: 100 });
          const started: number[] = [];
          let running = 0;
          let most = 0;
          const results = await Promise.allSettled(
            tasks.map(({ ticks, fails }, index) =>
              lane.run(async () => {
                started.push(index);
                running += 1;
                most = Math.max(most, running);
                for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
                running -= 1;
                if (fails) throw new Error("planned");
                return index;
              }),
            ),
          );
          expect(started).toEqual(tasks.map((_, index) => index));
          expect(most).toBeLessThanOrEqual(slots);
          expect(results.map((result) => result.status === "rejected")).toEqual(
            tasks.map((task) => task.fails),
          );
        },
      ),
    );
  });

  it("refuses the statement that finds the queue full, and takes one again when there is room", async () => {
    const lane = createLaneQueue({ name: "read", slots: SLOT, maxQueued: 1 });
    const gate = deferred();
    const first = lane.run(() => gate.promise);
    const second = lane.run(async () => {});
    await expect(lane.run(async () => {})).rejects.toMatchObject({ kind: "overloaded" });
    gate.resolve();
    await Promise.all([first, second]);
    expect(await lane.run(async () => "taken")).toBe("taken");
  });

  it("forgets a waiting statement whose caller gave up", async () => {
    const lane = createLaneQueue({ name: "read", slots: SLOT, maxQueued: 1 });
    const gate = deferred();
    const first = lane.run(() => gate.promise);
    const abort = new AbortController();
    let ran = false;
    const second = lane.run(async () => (ran = true), abort.signal);
    abort.abort();
    await expect(second).rejects.toMatchObject({ kind: "aborted" });
    const third = lane.run(async () => "third");
    gate.resolve();
    expect(await third).toBe("third");
    await first;
    expect(ran).toBe(false);
    await expect(lane.run(async () => {}, AbortSignal.abort())).rejects.toMatchObject({ kind: "aborted" });
  });

  it("ends what runs, refuses what waits and what comes, when it closes", async () => {
    const lane = createLaneQueue({ name: "read", slots: SLOT, maxQueued: 5 });
    const gate = deferred();
    let ended = false;
    const running = lane.run(async () => {
      await gate.promise;
      ended = true;
    });
    const waiting = lane.run(async () => {});
    const closing = lane.close();
    await expect(waiting).rejects.toMatchObject({ kind: "unavailable" });
    await expect(lane.run(async () => {})).rejects.toMatchObject({ kind: "unavailable" });
    gate.resolve();
    await closing;
    expect(ended).toBe(true);
    await running;
  });
});

describe("lanes that share permits", () => {
  it("run no more together than there are permits, and one lane cannot keep the other out", async () => {
    const permits = createSharedPermits(1);
    const reads = createLaneQueue({ name: "read", slots: ["a", "b"], maxQueued: 50, permits });
    const background = createLaneQueue({ name: "background", slots: SLOT, maxQueued: 50, permits });
    const order: string[] = [];
    let running = 0;
    const task = (name: string) => async (): Promise<void> => {
      running += 1;
      expect(running).toBe(1);
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
    };
    const all = [1, 2, 3, 4].map((n) => reads.run(task(`read ${n}`)));
    all.push(background.run(task("background")));
    await Promise.all(all);
    expect(order).toEqual(["read 1", "background", "read 2", "read 3", "read 4"]);
  });
});
