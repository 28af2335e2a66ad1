import { DAY_MS, HOUR_MS } from "../model/time.ts";
import { cutDay, daysWithSpans } from "../sli/backfill-counts.ts";
import type { CountsStore } from "../sli/counts-sql.ts";
import type { MetricsIndicator, TracesIndicator } from "../slo/indicator.ts";
import { forgetBefore, record } from "./census.ts";
import { seeSeriesGroups, weighSeriesGroups } from "./find-series-groups.ts";
import { findSpanGroups } from "./find-span-groups.ts";
import type { GroupScope } from "./group-scope.ts";
import type { ScopeState } from "./scope-state.ts";

/** The telemetry store in its background lane. */
export interface LookPorts {
  readonly store: CountsStore;
  /** The newest group of ingest whose spans are all there. */
  readonly readLastGroupId: () => Promise<bigint>;
}

const WEIGH_EVERY_MS = HOUR_MS;

/**
 * Looks once for values of a scope: at what has come since the last look, and then at one stretch of the past. False when
 * more of the past is left.
 */
export async function lookForGroups(
  ports: LookPorts,
  scope: GroupScope,
  state: ScopeState,
  nowMs: number,
): Promise<boolean> {
  const firstMs = startOfDay(nowMs - scope.horizonMs);
  const { indicator } = scope;
  forgetBefore(state.census, firstMs);
  const isDone =
    indicator.source === "traces"
      ? await lookAtSpans(ports, { ...scope, indicator }, state, { firstMs, nowMs })
      : await lookAtSeries(ports, { ...scope, indicator }, state, { firstMs, nowMs });
  state.isComplete ||= isDone;
  return isDone;
}

interface Times {
  readonly firstMs: number;
  readonly nowMs: number;
}

async function lookAtSpans(
  { store, readLastGroupId }: LookPorts,
  { indicator, keys }: GroupScope & { readonly indicator: TracesIndicator },
  state: ScopeState,
  { firstMs, nowMs }: Times,
): Promise<boolean> {
  const lastGroup = await readLastGroupId();
  // Spans may end up to a day ahead of the clock.
  const endMs = startOfDay(nowMs) + 2 * DAY_MS;
  const isBehind = (state.throughGroup ?? 0n) > 0n && lastGroup - state.throughGroup! > MOST_AT_ONCE;
  if (state.throughGroup === undefined || isBehind) beginAnew(state, lastGroup);
  const afterGroup = state.throughGroup ?? lastGroup;
  if (lastGroup > afterGroup) {
    const range = { fromMs: firstMs, toMs: endMs, afterGroup, upToGroup: lastGroup };
    record(state.census, await findSpanGroups(store, indicator, keys, range), "add");
    state.throughGroup = lastGroup;
  }
  if (state.doneFromMs <= firstMs) return true;
  const untilMs = Math.min(state.doneFromMs, endMs);
  const stretch = (await daysWithSpans(store))
    .flatMap(cutDay)
    .map(({ fromMs, toMs }) => ({ fromMs: Math.max(fromMs, firstMs), toMs: Math.min(toMs, untilMs) }))
    .find(({ fromMs, toMs }) => fromMs < toMs);
  if (stretch !== undefined) {
    const range = { ...stretch, afterGroup: 0n, upToGroup: state.baseGroup };
    record(state.census, await findSpanGroups(store, indicator, keys, range), "add");
  }
  state.doneFromMs = stretch?.fromMs ?? firstMs;
  return state.doneFromMs <= firstMs;
}

/** After a day without a look everything is looked at anew, day by day. Groups of ingest are numbered by microseconds. */
const MOST_AT_ONCE = BigInt(DAY_MS) * 1_000n;

/** Values that were found stay for as long as that takes. */
function beginAnew(state: ScopeState, lastGroup: bigint): void {
  for (const { eventsByDay } of state.census.found.values())
    for (const day of eventsByDay.keys()) eventsByDay.set(day, 0);
  state.throughGroup = lastGroup;
  state.baseGroup = lastGroup;
  state.doneFromMs = Infinity;
  state.isComplete = false;
}

async function lookAtSeries(
  { store }: LookPorts,
  { indicator, keys }: GroupScope & { readonly indicator: MetricsIndicator },
  state: ScopeState,
  { firstMs, nowMs }: Times,
): Promise<boolean> {
  const today = startOfDay(nowMs);
  const days = { fromDayMs: Math.max(firstMs, today - DAY_MS), toDayMs: today + DAY_MS };
  record(state.census, await seeSeriesGroups(store, indicator, keys, days), "see");
  const weigh = async (dayMs: number) =>
    record(state.census, await weighSeriesGroups(store, indicator, keys, dayMs), "set");
  if (nowMs - state.weighedAtMs >= WEIGH_EVERY_MS || nowMs < state.weighedAtMs) {
    // After midnight the day that has ended once more.
    const fromMs = Math.max(firstMs, today - DAY_MS, Math.min(today, startOfDay(state.weighedAtMs)));
    for (let dayMs = fromMs; dayMs <= today; dayMs += DAY_MS) await weigh(dayMs);
    state.weighedAtMs = nowMs;
    state.doneFromMs = Math.min(state.doneFromMs, fromMs);
  }
  if (state.doneFromMs > firstMs) {
    await weigh(state.doneFromMs - DAY_MS);
    state.doneFromMs -= DAY_MS;
  }
  return state.doneFromMs <= firstMs;
}

const startOfDay = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;
