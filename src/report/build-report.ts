import { DAY_MS } from "../model/time.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { badEvents } from "../slo/burn-rate.ts";
import { countedNoun } from "../ledger/explain-number.ts";
import { utcText } from "../ledger/number-text.ts";
import type { Slo } from "../slo/slo.ts";
import { describeWindow } from "../slo/slo-window.ts";
import type { PeriodCoverage, PeriodNumbers, Report, ReportSummary, SloReport } from "./report.ts";
import type { ReportPeriod } from "./report-period.ts";
import { reportEpisodes, type FiredEpisode } from "./report-episodes.ts";

/** What was counted of an SLO in a period. */
export interface PeriodCounts {
  readonly counts: SliCounts;
  /** Of the budget; undefined without events. */
  readonly remainingRatio: number | undefined;
  readonly raw: { readonly counts: SliCounts; readonly remainingRatio: number | undefined };
  /** Days with an event; undefined where that is not known. */
  readonly eventDays: number | undefined;
}

export interface ReportInput {
  readonly nowMs: number;
  readonly period: ReportPeriod;
  readonly previous: ReportPeriod;
  readonly slos: readonly Slo[];
  /** By SLO; SLOs whose counts are being made are missing. */
  readonly counted: ReadonlyMap<string, PeriodCounts>;
  readonly countedBefore: ReadonlyMap<string, PeriodCounts>;
  /** Since when counts are complete; undefined while they are being made. */
  readonly coveredFromMs: (slo: Slo) => number | undefined;
  /** Those that fired in the period. */
  readonly episodes: readonly FiredEpisode[];
  /** Episodes from before are deleted. */
  readonly episodesKeptFromMs: number;
  /** SLOs whose definition changed within the period. */
  readonly redefined: ReadonlySet<string>;
  /** More that holds for the whole report. */
  readonly notes?: readonly string[];
}

/** Puts a report together. */
export function buildReport(input: ReportInput): Report {
  const { period, previous, nowMs } = input;
  const untilMs = Math.min(period.endMs, nowMs);
  const bySlo = new Map<string, FiredEpisode[]>();
  for (const episode of input.episodes) {
    const list = bySlo.get(episode.sloName);
    if (list === undefined) bySlo.set(episode.sloName, [episode]);
    else list.push(episode);
  }
  const slos = input.slos.map((slo) => sloReport(slo, input, bySlo.get(slo.name) ?? []));
  slos.sort((a, b) => compare(a.service, b.service) || compare(a.slo, b.slo));
  const notes = [...(input.notes ?? [])];
  if (untilMs < period.endMs) notes.push(`${period.name} is not over: the numbers are those so far.`);
  if (input.episodesKeptFromMs > period.startMs) {
    notes.push(
      `Episodes from before ${utcText(input.episodesKeptFromMs)} are deleted, and not in this report.`,
    );
  }
  return {
    generatedAt: iso(nowMs),
    period: { ...periodBody(period), countedUntil: iso(untilMs), isOver: untilMs === period.endMs },
    previous: periodBody(previous),
    totals: summarise("all", slos),
    services: summaries(slos, ({ service }) => service),
    owners: summaries(slos, ({ owner }) => owner ?? ""),
    slos,
    notes,
  };
}

function periodBody({ name, kind, startMs, endMs, timeZone, daysMs }: ReportPeriod): Report["previous"] {
  return { name, kind, start: iso(startMs), end: iso(endMs), timeZone, days: daysMs.length - 1 };
}

function sloReport(slo: Slo, input: ReportInput, episodes: readonly FiredEpisode[]): SloReport {
  const { period, previous, nowMs } = input;
  const counted = input.counted.get(slo.name);
  const before = input.countedBefore.get(slo.name);
  const coveredFromMs = input.coveredFromMs(slo);
  const coverage = coverageOf(period, nowMs, coveredFromMs, counted?.eventDays);
  const notes: string[] = [];
  if (counted === undefined) notes.push("What is stored is still being counted.");
  if (input.redefined.has(slo.name)) {
    notes.push("Its definition changed in this period: all of it is reported by the one of today.");
  }
  return {
    slo: slo.name,
    displayName: slo.displayName,
    service: slo.service,
    owner: slo.owner ?? null,
    target: slo.target,
    window: describeWindow(slo.window),
    counted: countedNoun(slo),
    ...numbersOf(slo, counted),
    raw: numbersOf(slo, counted?.raw),
    coverage,
    episodes: reportEpisodes(episodes, period.startMs, Math.min(period.endMs, nowMs)),
    previous: {
      ...numbersOf(slo, before),
      coverageRatio: coverageOf(previous, nowMs, coveredFromMs, before?.eventDays).ratio,
    },
    notes,
  };
}

