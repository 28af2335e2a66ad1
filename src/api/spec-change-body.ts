import type { ApplyOutcome, SpecsDiff } from "../spec-diff/change-specs.ts";
import type { BudgetNow, ChangeEffect, FiredAlert, SloChange } from "../spec-diff/diff-report.ts";
import type { PlannedSlo } from "../spec-diff/plan-change.ts";
import type { ApplyBody, DiffBody } from "./spec-change-schema.ts";

type EffectBody = NonNullable<DiffBody["slos"][number]["effect"]>;

/** A diff as the API shows it. */
export function diffBody(diff: SpecsDiff): DiffBody {
  const { source, slos, isSound, held } = diff;
  return {
    source,
    at: iso(diff.atMs),
    valid: isSound,
    differs: slos.some(({ change }) => change !== "unchanged") || diff.corrections.length > 0,
    held: held ?? null,
    summary: summaryOf(slos),
    slos: slos.map(({ effect, fields, ...slo }) => ({
      ...slo,
      fields: [...fields],
      effect: effect === undefined ? null : effectBody(effect),
    })),
    corrections: [...diff.corrections],
    conflicts: [...diff.conflicts],
    diagnostics: [...diff.diagnostics],
  };
}

/** What was, or would be, applied. */
export function applyBody(
  source: string,
  outcome: Extract<ApplyOutcome, { kind: "applied" | "planned" | "unchanged" }>,
): ApplyBody {
  const { kind, slos, held, previous, diagnostics } = outcome;
  const summary = summaryOf(slos);
  return {
    source,
    outcome: kind,
    held,
    previous: previous ?? null,
    summary,
    slos: slos.map(plannedBody),
    corrections: [...outcome.corrections],
    diagnostics: [...diagnostics],
    notes:
      summary.kept === 0
        ? []
        : [
            `${summary.kept === 1 ? "1 SLO is" : `${summary.kept} SLOs are`} no longer in the files and ` +
              `${summary.kept === 1 ? "runs" : "run"} on: apply with prune to end ${summary.kept === 1 ? "it" : "them"}`,
          ],
  };
}

function plannedBody({ name, change, fields, before, after }: PlannedSlo): ApplyBody["slos"][number] {
  const { service, location } = (after ?? before)!;
  return { name, service, change, file: location.file, line: location.line, fields: [...fields] };
}

function summaryOf(slos: readonly { readonly change: SloChange }[]): DiffBody["summary"] {
  const summary = { added: 0, changed: 0, removed: 0, kept: 0, unchanged: 0 };
  for (const { change } of slos) summary[change] += 1;
  return summary;
}

function effectBody(effect: ChangeEffect): EffectBody {
  const { replayed } = effect;
  return {
    before: effect.before === undefined ? null : budgetBody(effect.before),
    after: effect.after === undefined ? null : budgetBody(effect.after),
    replayed: replayed && { start: iso(replayed.startMs), end: iso(replayed.endMs) },
    askedFrom: iso(effect.askedFromMs),
    gained: effect.gained.map(firedBody),
    lost: effect.lost.map(firedBody),
    same: effect.same,
    ends: effect.ends.map(({ episodeId, alertKey, severity, startedMs, reason }) => ({
      episodeId,
      alert: alertKey,
      severity,
      startedAt: iso(startedMs),
      reason,
    })),
    limits: [...effect.limits],
  };
}

function budgetBody(budget: BudgetNow): NonNullable<EffectBody["before"]> {
  const { sli, remainingRatio, remainingEvents, knownFromMs } = budget;
  return {
    sli: sli ?? null,
    remainingRatio: remainingRatio ?? null,
    remainingEvents: remainingEvents ?? null,
    goodEvents: budget.goodEvents,
    badEvents: budget.badEvents,
    totalEvents: budget.totalEvents,
    windowStart: iso(budget.windowStartMs),
    windowEnd: iso(budget.windowEndMs),
    knownFrom: knownFromMs === undefined ? null : iso(knownFromMs),
  };
}

function firedBody({
  alertKey,
  severity,
  tier,
  firedMs,
  resolvedMs,
}: FiredAlert): EffectBody["gained"][number] {
  return {
    alert: alertKey,
    severity,
    tier,
    firedAt: iso(firedMs),
    resolvedAt: resolvedMs === null ? null : iso(resolvedMs),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
