import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { sampleEpisode } from "./sample-episode.ts";
import { planTelling } from "./telling.ts";
import type { Routed, Told, TellingContext, TellingPlan } from "./telling.ts";

const POLICY = { repeatIntervalMs: 3_600_000, groupIntervalMs: 0, digest: null };
const AT = timestampMs(1_750_000_000_000);
const FIRING = sampleEpisode({ state: "firing", firedAt: AT });
const RESOLVED = sampleEpisode({ state: "resolved", resolvedAt: AT, resolution: "recovered" });

const routed = (receiver: string): Routed => ({
  receiver,
  receiverType: "slack",
  address: "C1",
  policy: POLICY,
  groupKey: null,
});

const context = (changes: Partial<TellingContext> = {}): TellingContext => ({
  at: AT,
  actions: [],
  routed: () => [routed("one"), routed("two")],
  mutedBy: () => null,
  ...changes,
});

/** What the receivers were told after a plan. */
function after(told: readonly Told[], plan: TellingPlan): readonly Told[] {
  const changed = new Map(plan.changed.map((change) => [change.receiver, change]));
  return [...told.map((entry) => ({ ...entry, ...changed.get(entry.receiver) })), ...plan.added];
}

describe("planTelling", () => {
  it("triggers everyone that the episode is routed to, once", () => {
    const plan = planTelling(FIRING, [], context({ actions: ["trigger"] }));
    expect(plan.notifications).toEqual([
      { receiver: "one", action: "trigger" },
      { receiver: "two", action: "trigger" },
    ]);
    expect(planTelling(FIRING, after([], plan), context()).notifications).toEqual([]);
  });

  it("tells a firing episode that was never told, though nothing has just happened", () => {
    expect(planTelling(FIRING, [], context()).notifications).toHaveLength(2);
  });

  it("tells nobody of a breach that is not due yet", () => {
    expect(planTelling(sampleEpisode({ state: "pending" }), [], context()).added).toEqual([]);
  });

  it("tells a muted receiver nothing, and begins when the silence ends", () => {
    const muted = planTelling(FIRING, [], context({ mutedBy: () => "silence:1" }));
    expect(muted.notifications).toEqual([]);
    const told = after([], muted);
    expect(planTelling(FIRING, told, context()).notifications).toHaveLength(2);
    const ended = planTelling(RESOLVED, told, context({ actions: ["resolve"] }));
    expect(ended.notifications).toEqual([]);
  });

  it("sends the resolve of what was told though a silence began meanwhile", () => {
    let told = after([], planTelling(FIRING, [], context()));
    told = after(told, planTelling(FIRING, told, context({ mutedBy: () => "silence:1" })));
    expect(told.map(({ mutedBy }) => mutedBy)).toEqual(["silence:1", "silence:1"]);
    const update = context({ actions: ["update"], mutedBy: () => "silence:1" });
    expect(planTelling(FIRING, told, update).notifications).toEqual([]);
    const end = context({ actions: ["resolve"], mutedBy: () => "silence:1" });
    expect(planTelling(RESOLVED, told, end).notifications.map(({ action }) => action)).toEqual([
      "resolve",
      "resolve",
    ]);
  });

  it("reminds when a silence ends while it fires", () => {
    let told = after([], planTelling(FIRING, [], context()));
    told = after(told, planTelling(FIRING, told, context({ mutedBy: () => "silence:1" })));
    expect(planTelling(FIRING, told, context()).notifications[0]?.action).toBe("remind");
  });

  it("reminds after the interval unless a person took it on", () => {
    const told = after([], planTelling(FIRING, [], context()));
    const later = context({ at: timestampMs(AT + 3_600_000) });
    expect(planTelling(FIRING, told, later).notifications[0]?.action).toBe("remind");
    const taken = sampleEpisode({ state: "firing", acknowledgedAt: AT, acknowledgedBy: "slack:U1" });
    expect(planTelling(taken, told, later).notifications).toEqual([]);
  });

  it("whatever happens, each receiver hears begin and end alternately, and the end of what it heard begin", () => {
    const step = fc.record({
      action: fc.constantFrom(undefined, "update" as const, "acknowledge" as const),
      muted: fc.boolean(),
      minutes: fc.integer({ min: 0, max: 120 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.boolean(), (steps, mutedAtEnd) => {
        let told: readonly Told[] = [];
        let at: number = AT;
        const heard: string[] = [];
        const apply = (plan: TellingPlan): void => {
          told = after(told, plan);
          for (const { receiver, action } of plan.notifications) if (receiver === "one") heard.push(action);
        };
        for (const { action, muted, minutes } of steps) {
          at += minutes * 60_000;
          const now = context({
            at: timestampMs(at),
            actions: action === undefined ? [] : [action],
            mutedBy: () => (muted ? "silence:1" : null),
          });
          apply(planTelling(FIRING, told, now));
          expect(planTelling(FIRING, told, { ...now, actions: [] }).notifications).toEqual([]);
        }
        const end = context({
          at: timestampMs(at),
          actions: ["resolve"],
          mutedBy: () => (mutedAtEnd ? "silence:1" : null),
        });
        apply(planTelling(RESOLVED, told, end));
        expect(heard.filter((action) => action === "trigger").length).toBeLessThanOrEqual(1);
        expect(heard.includes("resolve")).toBe(heard.includes("trigger"));
        expect(heard.indexOf("resolve")).toBe(heard.includes("resolve") ? heard.length - 1 : -1);
      }),
    );
  });
});
