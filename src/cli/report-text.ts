import { hundredths, plainNumber } from "../ledger/number-text.ts";
import { formatDuration } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { wallTimeAt } from "../slo/zoned-time.ts";
import type {
  PeriodNumbers,
  Report,
  ReportedEpisode,
  ReportResult,
  ReportSummary,
  SloReport,
} from "../report/report.ts";

export type ReportGrouping = "service" | "owner";

/** SLOs of one service, or owner. */
export interface ReportGroup {
  readonly title: string;
  readonly summary: ReportSummary;
  readonly slos: readonly SloReport[];
}

export function reportGroups(report: Report, by: ReportGrouping): readonly ReportGroup[] {
  const summaries = by === "service" ? report.services : report.owners;
  return summaries.map((summary) => ({
    title: summary.name === "" ? `no ${by}` : summary.name,
    summary,
    slos: report.slos.filter((slo) => (slo[by] ?? "") === summary.name),
  }));
}

/** `October 2026` is for people of one language: the name of the period is understood by all. */
export function reportTitle({ period }: Report): string {
  return `SLO report ${period.name}`;
}

/** From when to when, on the clocks of the report's time zone. */
export function periodText({ period }: Report): string {
  const { start, end, countedUntil, isOver, timeZone } = period;
  const until = zonedText(isOver ? end : countedUntil, timeZone);
  return `${zonedText(start, timeZone)} to ${until}${isOver ? "" : ", not over"} (${timeZone})`;
}

/** The whole in one sentence. */
export function totalsText({ totals, previous }: Report): string {
  const judged = totals.met + totals.missed;
  const silent = totals.noData === 0 ? "" : `, ${totals.noData} had no data`;
  const firing =
    totals.episodes === 0
      ? "No alert fired."
      : `${totals.episodes} ${totals.episodes === 1 ? "alert" : "alerts"} fired, for ${formatDuration(totals.firingMs)} together.`;
  return `${totals.met} of ${judged} SLOs met their target${silent}; in ${previous.name} it was ${totals.metBefore}. ${firing}`;
}

export const RESULT_WORDS: Readonly<Record<ReportResult, string>> = {
  met: "met",
  missed: "missed",
  no_data: "no data",
};

/** `34 %`, `134 %`, and in multiples where a percentage would puzzle: `18.7 times`. */
export function spentText(ratio: number | null): string {
  if (ratio === null) return "no data";
  return ratio < 10 ? formatPercent(ratio) : `${Number(ratio.toPrecision(3))} times`;
}

export function sliText(sli: number | null): string {
  return formatPercent(sli ?? undefined);
}

/** `30 of 6,000`, and what they are where they are not events. */
export function badText({ badEvents, totalEvents, counted }: SloReport): string {
  const noun = counted === "events" ? "" : ` ${counted}`;
  return `${plainNumber(hundredths(badEvents))} of ${plainNumber(hundredths(totalEvents))}${noun}`;
}

/** What it would be without corrections, where that differs. */
export function rawText({ raw, totalEvents, badEvents }: SloReport): string | undefined {
  if (raw.totalEvents === totalEvents && raw.badEvents === badEvents) return undefined;
  return `without corrections ${sliText(raw.sli)}, ${RESULT_WORDS[raw.result]}, ${spentText(raw.budgetSpentRatio)} of the budget, ${plainNumber(hundredths(raw.badEvents))} of ${plainNumber(hundredths(raw.totalEvents))} bad`;
}

/** `99.95 %, met`; with what is missing of the period before. */
export function beforeText({ previous }: SloReport): string {
  const { sli, result, budgetSpentRatio, coverageRatio }: PeriodNumbers & { coverageRatio: number } =
    previous;
  if (result === "no_data") return "no data";
  const part = coverageRatio === 1 ? "" : ` (${formatPercent(coverageRatio)} covered)`;
  return `${sliText(sli)}, ${spentText(budgetSpentRatio)} spent, ${RESULT_WORDS[result]}${part}`;
}

export function alertsText({ episodes }: SloReport): string {
  if (episodes.count === 0) return "none";
  const kinds = [
    ...(episodes.critical > 0 ? [`${episodes.critical} critical`] : []),
    ...(episodes.warning > 0 ? [`${episodes.warning} warning`] : []),
  ];
  return `${kinds.join(", ")}; ${formatDuration(episodes.firingMs)} firing`;
}

/** `2 h 10 min from 2026-10-03 12:00, critical (page-quick)`. */
export function incidentText(episode: ReportedEpisode, timeZone: string): string {
  const open = episode.resolvedAt === null ? ", still firing" : "";
  return `${formatDuration(episode.firingMs)} from ${zonedText(episode.firedAt, timeZone)}, ${episode.severity} (${episode.tier})${open}`;
}

/** `2026-10-03 12:00` on clocks in the zone. */
export function zonedText(iso: string, timeZone: string): string {
  const wall = wallTimeAt(Date.parse(iso), timeZone);
  return new Date(wall).toISOString().slice(0, 16).replace("T", " ");
}
