import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, timestampMs } from "../model/time.ts";
import { wallTimeAt } from "../slo/zoned-time.ts";
import { nextDigest } from "./digest.ts";
import { sampleEpisode } from "./sample-episode.ts";
import { planTelling, type Told } from "./telling.ts";

const BERLIN = { hours: [9, 15], timeZone: "Europe/Berlin" };
const next = (digest: typeof BERLIN, at: string) =>
  new Date(nextDigest(digest, timestampMs(Date.parse(at)))).toISOString();

describe("nextDigest", () => {
  it.each([
    ["2026-01-31T03:00:00+01:00", "2026-01-31T08:00:00.000Z"],
    ["2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00.000Z"],
    ["2026-01-31T09:00:00.001+01:00", "2026-01-31T14:00:00.000Z"],
    ["2026-01-31T15:00:01+01:00", "2026-02-01T08:00:00.000Z"],
    ["2026-07-01T03:00:00Z", "2026-07-01T07:00:00.000Z"],
  ])("of %s is at %s", (at, expected) => {
    expect(next(BERLIN, at)).toBe(expected);
  });

  it("stays at the hour of clocks when they are set in the night between", () => {
    expect(next(BERLIN, "2026-03-28T15:00:01+01:00")).toBe("2026-03-29T07:00:00.000Z");
    expect(next(BERLIN, "2026-10-24T15:00:01+02:00")).toBe("2026-10-25T08:00:00.000Z");
  });

  it("of an hour that is skipped comes an hour after, of one that comes twice at the first", () => {
    const at2 = { ...BERLIN, hours: [2] };
    expect(next(at2, "2026-03-29T00:30:00Z")).toBe("2026-03-29T01:00:00.000Z");
    expect(next(at2, "2026-10-24T22:30:00Z")).toBe("2026-10-25T00:00:00.000Z");
    expect(next(at2, "2026-10-25T00:30:00Z")).toBe("2026-10-26T01:00:00.000Z");
  });

  it("is never before what it tells, at one of its hours unless clocks skip it, and within two days", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.parse("2020-01-01"), max: Date.parse("2030-01-01") }),
        fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"),
        (atMs, hours, timeZone) => {
          const at = nextDigest({ hours, timeZone }, timestampMs(atMs));
          expect(at).toBeGreaterThanOrEqual(atMs);
          expect(at - atMs).toBeLessThanOrEqual(DAY_MS + 2 * HOUR_MS);
          const wall = wallTimeAt(at, timeZone) % DAY_MS;
          const isOnTime = hours.some((hour) => wall === hour * HOUR_MS);
          const jump = wallTimeAt(at, timeZone) - wallTimeAt(at - 2 * HOUR_MS, timeZone) - 2 * HOUR_MS;
          expect(isOnTime || jump > 0).toBe(true);
        },
      ),
    );
  });
});

describe("planTelling with a digest", () => {
  const at = timestampMs(Date.parse("2026-01-31T10:00:00Z"));
  const later = timestampMs(Date.parse("2026-01-31T14:00:00Z"));
  const digest = { receiver: "chat", receiverType: "slack", address: "C1", groupKey: null } as const;
  const policy = { repeatIntervalMs: null, groupIntervalMs: 0, digest: BERLIN };
  const context = {
    at,
    actions: ["trigger"] as const,
    routed: () => [{ ...digest, policy }],
    mutedBy: () => null,
  };
  const warning = sampleEpisode({ severity: "warning", alertKey: "warning" });

  it("puts off what is not critical, its end as well, so that both come in order", () => {
    expect(planTelling(warning, [], context).notifications).toEqual([
      { receiver: "chat", action: "trigger", notBefore: later },
    ]);
    const told: Told[] = [{ receiver: "chat", policy, mutedBy: null, toldState: "firing", toldAt: at }];
    const over = { ...warning, state: "resolved" as const, resolution: "recovered" as const };
    expect(planTelling(over, told, { ...context, actions: ["resolve"] }).notifications).toEqual([
      { receiver: "chat", action: "resolve", notBefore: later },
    ]);
  });

  it("does not repeat what is not read before the digest", () => {
    const often = { ...policy, repeatIntervalMs: HOUR_MS };
    const told: Told[] = [
      { receiver: "chat", policy: often, mutedBy: null, toldState: "firing", toldAt: at },
    ];
    const actionsAt = (ms: number, entry: Partial<Told> = {}) =>
      planTelling(warning, [{ ...told[0]!, ...entry }], { ...context, at: timestampMs(ms), actions: [] })
        .notifications;
    expect(actionsAt(later - 1)).toEqual([]);
    expect(actionsAt(later - 1, { mutedBy: "silence:s1" })).toEqual([]);
    expect(actionsAt(later + 1)).toEqual([
      { receiver: "chat", action: "remind", notBefore: Date.parse("2026-02-01T08:00:00Z") },
    ]);
  });

  it("tells of what is critical at once", () => {
    expect(planTelling(sampleEpisode(), [], context).notifications).toEqual([
      { receiver: "chat", action: "trigger" },
    ]);
  });
});
