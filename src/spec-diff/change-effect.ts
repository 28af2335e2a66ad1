import { badEvents } from "../slo/burn-rate.ts";
import { formatDuration } from "../slo/format-duration.ts";
import type { ExclusionOf } from "../slo/exclusion.ts";
import type { Slo } from "../slo/slo.ts";
import { windowAt } from "../slo/slo-window.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import type { BudgetNow, ChangeEffect, EndingAlert, FiredAlert, OpenAlert } from "./diff-report.ts";
import { compareAlerts, replayInput, type RunReplay } from "./replay-history.ts";
import {
  judgeHistory,
  longestLookBackMs,
  readSloHistory,
  type ReadStoredCounts,
  type SloHistory,
} from "./slo-history.ts";

/** An SLO that is added has no `before`, one that is removed no `after`. */
export interface ChangedSlo {
  readonly before: Slo | undefined;
  readonly after: Slo | undefined;
  /** Its episodes that are open now. */
  readonly open: readonly OpenAlert[];
}

export interface EffectOptions {
  readonly read: ReadStoredCounts;
  readonly replay: RunReplay;
  /** End of the last bucket that is over. */
  readonly endMs: number;
  /** How far back alerts are replayed. */
  readonly sinceMs: number;
  /** What corrections leave out of the counts, as they are and as they would be. */
  readonly exclusions: Exclusions;
}

export interface Exclusions {
  readonly before: ExclusionOf;
  readonly after: ExclusionOf;
}

/** What the change of one SLO does, over the history that is stored. */
export async function changeEffect(change: ChangedSlo, options: EffectOptions): Promise<ChangeEffect> {
  const { endMs, sinceMs, read } = options;
  const slos = [change.before, change.after].filter((slo) => slo !== undefined);
  const lookBackMs = Math.max(...slos.map(longestLookBackMs));
  const askedFromMs = endMs - sinceMs;
  const range = { fromMs: askedFromMs - lookBackMs, endMs };
  const historyOf = async (slo: Slo | undefined, exclusionOf: ExclusionOf): Promise<SloHistory | undefined> =>
    slo && readSloHistory(slo, read, range, exclusionOf(slo));
  const before = await historyOf(change.before, options.exclusions.before);
  const after = await historyOf(change.after, options.exclusions.after);
  const replayed = commonRange([before, after], askedFromMs, endMs);
  const fired = async (history: SloHistory | undefined): Promise<readonly FiredAlert[] | undefined> =>
    history === undefined ? [] : replayed && options.replay(replayInput(history, replayed));
  const firedBefore = await fired(before);
  const firedAfter = await fired(after);
  const compared = firedBefore && firedAfter && compareAlerts(firedBefore, firedAfter);
  return {
    before: before && budgetNow(before),
    after: after && budgetNow(after),
    replayed: compared === undefined ? null : (replayed ?? null),
    askedFromMs,
    gained: compared?.gained ?? [],
    lost: compared?.lost ?? [],
    same: compared?.same ?? 0,
    ends: endingAlerts(change, firedAfter),
    limits: limitsOf([before, after], replayed?.startMs, askedFromMs),
  };
}

/** Both sides are compared over the time that both know. */
function commonRange(
  histories: readonly (SloHistory | undefined)[],
  askedFromMs: number,
  endMs: number,
): { readonly startMs: number; readonly endMs: number } | undefined {
  const there = histories.filter((history) => history !== undefined);
  if (there.some(({ knownFromMs }) => knownFromMs === undefined)) return undefined;
  const startMs = Math.max(askedFromMs, ...there.map(({ knownFromMs }) => knownFromMs!));
  return startMs < endMs ? { startMs, endMs } : undefined;
}

function budgetNow(history: SloHistory): BudgetNow {
  const { slo, endMs, knownFromMs } = history;
  const window = windowAt(slo.window, endMs - BUCKET_MS);
  const { counts, sli, remainingRatio, remainingEvents } = judgeHistory(history).budget;
  const bad = badEvents(counts);
  return {
    sli,
    remainingRatio,
    remainingEvents,
    goodEvents: counts.total - bad,
    badEvents: bad,
    totalEvents: counts.total,
    windowStartMs: window.startMs,
    windowEndMs: endMs,
    knownFromMs: knownFromMs === undefined ? undefined : Math.max(knownFromMs, window.startMs),
  };
}

/** What of the open episodes the change would close. */
function endingAlerts(
  { before, after, open }: ChangedSlo,
  firedAfter: readonly FiredAlert[] | undefined,
): readonly EndingAlert[] {
  if (before === undefined) return [];
  return open.flatMap((episode): readonly EndingAlert[] => {
    if (after === undefined) return [{ ...episode, reason: "slo_removed" }];
    const { alertKey, severity } = episode;
    const stays = after.alerts.some((alert) => alert.key === alertKey && alert.severity === severity);
    if (!stays) return [{ ...episode, reason: "alert_removed" }];
    if (firedAfter === undefined) return [];
    const lasts = firedAfter.some((alert) => alert.alertKey === alertKey && alert.resolvedMs === null);
    return lasts ? [] : [{ ...episode, reason: "not_breaching" }];
  });
}

function limitsOf(
  histories: readonly (SloHistory | undefined)[],
  replayedFromMs: number | undefined,
  askedFromMs: number,
): readonly string[] {
  const there = histories.filter((history) => history !== undefined);
  const limits: string[] = [];
  if (there.some(({ knownFromMs }) => knownFromMs === undefined)) {
    limits.push("nothing is stored that could be counted: there is no history to replay");
  } else if (replayedFromMs === undefined) {
    limits.push("the two have no stored history in common: alerts cannot be compared");
  } else if (replayedFromMs > askedFromMs) {
    const length = formatDuration(there[0]!.endMs - replayedFromMs);
    limits.push(`history reaches back to ${minuteText(replayedFromMs)}: ${length} were replayed`);
  }
  if (there.some(({ slo }) => slo.groupBy !== undefined)) {
    limits.push("these are the numbers of all groups together; each group has a budget of its own");
  }
  if (there.some(({ ranOutOfTime }) => ranOutOfTime)) {
    limits.push("there was no time to count all that is stored: what is older was left out");
  }
  const [gap] = there.flatMap(({ gaps }) => gaps);
  if (gap !== undefined) limits.push(`a query was not answered for parts of the time: ${gap.reason}`);
  return limits;
}

/** `2026-01-31 03:04 UTC`. */
function minuteText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
