import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { timestampMs } from "../model/time.ts";
import {
  decideHandling,
  HANDLING_KINDS,
  type HandlingKind,
  type HandlingRequest,
  type HandlingSoFar,
  type RemoteIncident,
} from "./handling.ts";
import { sampleEpisode } from "./sample-episode.ts";

const T0 = sampleEpisode().startedAt;
const at = (minutes: number) => timestampMs(T0 + minutes * 60_000);
const NOTHING: HandlingSoFar = { acknowledgementChangedAt: null, remote: null, closedAt: null };
const incident = (minutes: number, state: RemoteIncident["state"]): RemoteIncident => ({
  state,
  by: "Bob",
  at: at(minutes),
  assignees: ["Bob"],
  url: "https://pd.example/1",
});
const byBob = (kind: HandlingKind, minutes: number, assignees = ["Bob"]): HandlingRequest => ({
  kind,
  actor: "pagerduty:Bob",
  at: at(minutes),
  remote: { by: "Bob", assignees, url: "https://pd.example/1" },
});
const byAlice = (kind: HandlingKind, minutes: number): HandlingRequest => ({
  kind,
  actor: "slack:alice",
  at: at(minutes),
});
const taken = sampleEpisode({ acknowledgedAt: at(2), acknowledgedBy: "slack:alice" });

describe("what people do to an episode", () => {
  it("is taken on by one, and receivers are told", () => {
    const decision = decideHandling(sampleEpisode(), byAlice("acknowledge", 2), NOTHING, at(2));
    expect(decision).toMatchObject({
      kind: "changed",
      action: "acknowledge",
      episode: { acknowledgedBy: "slack:alice", acknowledgedAt: at(2), version: 2 },
    });
    expect(decideHandling(taken, byBob("acknowledge", 3), NOTHING, at(3))).toMatchObject({
      kind: "refused",
      reason: "same",
      remote: { state: "acknowledged", at: at(3) },
    });
  });

  it("changes nothing of an episode that is over, or has not fired", () => {
    for (const kind of HANDLING_KINDS) {
      const over = sampleEpisode({ state: "resolved", resolvedAt: at(9) });
      expect(decideHandling(over, byBob(kind, 5), NOTHING, at(10))).toEqual({
        kind: "refused",
        reason: "closed",
      });
      const early = sampleEpisode({ state: "pending", firedAt: null });
      expect(decideHandling(early, byBob(kind, 5), NOTHING, at(10))).toMatchObject({ reason: "pending" });
    }
  });

  it("goes by when it was done, not by when it is heard of", () => {
    const known = { ...NOTHING, remote: incident(5, "resolved"), closedAt: at(5) };
    expect(decideHandling(sampleEpisode(), byBob("acknowledge", 4), known, at(6))).toEqual({
      kind: "refused",
      reason: "stale",
    });
    const given = { ...NOTHING, acknowledgementChangedAt: at(5) };
    expect(decideHandling(sampleEpisode(), byBob("acknowledge", 4), given, at(6))).toMatchObject({
      reason: "stale",
    });
    expect(decideHandling(taken, byBob("unacknowledge", 1), given, at(6))).toMatchObject({ reason: "stale" });
  });

  it("closing the incident by hand leaves the episode open, with nobody on it", () => {
    expect(decideHandling(taken, byBob("close", 4), NOTHING, at(5))).toMatchObject({
      kind: "changed",
      action: "note",
      closedAt: at(4),
      remote: { state: "resolved", by: "Bob" },
      episode: { state: "firing", acknowledgedAt: null, acknowledgedBy: null },
    });
  });

  it("an incident that is paged again can be closed again", () => {
    const again = { ...NOTHING, remote: incident(4, "resolved"), closedAt: null };
    expect(decideHandling(sampleEpisode(), byBob("close", 4), again, at(20))).toMatchObject({
      reason: "same",
    });
    expect(decideHandling(sampleEpisode(), byBob("close", 22), again, at(23))).toMatchObject({
      kind: "changed",
      closedAt: at(22),
    });
  });

  it("a clock ahead of ours does not put off the next page", () => {
    expect(decideHandling(sampleEpisode(), byBob("close", 9), NOTHING, at(5))).toMatchObject({
      closedAt: at(5),
      remote: { at: at(9) },
    });
  });

  it("an incident that somebody reopens, or takes on, is not closed any more", () => {
    const known = { ...NOTHING, remote: incident(4, "resolved"), closedAt: at(4) };
    for (const kind of ["reopen", "acknowledge", "unacknowledge"] as const) {
      expect(decideHandling(sampleEpisode(), byBob(kind, 6), known, at(6))).toMatchObject({ closedAt: null });
    }
  });

  it("says who is to look after it when that changes", () => {
    const known = { ...NOTHING, remote: incident(1, "triggered") };
    expect(decideHandling(sampleEpisode(), byBob("assign", 2, ["Carol"]), known, at(2))).toMatchObject({
      kind: "changed",
      action: "note",
      remote: { state: "triggered", assignees: ["Carol"] },
    });
    expect(decideHandling(sampleEpisode(), byBob("assign", 2, ["Bob"]), known, at(2))).toMatchObject({
      reason: "same",
    });
  });

  it("webhooks leave the same state behind in any order, where their times differ", () => {
    const event = fc.record({
      kind: fc.constantFrom(...HANDLING_KINDS.filter((kind) => kind !== "assign")),
      minutes: fc.integer({ min: 1, max: 50 }),
    });
    const events = fc.uniqueArray(event, { selector: ({ minutes }) => minutes, maxLength: 6 });
    const run = (list: readonly { kind: HandlingKind; minutes: number }[]) => {
      let remote: RemoteIncident | null = null;
      for (const { kind, minutes } of list) {
        const known: HandlingSoFar = { ...NOTHING, remote };
        remote = decideHandling(sampleEpisode(), byBob(kind, minutes), known, at(60)).remote ?? remote;
      }
      return remote;
    };
    fc.assert(
      fc.property(events, fc.infiniteStream(fc.nat()), (list, order) => {
        const shuffled = list
          .map((one) => ({ one, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(run(shuffled)).toEqual(run(list));
      }),
    );
  });
});
