import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availabilitySpec } from "../../test/acceptance/spans.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, timestampMs } from "../model/time.ts";
import { createCountTimeline } from "../replay/count-timeline.ts";
import { judgedCounts } from "../replay/judged-counts.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import type { Correction } from "../slo/correction.ts";
import { evaluateSlo } from "../slo/evaluate-slo.ts";
import { createExclusion } from "../slo/exclusion.ts";
import type { Slo } from "../slo/slo.ts";
import { loadSpecs } from "../spec/load-specs.ts";
import { changeEffect } from "./change-effect.ts";
import { compareAlerts, replayAlerts, type ReplayInput } from "./replay-history.ts";
import { judgeHistory, readSloHistory, type ReadStoredCounts } from "./slo-history.ts";

const END_MS = Date.UTC(2026, 0, 31, 12);

function sloOf(changes: (text: string) => string = (text) => text, target = 0.99): Slo {
  const { slos, diagnostics } = loadSpecs([
    { path: "a.yaml", text: changes(availabilitySpec("payment", { target })) },
  ]);
  if (slos[0] === undefined) throw new Error(JSON.stringify(diagnostics));
  return slos[0];
}
const window = (written: string) => (text: string) =>
  text.replace(/timeWindow: .*/, `timeWindow: ${written}`);
const method =
  (objective: string, name = "Timeslices") =>
  (text: string) =>
    text.replace("Occurrences", name).replace(/objectives: .*/, `objectives: [{target: 0.99, ${objective}}]`);

/** One event in each bucket; `bad` says which are. Known from `fromMs` on. */
function storedFrom(fromMs: number, bad: (bucketMs: number) => boolean): ReadStoredCounts {
  return async (_, { startMs, endMs, stepMs }) => {
    const steps = Math.ceil((endMs - startMs) / stepMs);
    const good = new Float64Array(steps);
    const total = new Float64Array(steps);
    for (let atMs = Math.max(startMs, fromMs); atMs < endMs; atMs += BUCKET_MS) {
      const step = Math.floor((atMs - startMs) / stepMs);
      total[step]! += 1;
      if (!bad(atMs)) good[step]! += 1;
    }
    const limit = fromMs > startMs ? "stored" : "asked";
    const knownFromMs = fromMs >= endMs ? undefined : Math.max(fromMs, startMs);
    return { good, total, knownFromMs, limit, gaps: [] };
  };
}

const NO_CORRECTIONS = { before: () => undefined, after: () => undefined };
const optionsOf = (read: ReadStoredCounts, sinceMs = 7 * DAY_MS) => ({
  read,
  replay: async (input: ReplayInput) => replayAlerts(input),
  sinceMs,
  endMs: END_MS,
  exclusions: NO_CORRECTIONS,
});
/** Half of the events of half an hour, two days ago. */
const OUTAGE_MS = END_MS - 2 * DAY_MS;
const outage = (atMs: number) =>
  atMs >= OUTAGE_MS && atMs < OUTAGE_MS + 30 * MINUTE_MS && (atMs / BUCKET_MS) % 2 === 0;
const open = (alertKey: string, severity: "critical" | "warning" = "critical") => ({
  episodeId: "019",
  alertKey,
  severity,
  startedMs: END_MS - HOUR_MS,
});

