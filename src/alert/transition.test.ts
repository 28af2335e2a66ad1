import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationMs, timestampMs } from "../model/time.ts";
import type { AlertDefinition, AlertTier, Slo } from "../slo/slo.ts";
import type { AlertVerdict, BudgetStatus, TierVerdict, WindowBurn } from "../slo/verdict.ts";
import type { Episode, NotificationAction } from "./episode.ts";
import { closeEpisode, transition } from "./transition.ts";
import type { Transition } from "./transition.ts";

const MINUTE = 60_000;

function tier(name: string, changes: Partial<AlertTier> = {}): AlertTier {
  return {
    name,
    longWindowMs: durationMs(60 * MINUTE),
    shortWindowMs: durationMs(5 * MINUTE),
    burnThreshold: 10,
    operator: "gt",
    alertAfterMs: durationMs(0),
    resolveAfterMs: durationMs(5 * MINUTE),
    ...changes,
  };
}

/** breach: both windows burn · calm: the short one came down · hot: short burns, long does not · silent: no event in the short window. */
type Reading = "breach" | "calm" | "hot" | "silent while long burns" | "silent";

function judge(judged: AlertTier, reading: Reading): TierVerdict {
  const rates: Record<Reading, readonly [number | undefined, number | undefined]> = {
    breach: [20, 30],
    calm: [12, 1],
    hot: [5, 30],
    "silent while long burns": [20, undefined],
    silent: [undefined, undefined],
  };
  const [long, short] = rates[reading];
  return {
    tier: judged,
    long: burn(judged.longWindowMs, long),
    short: burn(judged.longWindowMs / 12, short),
    breaching: reading === "breach",
    calm: reading === "calm" || reading === "silent",
  };
}

function burn(windowMs: number, rate: number | undefined): WindowBurn {
  return {
    windowMs,
    counts: rate === undefined ? { good: 0, total: 0 } : { good: 90, total: 100 },
    burnRate: rate,
  };
}

const definition = (tiers: readonly AlertTier[]): AlertDefinition => ({
  key: "critical",
  severity: "critical",
  tiers,
});

const slo = {
  name: "payment-availability",
  displayName: "Payment availability",
  description: "",
  service: "payment",
  target: 0.999,
  window: { kind: "rolling", ms: durationMs(30 * 86_400_000) },
  method: { kind: "occurrences" },
  labels: {},
  windowMs: durationMs(30 * 86_400_000),
} as Slo;

const budget: BudgetStatus = {
  counts: { good: 900, total: 1000 },
  sli: 0.9,
  remainingRatio: 0.5,
  remainingEvents: 100,
  exhaustedInMs: undefined,
};

/** Runs an alert through readings of its tiers; minutes from the start. */
function createRun(tiers: readonly AlertTier[]) {
  let episode: Episode | undefined;
  let ids = 0;
  const told: (readonly [minute: number, NotificationAction, tier: string])[] = [];
  const apply = (result: Transition, minute: number): Transition => {
    if (result.kind === "changed") {
      told.push(...result.actions.map((action) => [minute, action, result.episode.facts.tier] as const));
      episode = result.episode;
    }
    if (result.kind === "dropped") {
      episode = undefined;
    }
    return result;
  };
  return {
    told,
    episode: () => episode,
    at(minute: number, ...readings: readonly Reading[]): Transition {
      const verdict: AlertVerdict = {
        definition: definition(tiers),
        tiers: tiers.map((judged, index) => judge(judged, readings[index] ?? "calm")),
      };
      const at = timestampMs(1_750_000_000_000 + Math.round(minute * MINUTE));
      return apply(
        transition(episode, verdict, { slo, budget, at, newId: () => `id-${(ids += 1)}` }),
        minute,
      );
    },
    close(minute: number, reason: "slo_deleted" | "alert_removed"): Transition {
      const at = timestampMs(1_750_000_000_000 + minute * MINUTE);
      return episode === undefined ? { kind: "unchanged" } : apply(closeEpisode(episode, reason, at), minute);
    },
  };
}

const QUICK = tier("page-quick");
const SLOW = tier("page-slow", { resolveAfterMs: durationMs(15 * MINUTE) });

