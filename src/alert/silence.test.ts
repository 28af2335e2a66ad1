import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, timestampMs } from "../model/time.ts";
import { alertLabels } from "./alert-labels.ts";
import { matchesAll } from "./label-matcher.ts";
import { sampleEpisode } from "./sample-episode.ts";
import { sampleSilence } from "./sample-silence.ts";
import { matchersOf, silenceFaults, silenceState, silencing, type Silence } from "./silence.ts";

const AT = 1_750_000_000_000;

const silence = sampleSilence;
const PAYMENT = { service: "payment", severity: "critical" };

describe("silencing", () => {
  it("mutes what every matcher fits, from the start on and no longer than to the end", () => {
    const found = (atMs: number, labels: Record<string, string> = PAYMENT) =>
      silencing([silence()], labels, atMs)?.id;
    expect([AT - 1, AT, AT + HOUR_MS - 1, AT + HOUR_MS].map((atMs) => found(atMs))).toEqual([
      undefined,
      "s1",
      "s1",
      undefined,
    ]);
    expect(found(AT, { service: "ledger" })).toBeUndefined();
    expect(found(AT, {})).toBeUndefined();
  });

  it("names the one that ends last, so that its end is the end of the mute", () => {
    const day = silence({ id: "day", endsAt: timestampMs(AT + DAY_MS) });
    expect(silencing([silence(), day, silence({ id: "s2" })], PAYMENT, AT)?.id).toBe("day");
    const ended = { ...day, endsAt: day.startsAt };
    expect(silencing([silence(), ended], PAYMENT, AT)?.id).toBe("s1");
  });

  it("agrees with the state that is shown, whenever it is asked", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -5, max: 15 }),
        fc.integer({ min: 0, max: 10 }),
        fc.integer({ min: 0, max: 10 }),
        (at, start, end) => {
          const one = silence({ startsAt: timestampMs(start), endsAt: timestampMs(end) });
          const state = silenceState(one, at);
          expect(silencing([one], PAYMENT, at) !== undefined).toBe(state === "active");
          expect(state === "active").toBe(start <= at && at < end);
        },
      ),
    );
  });

  it("by an episode's own matchers, fits that alert at every tier and no other", () => {
    const episode = sampleEpisode();
    const fits = (changes: Partial<typeof episode>) =>
      matchesAll(matchersOf(episode), alertLabels({ ...episode, ...changes }));
    expect(fits({})).toBe(true);
    expect(fits({ facts: { ...episode.facts, tier: "page-slow" } })).toBe(true);
    expect(fits({ alertKey: "warning" })).toBe(false);
    expect(fits({ sloName: "ledger" })).toBe(false);
  });
});

describe("silenceFaults", () => {
  const faults = (changes: Partial<Silence>) =>
    silenceFaults(silence(changes), AT).map(({ field, message }) => `${field}: ${message}`);

  it("takes a silence of up to 90 days", () => {
    expect(faults({})).toEqual([]);
    expect(faults({ endsAt: timestampMs(AT + 90 * DAY_MS) })).toEqual([]);
  });

  it.each([
    [{ matchers: [] }, /^matchers: write at least one/],
    [{ comment: " " }, /^comment: say why/],
    [{ endsAt: timestampMs(AT) }, /^endsAt: it ends before it begins/],
    [{ startsAt: timestampMs(AT - 2), endsAt: timestampMs(AT - 1) }, /^endsAt: it has ended already/],
    [{ endsAt: timestampMs(AT + 90 * DAY_MS + 1) }, /^endsAt: it lasts longer than 90 days/],
    [{ startsAt: timestampMs(AT + 91 * DAY_MS), endsAt: timestampMs(AT + 92 * DAY_MS) }, /^startsAt: /],
  ])("names the field of %j", (changes, expected) => {
    expect(faults(changes)).toEqual([expect.stringMatching(expected)]);
  });
});
