import { judgedAlike } from "./compare-slos.ts";
import { changeEffect, type EffectOptions } from "./change-effect.ts";
import type { DiffReport, OpenAlert, SloDiff } from "./diff-report.ts";
import type { ChangePlan, PlannedSlo } from "./plan-change.ts";

export interface DiffOptions extends Omit<EffectOptions, "sinceMs"> {
  readonly source: string;
  /** How far back alerts are replayed, at most; undefined: a week, or the SLO's window where that is shorter. */
  readonly sinceMs: number | undefined;
  /** Open episodes by SLO. */
  readonly open: ReadonlyMap<string, readonly OpenAlert[]>;
  /** No further SLO is replayed once this is true. */
  readonly isOver: () => boolean;
  /** Called after each SLO: its counts are not needed any more. */
  readonly done?: () => void;
}

const DEFAULT_SINCE_MS = 7 * 86_400_000;

/** Tells what a plan does to budgets and alerts; where the plan has errors, only what they are. */
export async function diffSpecs(plan: ChangePlan, options: DiffOptions): Promise<DiffReport> {
  const slos: SloDiff[] = [];
  for (const slo of plan.slos) {
    slos.push(await diffSlo(slo, plan.isSound, options));
    options.done?.();
  }
  const { diagnostics, conflicts } = plan;
  return {
    source: options.source,
    slos: plan.isSound ? slos : [],
    diagnostics,
    conflicts,
    atMs: options.endMs,
  };
}

async function diffSlo(planned: PlannedSlo, isSound: boolean, options: DiffOptions): Promise<SloDiff> {
  const { name, change, fields, before, after } = planned;
  const shown = (after ?? before)!;
  const diff = {
    name,
    change,
    fields,
    service: shown.service,
    file: shown.location.file,
    line: shown.location.line,
  };
  const isFelt = change === "added" || change === "removed" || change === "changed";
  if (!isSound || !isFelt || (before && after && judgedAlike(before, after))) {
    return { ...diff, effect: undefined };
  }
  const open = options.open.get(name) ?? [];
  const sinceMs = options.sinceMs ?? Math.min(DEFAULT_SINCE_MS, shown.windowMs);
  if (options.isOver()) {
    const limits = ["there was no time left to replay it: ask for fewer changes, or a shorter --since"];
    const none = {
      before: undefined,
      after: undefined,
      replayed: null,
      gained: [],
      lost: [],
      same: 0,
      ends: [],
    };
    return { ...diff, effect: { ...none, askedFromMs: options.endMs - sinceMs, limits } };
  }
  const effect = await changeEffect({ before, after, open }, { ...options, sinceMs });
  return { ...diff, effect };
}
