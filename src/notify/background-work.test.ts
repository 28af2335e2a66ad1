import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../self/log.ts";
import { createBackgroundWork } from "./background-work.ts";

const away = () => Promise.reject(new Error("the store is away"));

describe("work that nobody waits for", () => {
  it("is tried again until it is done", async () => {
    let tries = 0;
    const work = createBackgroundWork({ log: SILENT_LOG, firstWaitMs: 1 });
    const done = work.run("test", () => {
      tries += 1;
      return tries < 4 ? away() : Promise.resolve("done");
    });
    expect(await done).toBe("done");
    expect(tries).toBe(4);
  });

  it("is given up after a time, and never rejects", async () => {
    const work = createBackgroundWork({ log: SILENT_LOG, firstWaitMs: 1, patienceMs: 20 });
    expect(await work.run("test", away)).toBeUndefined();
  });

  it("is waited for at the stop, which cuts waits short", async () => {
    const work = createBackgroundWork({ log: SILENT_LOG, firstWaitMs: 60_000 });
    let tries = 0;
    const done = work.run("test", () => {
      tries += 1;
      return away();
    });
    await Promise.resolve();
    await work.stop();
    expect(await done).toBeUndefined();
    expect(tries).toBe(2);
  });
});