describe("transition", () => {
  it("does nothing while nothing breaches", () => {
    const run = createRun([QUICK, SLOW]);
    for (const reading of ["calm", "hot", "silent", "silent while long burns"] as const) {
      expect(run.at(0, reading, reading)).toEqual({ kind: "unchanged" });
    }
  });

  it("fires at once when a tier breaches, and resolves once its window has been calm for resolveAfter", () => {
    const run = createRun([QUICK, SLOW]);
    run.at(0, "breach");
    expect(run.episode()).toMatchObject({ state: "firing", id: "id-1", version: 1 });
    expect(run.at(1, "breach")).toEqual({ kind: "unchanged" });
    run.at(2, "calm");
    expect(run.at(6.9, "calm")).toEqual({ kind: "unchanged" });
    run.at(7, "calm");
    expect(run.told).toEqual([
      [0, "trigger", "page-quick"],
      [7, "resolve", "page-quick"],
    ]);
    const start = 1_750_000_000_000;
    expect(run.episode()).toMatchObject({
      state: "resolved",
      resolution: "recovered",
      startedAt: start,
      firedAt: start,
      resolvedAt: start + 7 * MINUTE,
    });
  });

  it("waits for alertAfter before it fires, and drops what calms down before, without a word", () => {
    const run = createRun([tier("slow-burn", { alertAfterMs: durationMs(2 * MINUTE) })]);
    run.at(0, "breach");
    expect(run.episode()).toMatchObject({ state: "pending", firedAt: null });
    expect(run.at(1, "calm").kind).toBe("dropped");
    run.at(3, "breach");
    run.at(4.9, "breach");
    run.at(5, "breach");
    expect(run.told).toEqual([[5, "trigger", "slow-burn"]]);
    expect(run.episode()).toMatchObject({ id: "id-2", state: "firing" });
    expect(run.episode()!.firedAt! - run.episode()!.startedAt).toBe(2 * MINUTE);
  });

  it("tells once when a worse tier joins, and not when it goes or returns", () => {
    const run = createRun([QUICK, SLOW]);
    run.at(0, "calm", "breach");
    run.at(1, "breach", "breach");
    run.at(2, "calm", "breach");
    run.at(3, "breach", "breach");
    expect(run.told).toEqual([
      [0, "trigger", "page-slow"],
      [1, "update", "page-quick"],
    ]);
  });

  it("resolves only after the longest wait among the tiers that breached", () => {
    const run = createRun([QUICK, SLOW]);
    run.at(0, "breach", "breach");
    run.at(1, "calm", "calm");
    run.at(15.9, "calm", "calm");
    expect(run.episode()?.state).toBe("firing");
    run.at(16, "calm", "calm");
    expect(run.episode()?.state).toBe("resolved");
  });

  it("does not resolve while another tier of the alert is not calm", () => {
    const run = createRun([QUICK, SLOW]);
    run.at(0, "breach", "calm");
    run.at(1, "calm", "hot");
    run.at(30, "calm", "hot");
    expect(run.episode()?.state).toBe("firing");
    run.at(31, "calm", "calm");
    expect(run.episode()?.state).toBe("resolved");
  });

  it("begins the wait anew when the trouble returns", () => {
    const run = createRun([QUICK]);
    run.at(0, "breach");
    run.at(1, "calm");
    run.at(4, "breach");
    run.at(5, "calm");
    run.at(9.9, "calm");
    expect(run.episode()?.state).toBe("firing");
    run.at(10, "calm");
    expect(run.told.map(([, action]) => action)).toEqual(["trigger", "resolve"]);
  });

  it("neither fires nor resolves on silence, until nothing burns any more: then traffic has stopped", () => {
    const run = createRun([QUICK]);
    run.at(0, "breach");
    run.at(1, "silent while long burns");
    run.at(50, "silent while long burns");
    expect(run.episode()?.state).toBe("firing");
    run.at(60, "silent");
    run.at(65, "silent");
    expect(run.episode()).toMatchObject({ state: "resolved", resolution: "no_traffic" });
    const pending = createRun([tier("later", { alertAfterMs: durationMs(2 * MINUTE) })]);
    pending.at(0, "breach");
    pending.at(5, "silent while long burns");
    expect(pending.episode()?.state).toBe("pending");
    pending.at(6, "breach");
    expect(pending.episode()?.state).toBe("firing");
  });

  it("opens a new episode with a new id after a resolve", () => {
    const run = createRun([QUICK]);
    run.at(0, "breach");
    run.at(1, "calm");
    run.at(6, "calm");
    run.at(7, "breach");
    expect(run.episode()).toMatchObject({ id: "id-2", state: "firing", version: 1, resolvedAt: null });
  });

  it("closes with its reason when the SLO or the alert is gone, and says so only to those who heard of it", () => {
    const run = createRun([QUICK]);
    run.at(0, "breach");
    run.close(1, "slo_deleted");
    expect(run.episode()).toMatchObject({ state: "resolved", resolution: "slo_deleted" });
    expect(run.close(2, "slo_deleted")).toEqual({ kind: "unchanged" });
    expect(run.told.map(([, action]) => action)).toEqual(["trigger", "resolve"]);
    const pending = createRun([tier("later", { alertAfterMs: durationMs(2 * MINUTE) })]);
    pending.at(0, "breach");
    expect(pending.close(1, "alert_removed").kind).toBe("dropped");
    expect(pending.told).toEqual([]);
  });

  it("survives a changed definition: tiers that left are forgotten", () => {
    const before = createRun([QUICK, SLOW]);
    before.at(0, "calm", "breach");
    const verdict = { definition: definition([QUICK]), tiers: [judge(QUICK, "calm")] };
    const context = { slo, budget, at: timestampMs(1_750_000_060_000), newId: () => "new" };
    const result = transition(before.episode(), verdict, context);
    expect(result).toMatchObject({ kind: "changed", episode: { state: "resolved" }, actions: ["resolve"] });
    const empty = transition(before.episode(), { definition: definition([]), tiers: [] }, context);
    expect(empty).toMatchObject({ kind: "changed", episode: { resolution: "alert_removed" } });
  });

  it("neither fires nor resolves early when the clock steps back, and times stay in order", () => {
    const run = createRun([QUICK]);
    run.at(10, "breach");
    run.at(11, "calm");
    run.at(2, "calm");
    expect(run.at(6.9, "calm")).toEqual({ kind: "unchanged" });
    run.at(7, "calm");
    const { startedAt, firedAt, resolvedAt } = run.episode()!;
    expect(run.episode()?.state).toBe("resolved");
    expect(resolvedAt).toBeGreaterThanOrEqual(firedAt!);
    expect(firedAt).toBeGreaterThanOrEqual(startedAt);
  });

  it("keeps only finite numbers in what is stored", () => {
    const run = createRun([QUICK]);
    run.at(0, "breach");
    expect(JSON.parse(JSON.stringify(run.episode()))).toEqual(run.episode());
  });
});

