import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "../model/time.ts";
import { exampleSlo, HOUR, until, world } from "./evaluator-stand.ts";

const RULE = { episodes: 2, withinMs: 3 * HOUR, holdMs: 90 * MINUTE_MS };

describe("an alert that flaps", () => {
  it.each([
    ["while the evaluator runs", false],
    ["over a restart between", true],
  ])("is held open %s", async (_when, isRestarted) => {
    const w = world();
    let evaluator = w.start(RULE);
    const run = (): void => {
      evaluator.setSlos({ slos: [exampleSlo("payment", "i1")], complete: true });
      evaluator.start();
    };
    run();
    /** Requests of a minute, judged. */
    const minute = async (bad: number): Promise<void> => {
      w.advance(MINUTE_MS);
      w.send("i1", 1_000 - bad, bad);
      const at = w.at();
      evaluator.kick();
      await until(() => evaluator.latest()?.at === at);
    };
    const page = () => w.stored.filter(({ episode }) => episode.severity === "critical").at(-1)?.episode;
    const minutesUntilOver = async (): Promise<number> => {
      for (let minutes = 1; ; minutes += 1) {
        await minute(0);
        if (page()?.state === "resolved") return minutes;
        expect(minutes).toBeLessThan(120);
      }
    };
    await minute(500);
    expect(page()).toMatchObject({ state: "firing" });
    expect(page()!.facts.flapping).toBeUndefined();
    const first = await minutesUntilOver();
    if (isRestarted) {
      await evaluator.stop();
      evaluator = w.start(RULE);
      run();
    }
    await minute(500);
    expect(page()!.facts.flapping).toEqual({ times: 2, withinMs: RULE.withinMs, holdMs: RULE.holdMs });
    const second = await minutesUntilOver();
    expect(first).toBeLessThan(60);
    expect(second).toBeGreaterThanOrEqual(90);
    await evaluator.stop();
  });
});
