import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import type { Episode, NotificationAction } from "./episode.ts";
import { episodeDetails, episodeSummary, nextStep } from "./episode-text.ts";
import type { SelfProblem } from "./self-problem.ts";
import { SELF_CALM_MS, SELF_HOLD_MS, SELF_STALE_MS, selfTransition } from "./self-transition.ts";

const START = 1_750_000_000_000;
const PROBLEM: SelfProblem = {
  key: "disk/filling",
  severity: "warning",
  summary: "the disk is nearly full",
  detail: "Make room in /data.",
  path: "/metrics",
};

/** Follows one alert as the loop does, through a store that knows JSON alone. */
function createRun() {
  let episode: Episode | undefined;
  let ids = 0;
  const told: (readonly [second: number, NotificationAction])[] = [];
  return {
    told,
    episode: () => episode,
    at(second: number, problem: SelfProblem | undefined, observer = "a"): string {
      const at = timestampMs(START + second * 1_000);
      const result = selfTransition(episode, problem, { observer, at, newId: () => `id-${(ids += 1)}` });
      if (result.kind === "changed") {
        expect(result.episode.version).toBe((episode?.id === result.episode.id ? episode.version : 0) + 1);
        told.push(...result.actions.map((action) => [second, action] as const));
        const isOver = result.episode.state === "resolved";
        episode = isOver ? undefined : (JSON.parse(JSON.stringify(result.episode)) as Episode);
      }
      if (result.kind === "dropped") episode = undefined;
      return result.kind;
    },
  };
}

describe("a problem of Noroshi itself", () => {
  it("is told when it has lasted for a minute, and its end when it has been gone for one", () => {
    const run = createRun();
    for (let second = 0; second <= 300; second += 5) run.at(second, second < 200 ? PROBLEM : undefined);
    expect(run.told).toEqual([
      [60, "trigger"],
      [260, "resolve"],
    ]);
  });

  it("is told at once where it says so", () => {
    const run = createRun();
    run.at(0, { ...PROBLEM, immediate: true });
    expect(run.told).toEqual([[0, "trigger"]]);
  });

  it("that ends within its minute is forgotten without a word", () => {
    const run = createRun();
    run.at(0, PROBLEM);
    expect(run.at(30, undefined)).toBe("dropped");
    run.at(40, PROBLEM);
    run.at(95, PROBLEM);
    expect(run.told).toEqual([]);
  });

  it("that comes back before its end was told is still the same episode", () => {
    const run = createRun();
    for (let second = 0; second <= 400; second += 5) {
      run.at(second, second % 50 < 30 || second < 60 ? PROBLEM : undefined);
    }
    expect(run.told).toEqual([[60, "trigger"]]);
  });

  it("shows its newest words while it lasts, and tells them at the end", () => {
    const run = createRun();
    run.at(0, { ...PROBLEM, immediate: true });
    run.at(61, { ...PROBLEM, summary: "the disk is full" });
    expect(run.episode()?.facts.self?.summary).toBe("the disk is full");
    expect(run.told).toHaveLength(1);
  });

  it("is left to the process that sees it, until that one has been silent for three minutes", () => {
    const run = createRun();
    run.at(0, { ...PROBLEM, immediate: true }, "a");
    run.at(100, undefined, "b");
    run.at(170, undefined, "b");
    expect(run.episode()?.state).toBe("firing");
    run.at(SELF_STALE_MS / 1_000, undefined, "b");
    run.at((SELF_STALE_MS + SELF_CALM_MS) / 1_000, undefined, "b");
    expect(run.told.map(([, action]) => action)).toEqual(["trigger", "resolve"]);
  });

  it("does not fire for the time in which nobody looked", () => {
    const run = createRun();
    run.at(0, PROBLEM);
    run.at(3_600, PROBLEM);
    expect(run.told).toEqual([]);
    run.at(3_660, PROBLEM);
    expect(run.told).toEqual([[3_660, "trigger"]]);
  });
});

describe("whatever happens", () => {
  const steps = fc.array(
    fc.record({
      // Mostly forward; sometimes the clock steps back.
      seconds: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 100 }) },
        { weight: 1, arbitrary: fc.integer({ min: -300, max: -1 }) },
      ),
      there: fc.boolean(),
    }),
    { maxLength: 80 },
  );

  it("tells begin and end in turn, the begin only of what lasted, the end only of what was gone for long", () => {
    fc.assert(
      fc.property(steps, (script) => {
        const run = createRun();
        let second = 0;
        let last: { readonly there: boolean; readonly since: number } = { there: false, since: 0 };
        for (const step of script) {
          second += step.seconds;
          const since = step.there === last.there ? Math.min(last.since, second) : second;
          last = { there: step.there, since };
          const before = run.told.length;
          run.at(second, step.there ? PROBLEM : undefined);
          const action = run.told[before]?.[1];
          expect(run.told.length - before).toBeLessThanOrEqual(1);
          if (action === "trigger") {
            expect(step.there).toBe(true);
            expect((second - since) * 1_000).toBeGreaterThanOrEqual(SELF_HOLD_MS);
          }
          if (action === "resolve") {
            expect(step.there).toBe(false);
            expect((second - since) * 1_000).toBeGreaterThanOrEqual(SELF_CALM_MS);
          }
        }
        run.told.forEach(([, action], index) => expect(action).toBe(index % 2 === 0 ? "trigger" : "resolve"));
      }),
    );
  });
});

describe("its words", () => {
  it("are what is wrong and what to do, without burns and budgets", () => {
    const run = createRun();
    run.at(0, { ...PROBLEM, immediate: true });
    const { facts } = run.episode()!;
    const news = { action: "trigger", facts, startedAtMs: START, atMs: START, resolution: null } as const;
    expect(episodeSummary(news)).toBe("Noroshi: the disk is nearly full");
    expect(episodeDetails(news)).toEqual([{ name: "Since", value: "2025-06-15 15:06:40 UTC" }]);
    expect(nextStep(news)).toBe("Make room in /data.");
    const over = { ...news, action: "resolve", atMs: START + 720_000, resolution: "recovered" } as const;
    expect(episodeSummary(over)).toBe("Noroshi: over after 12 min: the disk is nearly full");
    expect(nextStep(over)).toBeUndefined();
  });
});