describe("transition, whatever happens", () => {
  const readings = fc.constantFrom<Reading[]>("breach", "calm", "hot", "silent while long burns", "silent");
  const steps = fc.array(
    fc.record({
      // Mostly forward; sometimes the clock steps back.
      seconds: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 400 }) },
        { weight: 1, arbitrary: fc.integer({ min: -600, max: -1 }) },
      ),
      readings: fc.tuple(readings, readings),
      close: fc.oneof(
        { weight: 30, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
    }),
    { maxLength: 60 },
  );

  it("tells trigger first, resolve last, each once; fires on time; never resolves too early", () => {
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom(0, 120),
        fc.constantFrom(0, 300),
        (script, alertAfterS, resolveAfterS) => {
          const after = {
            alertAfterMs: durationMs(alertAfterS * 1000),
            resolveAfterMs: durationMs(resolveAfterS * 1000),
          };
          checkRun([tier("worse", after), tier("milder", after)], script);
        },
      ),
      { numRuns: 500 },
    );
  });
});

interface Step {
  readonly seconds: number;
  readonly readings: readonly [Reading, Reading];
  readonly close: boolean;
}

/** The model: how long each tier has been breaching or calm without a break, by the clock as it ran. */
function checkRun(tiers: readonly AlertTier[], script: readonly Step[]): void {
  const run = createRun(tiers);
  const actionsById = new Map<string, NotificationAction[]>();
  const breachedInEpisode = new Set<string>();
  const since = tiers.map(() => ({
    breach: undefined as number | undefined,
    calm: undefined as number | undefined,
  }));
  let nowS = 0;
  for (const step of script) {
    const previous = run.episode();
    nowS += step.seconds;
    if (step.close && previous !== undefined && previous.state !== "resolved") {
      collect(run.close(nowS / 60, "slo_deleted"), actionsById);
      since.forEach((track) => Object.assign(track, { breach: undefined, calm: undefined }));
      breachedInEpisode.clear();
      continue;
    }
    tiers.forEach((judged, index) => follow(since[index]!, step.readings[index]!, nowS, judged.name));
    step.readings.forEach(
      (reading, index) => reading === "breach" && breachedInEpisode.add(tiers[index]!.name),
    );
    const result = run.at(nowS / 60, ...step.readings);
    collect(result, actionsById);
    const episode = run.episode();
    const due = tiers.some(
      ({ alertAfterMs }, index) =>
        step.readings[index] === "breach" && nowS - since[index]!.breach! >= alertAfterMs / 1000,
    );
    if (due) {
      expect(episode?.state).toBe("firing");
    }
    const resolvedNow = episode?.state === "resolved" && previous?.state === "firing";
    if (resolvedNow) {
      tiers.forEach(({ name, resolveAfterMs }, index) => {
        expect(since[index]!.calm).toBeDefined();
        if (breachedInEpisode.has(name)) {
          expect(nowS - since[index]!.calm!).toBeGreaterThanOrEqual(resolveAfterMs / 1000);
        }
      });
    }
    if (episode === undefined || episode.state === "resolved") {
      breachedInEpisode.clear();
    }
    checkTimes(episode);
  }
  for (const actions of actionsById.values()) {
    expect(actions.join(" ")).toMatch(/^trigger( update)?( resolve)?$/);
  }
}