function numbersOf(
  slo: Slo,
  counted: Pick<PeriodCounts, "counts" | "remainingRatio"> | undefined,
): PeriodNumbers {
  const counts = counted?.counts ?? { good: 0, total: 0 };
  const bad = badEvents(counts);
  const remaining = counted?.remainingRatio;
  const hasData = counts.total > 0 && remaining !== undefined;
  return {
    // By the budget: it is exact where 1 - target is not, and knows of the parts of composites.
    result: !hasData ? "no_data" : remaining >= -ROUNDING ? "met" : "missed",
    sli: hasData ? (counts.total - bad) / counts.total : null,
    budgetSpentRatio: hasData ? 1 - remaining : null,
    goodEvents: counts.total - bad,
    badEvents: bad,
    totalEvents: counts.total,
  };
}

/** Budgets that are spent exactly are met, however they were divided. */
const ROUNDING = 1e-12;

function coverageOf(
  { daysMs, startMs, endMs }: ReportPeriod,
  nowMs: number,
  coveredFromMs: number | undefined,
  eventDays: number | undefined,
): PeriodCoverage {
  const untilMs = Math.min(endMs, nowMs);
  const ofDays = daysMs.filter((dayMs) => dayMs < untilMs && dayMs < endMs).length;
  const fromMs = Math.min(untilMs, Math.max(startMs, coveredFromMs ?? untilMs));
  const ratio = (untilMs - fromMs) / (untilMs - startMs);
  const days = ratio === 1 ? ofDays : Math.floor(((untilMs - fromMs) / DAY_MS) * 10) / 10;
  const silent = eventDays === undefined ? 0 : Math.max(0, Math.ceil(days) - eventDays);
  const covered = ratio === 1 ? plural(ofDays, "day") : `covered ${days} of ${plural(ofDays, "day")}`;
  return {
    ofDays,
    days,
    ratio,
    eventDays: eventDays ?? null,
    countsFrom: coveredFromMs !== undefined && coveredFromMs > startMs ? iso(coveredFromMs) : null,
    text: silent === 0 ? covered : `${covered}, ${silent} without an event`,
  };
}

function summaries(slos: readonly SloReport[], nameOf: (slo: SloReport) => string): ReportSummary[] {
  const groups = new Map<string, SloReport[]>();
  for (const slo of slos) {
    const group = groups.get(nameOf(slo));
    if (group === undefined) groups.set(nameOf(slo), [slo]);
    else group.push(slo);
  }
  return [...groups].sort(([a], [b]) => compare(a, b)).map(([name, members]) => summarise(name, members));
}

function summarise(name: string, slos: readonly SloReport[]): ReportSummary {
  const countOf = (result: string): number => slos.filter((slo) => slo.result === result).length;
  const sum = (of: (slo: SloReport) => number): number => slos.reduce((total, slo) => total + of(slo), 0);
  let worst: SloReport | undefined;
  for (const slo of slos) {
    if ((slo.budgetSpentRatio ?? -1) > (worst?.budgetSpentRatio ?? -1)) worst = slo;
  }
  return {
    name,
    slos: slos.length,
    met: countOf("met"),
    missed: countOf("missed"),
    noData: countOf("no_data"),
    metBefore: slos.filter(({ previous }) => previous.result === "met").length,
    episodes: sum(({ episodes }) => episodes.count),
    firingMs: sum(({ episodes }) => episodes.firingMs),
    worstSlo: worst?.slo ?? null,
    worstBudgetSpentRatio: worst?.budgetSpentRatio ?? null,
  };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
