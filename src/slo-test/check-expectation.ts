import { formatPercent } from "../slo/format-percent.ts";
import { intervalsOfTier, type Interval, type Replay } from "../replay/replay-slo.ts";
import { offsetText } from "./offset-text.ts";
import type { Expectation, Signal, TestCase, TimeRange } from "./test-case.ts";

export type CheckResult =
  | { readonly passed: true }
  /** What happened instead, for people. */
  | { readonly passed: false; readonly instead: string };

/** Compares an expectation with what the replay found. */
export function checkExpectation(
  expectation: Expectation,
  { originMs }: Pick<TestCase, "originMs">,
  replay: Replay,
): CheckResult {
  switch (expectation.kind) {
    case "fires":
    case "resolves": {
      const all = changesOf(expectation.kind, expectation.signal, replay, originMs);
      const inRange = all.filter((atMs) => isWithin(atMs, expectation.range));
      const { times } = expectation;
      const fits = times === undefined ? inRange.length > 0 : inRange.length === times;
      return fits ? { passed: true } : { passed: false, instead: whatHappened(expectation, all) };
    }
    case "silent":
      return checkSilence(expectation, replay, originMs);
    case "firing": {
      const { signal, atMs, wanted } = expectation;
      const intervals = intervalsOf(signal, replay);
      const on = intervals.some(
        ({ fromMs, toMs }) => fromMs <= atMs + originMs && atMs + originMs < (toMs ?? Infinity),
      );
      if (on === wanted) return { passed: true };
      return {
        passed: false,
        instead: `${signal.name} was ${on ? "" : "not "}firing at ${offsetText(atMs)}`,
      };
    }
    case "budget":
      return checkBudget(expectation, replay.verdictAt(expectation.atMs + originMs).budget.remainingRatio);
    case "state": {
      const { state } = replay.verdictAt(expectation.atMs + originMs);
      return state === expectation.state
        ? { passed: true }
        : { passed: false, instead: `the state was ${state}` };
    }
  }
}

/**
 * When a signal is on. An alert, from when people are told until they are told of its end; a tier, once it has
 * breached for its alertAfter, until it breaches no longer.
 */
function intervalsOf({ kind, name, alertKey }: Signal, replay: Replay): readonly Interval[] {
  const alert = replay.alerts.find(({ definition }) => definition.key === alertKey);
  if (alert === undefined) return [];
  if (kind === "alert")
    return alert.episodes.map(({ firedMs, resolvedMs }) => ({ fromMs: firedMs, toMs: resolvedMs }));
  return alert.tiers
    .filter(({ tier }) => tier.name === name)
    .flatMap((each) => intervalsOfTier(each, replay.endMs));
}

/** From the case's time 0. */
function changesOf(
  kind: "fires" | "resolves",
  signal: Signal,
  replay: Replay,
  originMs: number,
): readonly number[] {
  return intervalsOf(signal, replay).flatMap(({ fromMs, toMs }) => {
    const atMs = kind === "fires" ? fromMs : toMs;
    return atMs === null ? [] : [atMs - originMs];
  });
}

function isWithin(atMs: number, { fromMs, toMs }: TimeRange): boolean {
  return fromMs <= atMs && atMs <= toMs;
}

function whatHappened(
  { kind, signal }: Extract<Expectation, { signal: Signal; times: unknown }>,
  all: readonly number[],
): string {
  const verb = kind === "fires" ? "fired" : "resolved";
  return all.length === 0 ? `${signal.name} never ${verb}` : `${signal.name} ${verb} at ${listTimes(all)}`;
}

const MOST_TIMES = 6;

function listTimes(times: readonly number[]): string {
  const shown = times.slice(0, MOST_TIMES).map(offsetText).join(", ");
  return times.length > MOST_TIMES ? `${shown} and ${times.length - MOST_TIMES} times more` : shown;
}

function checkSilence(
  { signals, range }: Extract<Expectation, { kind: "silent" }>,
  replay: Replay,
  originMs: number,
): CheckResult {
  const broken = signals.flatMap((signal) => {
    const times = changesOf("fires", signal, replay, originMs).filter((atMs) => isWithin(atMs, range));
    return times.length === 0 ? [] : [`${signal.name} fired at ${listTimes(times)}`];
  });
  return broken.length === 0 ? { passed: true } : { passed: false, instead: broken.join("; ") };
}

/** Rounding of a ratio near a bound that was written in decimals. */
const ROUNDING = 1e-9;

function checkBudget(
  { left }: Extract<Expectation, { kind: "budget" }>,
  remaining: number | undefined,
): CheckResult {
  if (left === undefined || remaining === undefined) {
    return left === remaining ? { passed: true } : { passed: false, instead: budgetText(remaining) };
  }
  const fits = remaining >= left.least - ROUNDING && remaining <= left.most + ROUNDING;
  return fits ? { passed: true } : { passed: false, instead: budgetText(remaining) };
}

function budgetText(remaining: number | undefined): string {
  return remaining === undefined
    ? "there was no data"
    : `the budget was ${Number(remaining.toFixed(4))} (${formatPercent(remaining)})`;
}