function follow(
  track: { breach: number | undefined; calm: number | undefined },
  reading: Reading,
  nowS: number,
  _tier: string,
): void {
  const holds = reading === "silent while long burns" && track.breach !== undefined;
  track.breach = reading === "breach" || holds ? Math.min(track.breach ?? nowS, nowS) : undefined;
  const calm = reading === "calm" || reading === "silent";
  track.calm = calm ? Math.min(track.calm ?? nowS, nowS) : undefined;
}

function collect(result: Transition, actionsById: Map<string, NotificationAction[]>): void {
  if (result.kind === "changed" && result.actions.length > 0) {
    const { id } = result.episode;
    actionsById.set(id, [...(actionsById.get(id) ?? []), ...result.actions]);
  }
}

function checkTimes(episode: Episode | undefined): void {
  if (episode === undefined) {
    return;
  }
  const { state, startedAt, firedAt, resolvedAt, updatedAt, resolution } = episode;
  expect(firedAt === null).toBe(state === "pending");
  expect(resolvedAt === null).toBe(state !== "resolved");
  expect(resolution === null).toBe(state !== "resolved");
  expect(firedAt ?? startedAt).toBeGreaterThanOrEqual(startedAt);
  expect(resolvedAt ?? updatedAt).toBeGreaterThanOrEqual(firedAt ?? startedAt);
}

describe("an alert that is not told to be over", () => {
  it("closes in silence", () => {
    const quiet: AlertDefinition = { ...definition([QUICK]), tellsResolved: false };
    const at = (minute: number) => timestampMs(1_750_000_000_000 + minute * MINUTE);
    const step = (episode: Episode | undefined, minute: number, reading: Reading): Transition =>
      transition(
        episode,
        { definition: quiet, tiers: [judge(QUICK, reading)] },
        { slo, budget, at: at(minute), newId: () => "id" },
      );
    const told = (result: Transition) => {
      if (result.kind !== "changed") throw new Error(result.kind);
      return result;
    };
    const fired = told(step(undefined, 0, "breach"));
    expect(fired.actions).toEqual(["trigger"]);
    const calm = told(step(fired.episode, 1, "calm"));
    const closed = told(step(calm.episode, 6, "calm"));
    expect(closed).toMatchObject({ actions: [], episode: { state: "resolved", resolution: "recovered" } });
  });
});

describe("an alert about missing data", () => {
  it("opens when there is none, and closes with the first event", () => {
    const silent = tier("silent", {
      kind: "no-data",
      resolveAfterMs: durationMs(0),
      shortWindowMs: undefined,
    });
    const at = (minute: number) => timestampMs(1_750_000_000_000 + minute * MINUTE);
    const step = (episode: Episode | undefined, minute: number, hasEvents: boolean): Transition =>
      transition(
        episode,
        {
          definition: definition([silent]),
          tiers: [
            {
              tier: silent,
              long: burn(silent.longWindowMs, hasEvents ? 0 : undefined),
              short: undefined,
              breaching: !hasEvents,
              calm: hasEvents,
            },
          ],
        },
        { slo, budget, at: at(minute), newId: () => "id" },
      );
    const fired = step(undefined, 0, false);
    expect(fired).toMatchObject({
      actions: ["trigger"],
      episode: { state: "firing", facts: { noData: true } },
    });
    if (fired.kind !== "changed") throw new Error(fired.kind);
    expect(step(fired.episode, 10, false)).toEqual({ kind: "unchanged" });
    expect(step(fired.episode, 20, true)).toMatchObject({
      actions: ["resolve"],
      episode: { resolution: "recovered" },
    });
  });
});
