import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMs, HOUR_MS, MINUTE_MS, timestampMs } from "../model/time.ts";
import type { Slo } from "../slo/slo.ts";
import type { AlertVerdict, BudgetStatus } from "../slo/verdict.ts";
import type { Episode, NotificationAction } from "./episode.ts";
import { flappingAt, type FlapRule } from "./flapping.ts";
import { transition } from "./transition.ts";

const RULE: FlapRule = { episodes: 3, withinMs: HOUR_MS, holdMs: 30 * MINUTE_MS };
const START = 1_750_000_000_000;
const RESOLVE_AFTER_MINUTES = 5;

const slo = {
  name: "payment",
  displayName: "Payment",
  description: "",
  service: "payment",
  target: 0.999,
  window: { kind: "rolling", ms: durationMs(30 * 86_400_000) },
  method: { kind: "occurrences" },
  labels: {},
  windowMs: durationMs(30 * 86_400_000),
} as unknown as Slo;
const counts = { good: 90, total: 100 };
const budget: BudgetStatus = {
  counts,
  sli: 0.9,
  remainingRatio: 0.5,
  remainingEvents: 1,
  exhaustedInMs: undefined,
};

function verdict(isBurning: boolean): AlertVerdict {
  const tier = {
    name: "page",
    longWindowMs: durationMs(HOUR_MS),
    shortWindowMs: durationMs(5 * MINUTE_MS),
    burnThreshold: 10,
    operator: "gt",
    alertAfterMs: durationMs(0),
    resolveAfterMs: durationMs(RESOLVE_AFTER_MINUTES * MINUTE_MS),
  } as const;
  const burn = { windowMs: HOUR_MS, counts, burnRate: isBurning ? 20 : 1 };
  return {
    definition: { key: "critical", severity: "critical", tiers: [tier] },
    tiers: [{ tier, long: burn, short: burn, breaching: isBurning, calm: !isBurning }],
  };
}

/** Plays minutes of burning and calm; the episodes are those of a store, from which what is recent is read anew each minute. */
function play(minutes: readonly boolean[], rule: FlapRule | undefined) {
  const stored = new Map<string, Episode>();
  const told: (readonly [minute: number, NotificationAction])[] = [];
  for (const [minute, isBurning] of minutes.entries()) {
    const at = timestampMs(START + minute * MINUTE_MS);
    const open = [...stored.values()].find(({ state }) => state !== "resolved");
    const firedAt = [...stored.values()].flatMap((episode) => episode.firedAt ?? []);
    const flaps = rule && { rule, firedAt: firedAt.filter((ms) => ms >= at - rule.withinMs) };
    const newId = () => `episode-${stored.size + 1}`;
    const change = transition(open, verdict(isBurning), { slo, budget, at, newId, flaps });
    if (change.kind === "dropped") stored.delete(change.episode.id);
    if (change.kind !== "changed") continue;
    stored.set(change.episode.id, change.episode);
    told.push(...change.actions.map((action) => [minute, action] as const));
  }
  return { told, episodes: [...stored.values()] };
}

const bursts = (...minutes: readonly (readonly [burning: number, calm: number])[]) =>
  minutes.flatMap(([burning, calm]) => [
    ...Array.from({ length: burning }, () => true),
    ...Array.from({ length: calm }, () => false),
  ]);

describe("flappingAt", () => {
  it("counts this time and those within the hour before", () => {
    const at = timestampMs(START);
    const flaps = (...agoMinutes: number[]) =>
      flappingAt({ rule: RULE, firedAt: agoMinutes.map((ago) => START - ago * MINUTE_MS) }, at)?.times;
    expect(flaps(10)).toBeUndefined();
    expect(flaps(10, 59)).toBe(3);
    expect(flaps(10, 60)).toBeUndefined();
    expect(flaps(1, 2, 3)).toBe(4);
  });
});

describe("transition of an alert that flaps", () => {
  it("holds the third episode within an hour open through further dips, and tells people once", () => {
    const minutes = bursts([2, 8], [2, 8], [2, 8], [2, 8], [2, 8], [2, 40]);
    expect(play(minutes, undefined).told.filter(([, action]) => action === "trigger")).toHaveLength(6);
    const held = play(minutes, RULE);
    expect(held.told.map(([, action]) => action)).toEqual([
      "trigger",
      "resolve",
      "trigger",
      "resolve",
      "trigger",
      "resolve",
    ]);
    expect(held.told.at(-1)![0]).toBe(52 + 30);
    expect(held.episodes[1]!.facts.flapping).toBeUndefined();
    expect(held.episodes[2]!.facts.flapping).toEqual({ times: 3, withinMs: HOUR_MS, holdMs: RULE.holdMs });
  });

  it("forgets it when it has been quiet for long enough", () => {
    const minutes = bursts([2, 8], [2, 8], [2, 60], [2, 10]);
    const { episodes } = play(minutes, RULE);
    expect(episodes.map(({ facts }) => facts.flapping?.times)).toEqual([undefined, undefined, 3, undefined]);
  });

  it("never tells more, opens at the same first time, and closes only after a calm as long as it says", () => {
    const minute = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 40 })), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(minute, (stretches) => {
        const minutes = bursts(...stretches);
        const free = play(minutes, undefined);
        const held = play(minutes, RULE);
        expect(held.told.length).toBeLessThanOrEqual(free.told.length);
        expect(held.told[0]).toEqual(free.told[0]);
        for (const [index, [, action]] of held.told.entries())
          expect(action).toBe(index % 2 === 0 ? "trigger" : "resolve");
        for (const episode of held.episodes.filter(({ state }) => state === "resolved")) {
          const closed = (episode.resolvedAt! - START) / MINUTE_MS;
          const needed = (episode.facts.flapping?.holdMs ?? RESOLVE_AFTER_MINUTES * MINUTE_MS) / MINUTE_MS;
          expect(minutes.slice(closed - needed, closed + 1)).not.toContain(true);
        }
      }),
    );
  });
});