describe("the effect of a change", () => {
  it("is what a stricter target would have alerted of, and a laxer one would not", async () => {
    const lax = sloOf(undefined, 0.5);
    const strict = sloOf();
    const read = storedFrom(0, outage);
    const stricter = await changeEffect({ before: lax, after: strict, open: [] }, optionsOf(read));
    expect(stricter.lost).toEqual([]);
    expect(stricter.gained.map(({ severity, tier }) => [severity, tier])).toEqual([
      ["critical", "page-quick"],
    ]);
    const laxer = await changeEffect({ before: strict, after: lax, open: [] }, optionsOf(read));
    expect(laxer.lost).toEqual(stricter.gained);
    expect(laxer.gained).toEqual([]);
    const same = await changeEffect({ before: strict, after: strict, open: [] }, optionsOf(read));
    expect(same).toMatchObject({ gained: [], lost: [], same: stricter.gained.length, limits: [] });
  });

  it("compares both over the time that both know, and says where that begins", async () => {
    const fromMs = END_MS - 3 * DAY_MS;
    const read = storedFrom(fromMs, outage);
    const effect = await changeEffect({ before: undefined, after: sloOf(), open: [] }, optionsOf(read));
    expect(effect.replayed).toEqual({ startMs: fromMs, endMs: END_MS });
    expect(effect.after).toMatchObject({ totalEvents: (3 * DAY_MS) / BUCKET_MS, knownFromMs: fromMs });
    expect(effect.limits).toEqual(["history reaches back to 2026-01-28 12:00 UTC: 3 d were replayed"]);
  });

  it("without any history is no data, and says so", async () => {
    const effect = await changeEffect(
      { before: undefined, after: sloOf(), open: [] },
      optionsOf(storedFrom(END_MS + DAY_MS, outage)),
    );
    expect(effect).toMatchObject({
      replayed: null,
      gained: [],
      after: { remainingRatio: undefined, totalEvents: 0, knownFromMs: undefined },
    });
    expect(effect.limits).toEqual(["nothing is stored that could be counted: there is no history to replay"]);
  });

  it("names the open alerts that it would end, and why", async () => {
    const burning = storedFrom(0, (atMs) => atMs >= END_MS - HOUR_MS && (atMs / BUCKET_MS) % 2 === 0);
    const before = sloOf();
    const ends = async (after: Slo | undefined) => {
      const effect = await changeEffect({ before, after, open: [open("critical")] }, optionsOf(burning));
      return effect.ends.map(({ reason }) => reason);
    };
    expect(await ends(undefined)).toEqual(["slo_removed"]);
    expect(await ends({ ...before, alerts: before.alerts.slice(1) })).toEqual(["alert_removed"]);
    expect(await ends(sloOf(undefined, 0.3))).toEqual(["not_breaching"]);
    expect(await ends(sloOf(undefined, 0.98))).toEqual([]);
  });

  it("leaves out what corrections exclude", async () => {
    const slo = sloOf();
    const correction: Correction = {
      id: "1",
      name: "move",
      reason: "the database moved",
      author: "us",
      selects: { slos: ["*"], services: [], labels: {} },
      schedule: {
        startMs: OUTAGE_MS,
        endMs: OUTAGE_MS + 30 * MINUTE_MS,
        rrule: undefined,
        timeZone: "UTC",
        ends: "length",
      },
      origin: { kind: "api", createdAtMs: 0 },
    };
    const exclusions = { before: () => undefined, after: () => createExclusion([correction]) };
    for (const sinceMs of [7 * DAY_MS, HOUR_MS]) {
      const effect = await changeEffect(
        { before: slo, after: slo, open: [] },
        { ...optionsOf(storedFrom(0, outage), sinceMs), exclusions },
      );
      expect(effect.before!.badEvents).toBe(90);
      expect(effect.after).toMatchObject({
        badEvents: 0,
        totalEvents: effect.before!.totalEvents - 180,
      });
      expect(effect.gained).toEqual([]);
    }
  });
});

describe("a budget from history", () => {
  const windows = [
    "[{duration: 1h, isRolling: true}]",
    "[{duration: 30d, isRolling: true}]",
    "[{duration: 90d, isRolling: true}]",
    '[{duration: 1M, isRolling: false, calendar: {startTime: "2024-01-01 00:00:00", timeZone: Europe/Berlin}}]',
  ];
  const methods = [
    (text: string) => text,
    method("timeSliceTarget: 0.9, timeSliceWindow: 1m"),
    method("timeSliceTarget: 0.9, timeSliceWindow: 1h"),
    method("timeSliceWindow: 5m", "RatioTimeslices"),
  ];

  it("is that of all single buckets, whatever the window, the method and how far back alerts look", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...windows),
        fc.constantFrom(...methods),
        fc.integer({ min: 1, max: 12 * 360 }),
        fc.integer({ min: 2, max: 997 }),
        async (written, counted, sinceBuckets, every) => {
          const slo = sloOf((text) => counted(window(written)(text)));
          const read = storedFrom(0, (atMs) => (atMs / BUCKET_MS) % every === 0);
          const fromMs = END_MS - sinceBuckets * BUCKET_MS;
          const history = await readSloHistory(slo, read, { fromMs, endMs: END_MS });
          const whole = { startMs: END_MS - 92 * DAY_MS, endMs: END_MS, stepMs: BUCKET_MS };
          const { good, total } = await read(slo.indicator as never, whole);
          const judged = judgedCounts(slo.method, createCountTimeline(whole.startMs, good, total));
          const at = timestampMs(END_MS - BUCKET_MS);
          const expected = evaluateSlo(slo, (windowMs) => judged.sum(END_MS - windowMs, END_MS), at);
          const { counts, remainingRatio } = judgeHistory(history).budget;
          expect(counts.total).toBeCloseTo(expected.budget.counts.total, 6);
          expect(counts.good).toBeCloseTo(expected.budget.counts.good, 6);
          expect(remainingRatio).toBeCloseTo(expected.budget.remainingRatio!, 6);
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe("compared alerts", () => {
  const fired = (from: number, to: number | null, severity: "critical" | "warning" = "critical") => ({
    alertKey: severity,
    severity,
    tier: "t",
    firedMs: from,
    resolvedMs: to,
  });

  it("are the same where one of that severity fires at the same time", () => {
    const before = [fired(0, 10), fired(20, 30), fired(50, null)];
    const after = [fired(5, 8), fired(20, 30, "warning"), fired(60, 70)];
    expect(compareAlerts(before, after)).toEqual({
      gained: [after[1]],
      lost: [before[1]],
      same: 2,
    });
  });
});
