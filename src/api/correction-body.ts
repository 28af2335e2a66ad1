import { isSelected, type Correction } from "../slo/correction.ts";
import { nextOccurrence } from "../slo/define-correction.ts";
import type { Interval } from "../slo/intervals.ts";
import { removedCounts } from "../slo/judge-corrected.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import type { CorrectionBody, CorrectionEffectBody } from "./correction-schema.ts";

/** Who made a correction by API, and who deleted it. */
export interface CorrectionHistory {
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly deletedBy: string | null;
  readonly deletedAtMs: number | null;
}

const timeText = (ms: number): string => new Date(ms).toISOString();
const intervalBody = ({ startMs, endMs }: Interval): { start: string; end: string } => ({
  start: timeText(startMs),
  end: timeText(endMs),
});

/** One correction as the API shows it. `history`: of those made by API. */
export function correctionBody(
  { id, name, reason, author, selects, schedule, mutes = false, origin }: Correction,
  history: CorrectionHistory | undefined,
  slos: readonly Slo[],
  atMs: number,
): CorrectionBody {
  const isDeleted = history !== undefined && history.deletedAtMs !== null;
  const next = isDeleted ? undefined : nextOccurrence(schedule, atMs);
  return {
    id,
    name,
    reason,
    author,
    slos: [...selects.slos],
    services: [...selects.services],
    labels: { ...selects.labels },
    start: timeText(schedule.startMs),
    end: timeText(schedule.endMs),
    rrule: schedule.rrule ?? null,
    timeZone: schedule.timeZone,
    ends: schedule.ends,
    mutes,
    inForce: !isDeleted,
    active: next !== undefined && next.startMs <= atMs,
    next: next === undefined ? null : intervalBody(next),
    matches: slos.filter((slo) => isSelected(selects, slo)).map((slo) => slo.name),
    source:
      origin.kind === "file"
        ? { kind: "file", file: origin.location.file, line: origin.location.line }
        : {
            kind: "api",
            createdBy: history?.createdBy ?? "",
            createdAt: timeText(history?.createdAtMs ?? origin.createdAtMs),
            deletedBy: history?.deletedBy ?? null,
            deletedAt: history?.deletedAtMs == null ? null : timeText(history.deletedAtMs),
          },
  };
}

const MOST_INTERVALS = 100;

/** What a correction changes of one SLO: verdicts without it and with it, and one with it alone, whose raw counts are beside. */
export function correctionEffect(
  correction: Pick<Correction, "id">,
  {
    before,
    after,
    alone,
  }: { readonly before: SloVerdict; readonly after: SloVerdict; readonly alone: SloVerdict },
): CorrectionEffectBody {
  const { bad, total } = removedCounts(alone);
  const intervals =
    alone.corrected?.corrections.find((found) => found.correction.id === correction.id)?.intervals ?? [];
  return {
    slo: alone.slo.name,
    removed: { goodEvents: total - bad, badEvents: bad, totalEvents: total },
    intervals: intervals.slice(-MOST_INTERVALS).map(intervalBody),
    before: budgetBody(before),
    after: budgetBody(after),
  };
}

function budgetBody({ budget, state }: SloVerdict): CorrectionEffectBody["before"] {
  return {
    sli: budget.sli ?? null,
    remainingRatio: budget.remainingRatio ?? null,
    remainingEvents: budget.remainingEvents ?? null,
    state,
  };
}
