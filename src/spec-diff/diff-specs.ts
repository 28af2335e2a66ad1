import { judgedAlike } from "./compare-slos.ts";
import { changeEffect, type EffectOptions, type Exclusions } from "./change-effect.ts";
import type { DiffReport, OpenAlert, SloDiff } from "./diff-report.ts";
import type { Correction } from "../slo/correction.ts";
import { createExclusionOf, type Exclusion } from "../slo/exclusion.ts";
import type { ChangePlan, PlannedSlo } from "./plan-change.ts";

export interface DiffOptions extends Omit<EffectOptions, "sinceMs" | "exclusions"> {
  readonly source: string;
  /** How far back alerts are replayed, at most; undefined: a week, or the SLO's window where that is shorter. */
  readonly sinceMs: number | undefined;
  /** Open episodes by SLO. */
  readonly open: ReadonlyMap<string, readonly OpenAlert[]>;
  /** Made by API. */
  readonly corrections: readonly Correction[];
  /** No further SLO is replayed once this is true. */
  readonly isOver: () => boolean;
  /** Called after each SLO: its counts are not needed any more. */
  readonly done?: () => void;
}

const DEFAULT_SINCE_MS = 7 * 86_400_000;

/** Tells what a plan does to budgets and alerts; where the plan has errors, only what they are. */
export async function diffSpecs(plan: ChangePlan, options: DiffOptions): Promise<DiffReport> {
  const { allCorrections: inFiles } = plan;
  const exclusions = {
    before: createExclusionOf([...options.corrections, ...inFiles.before]),
    after: createExclusionOf([...options.corrections, ...inFiles.after]),
  };
  const slos: SloDiff[] = [];
  for (const slo of plan.slos) {
    slos.push(
      await diffSlo(withCorrections(slo, exclusions), { ...options, exclusions, isSound: plan.isSound }),
    );
    options.done?.();
  }
  const { diagnostics, conflicts, corrections } = plan;
  return {
    source: options.source,
    slos: plan.isSound ? slos : [],
    corrections: plan.isSound ? corrections : [],
    diagnostics,
    conflicts,
    atMs: options.endMs,
  };
}

/** Corrections that select an SLO differently change what it is judged by, as a field would. */
function withCorrections(slo: PlannedSlo, exclusions: Exclusions): PlannedSlo {
  const { before, after, change, fields } = slo;
  if (before === undefined || after === undefined) return slo;
  const was = exclusions.before(before);
  const is = exclusions.after(after);
  if (was?.key === is?.key) return slo;
  const names = (exclusion: Exclusion | undefined): string =>
    exclusion?.corrections.map(({ name }) => name).join(", ") ?? "";
  return {
    ...slo,
    change: change === "kept" ? change : "changed",
    fields: [...fields, { field: CORRECTIONS, before: names(was), after: names(is) }],
  };
}

const CORRECTIONS = "corrections";

interface SloOptions extends DiffOptions {
  readonly exclusions: Exclusions;
  readonly isSound: boolean;
}

async function diffSlo(planned: PlannedSlo, options: SloOptions): Promise<SloDiff> {
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
  const isCorrected = fields.some(({ field }) => field === CORRECTIONS);
  const isAlike = before !== undefined && after !== undefined && judgedAlike(before, after) && !isCorrected;
  if (!options.isSound || !isFelt || isAlike) {
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
