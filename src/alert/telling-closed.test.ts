import { describe, expect, it } from "vitest";
import { timestampMs } from "../model/time.ts";
import { sampleEpisode } from "./sample-episode.ts";
import { planTelling, type Told } from "./telling.ts";

const MINUTE = 60_000;
const T0 = sampleEpisode().startedAt;
const at = (minutes: number) => timestampMs(T0 + minutes * MINUTE);
const POLICY = { repeatIntervalMs: 5 * MINUTE, groupIntervalMs: 0, digest: null };
const told = (receiver: string, changes: Partial<Told> = {}): Told => ({
  receiver,
  policy: POLICY,
  mutedBy: null,
  toldState: "firing",
  toldAt: at(0),
  ...changes,
});
const closed = told("pagerduty", { closedAt: at(10) });
const plan = (minutes: number, entries: readonly Told[], changes: object = {}) =>
  planTelling(sampleEpisode(), entries, {
    at: at(minutes),
    actions: [],
    routed: () => [],
    mutedBy: () => null,
    rePageAfterMs: 15 * MINUTE,
    ...changes,
  });

describe("an incident that was resolved by hand", () => {
  it("is opened again by nothing but a trigger at its time, which others see", () => {
    const entries = [closed, told("slack", { policy: { ...POLICY, repeatIntervalMs: null } })];
    expect(plan(24.9, entries).notifications).toEqual([]);
    expect(plan(20, [closed], { actions: ["update"] }).notifications).toEqual([]);
    expect(plan(20, [{ ...closed, mutedBy: "silence:1" }]).notifications).toEqual([]);
    const due = plan(25, entries);
    expect(due.notifications).toEqual([
      { receiver: "pagerduty", action: "trigger" },
      { receiver: "slack", action: "note" },
    ]);
    expect(due.changed).toEqual([
      { receiver: "pagerduty", mutedBy: null, toldState: "firing", toldAt: at(25), closedAt: null },
    ]);
  });

  it("is not opened again while it is muted, nor where that is off", () => {
    expect(plan(30, [closed], { mutedBy: () => "maintenance:1" }).notifications).toEqual([]);
    expect(plan(90, [closed], { rePageAfterMs: undefined }).notifications).toEqual([]);
  });
});

describe("a silence that begins", () => {
  it("shows in messages once, and swallows reminders", () => {
    const silenced = { mutedBy: () => "silence:1" };
    expect(plan(6, [told("slack")], silenced).notifications).toEqual([{ receiver: "slack", action: "note" }]);
    expect(plan(7, [told("slack", { mutedBy: "silence:1" })], silenced).notifications).toEqual([]);
    expect(plan(6, [told("slack", { toldState: null })], silenced).notifications).toEqual([]);
    expect(plan(6, [told("slack")], { mutedBy: () => "inhibited:1" }).notifications).toEqual([]);
  });
});
