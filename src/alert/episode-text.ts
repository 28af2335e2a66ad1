import { spentBudget } from "../slo/explain-budget.ts";
import { formatDuration, windowName } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import { isFloor } from "../slo/burn-operator.ts";
import { brief, contextDetails } from "./context-text.ts";
import type { NotificationContext } from "./notification-context.ts";
import type { EpisodeFacts, NotificationAction, PartFacts, Resolution } from "./episode.ts";
import type { SelfFacts } from "./self-problem.ts";

/** An episode as people are told of it. */
export interface EpisodeNews {
  readonly action: NotificationAction;
  readonly facts: EpisodeFacts;
  /** When the trouble began. */
  readonly startedAtMs: number;
  /** Time of the change that is told. */
  readonly atMs: number;
  /** Of a `resolve`; null otherwise. */
  readonly resolution: Resolution | null;
  /** What was found beside the facts, where it was looked for. */
  readonly context?: NotificationContext | undefined;
}

/**
 * The whole story in one line, plain text, below 512 characters:
 * `payment-availability: error budget burning 52x too fast (page-quick), 31 % left, gone in 4 h 10 min`,
 * `payment-availability: resolved after 12 min, 31 % of the error budget left`.
 */
export function episodeSummary(news: EpisodeNews): string {
  const { facts } = news;
  const text =
    facts.self !== undefined
      ? selfSummary(news, facts.self)
      : news.action === "resolve"
        ? `${facts.sloName}: ${ending(news)}, ${budgetLeft(facts, "of the error budget left")}`
        : `${facts.sloName}: ${since(news)}${trouble(facts)}${tierName(facts)}, ${[budgetLeft(facts, "left"), timeLeft(facts), flapped(facts)].filter(Boolean).join(", ")}`;
  return text.length < 512 ? text : `${text.slice(0, 510)}…`;
}

/** The facts behind the summary, for people; in the order of use. Plain text. */
export function episodeDetails(
  news: EpisodeNews,
): readonly { readonly name: string; readonly value: string }[] {
  const { facts } = news;
  const standIn =
    facts.standIn === undefined ? [] : [{ name: "Told here because", value: facts.standIn.reason }];
  if (facts.self !== undefined)
    return [...standIn, { name: "Since", value: `${utc(news.startedAtMs)}${lasted(news)}` }];
  const details: (readonly [string, string | null])[] = [
    ["Told here because", facts.standIn?.reason ?? null],
    ["Service", facts.service],
    ["Objective", `${formatPercent(facts.target)} over ${facts.sloWindow ?? windowName(facts.sloWindowMs)}`],
    ["Burn rate", facts.noData === true ? null : burnRates(facts)],
    ["Error budget", budget(news)],
    ["Parts", facts.parts === undefined || facts.noData === true ? null : partBurns(facts.parts)],
    [
      facts.sliceMs === undefined ? "Bad events" : `Bad slices of ${windowName(facts.sliceMs)}`,
      facts.parts !== undefined || facts.noData === true
        ? null
        : `${COUNT.format(facts.badEvents)} of ${COUNT.format(facts.totalEvents)} in ${windowName(facts.longWindowMs)}`,
    ],
    ["Since", `${utc(news.startedAtMs)}${lasted(news)}`],
    ["Flapping", flapping(news)],
    ...contextDetails(news),
    ["Owner", facts.owner],
  ];
  return details.flatMap(([name, value]) => (value === null || value === "" ? [] : [{ name, value }]));
}

/** What to do now, in one sentence; undefined where nothing is to be done. */
export function nextStep(news: EpisodeNews): string | undefined {
  if (news.facts.self !== undefined) return news.action === "resolve" ? undefined : news.facts.self.detail;
  switch (news.resolution) {
    case "recovered":
      return undefined;
    case "no_traffic":
      return `Nothing has arrived for a while. Check that ${news.facts.service} is meant to be idle.`;
    case "slo_deleted":
      return "Its SLO is no longer in the specs, so nothing watches this any more. If that is a mistake, put it back.";
    case "alert_removed":
      return "Its alert is no longer in the SLO's spec. If that is a mistake, put it back.";
    case null:
      if (news.facts.noData === true)
        return `See whether ${news.facts.service} gets requests, and whether what it reports still arrives here.`;
      if (hasFloor(news.facts))
        return `The budget burns slower than this alert expects. See whether ${news.facts.service} still reports what fails.`;
      return whileItBurns(news);
    default:
      return news.resolution satisfies never;
  }
}

/** `2026-01-31 03:04:05 UTC`. */
export function utc(atMs: number): string {
  return `${UTC.format(atMs)} UTC`;
}

/** Sweden writes dates as ISO 8601 does. */
const UTC = new Intl.DateTimeFormat("sv-SE", { timeZone: "UTC", dateStyle: "short", timeStyle: "medium" });

/** `Noroshi: the disk is nearly full`, `Noroshi: over after 12 min: the disk is nearly full`. */
function selfSummary(news: EpisodeNews, { summary }: SelfFacts): string {
  return news.action === "resolve"
    ? `Noroshi: over after ${formatDuration(news.atMs - news.startedAtMs)}: ${summary}`
    : `Noroshi: ${summary}`;
}

/** How what is told now differs from what was told before. */
function since({ action, atMs, startedAtMs }: EpisodeNews): string {
  if (action === "update") return "worse: ";
  return action === "remind" ? `still after ${formatDuration(atMs - startedAtMs)}: ` : "";
}

/** That no data is about missing data needs no name. */
function tierName({ noData, tier }: EpisodeFacts): string {
  return noData === true && tier === "no-data" ? "" : ` (${tier})`;
}

function whileItBurns({ facts, context, startedAtMs }: EpisodeNews): string {
  const change = context?.changes.find(({ firstSeenMs }) => firstSeenMs <= startedAtMs);
  if (change !== undefined) {
    const first = facts.runbookUrl === null ? `See what fails in ${facts.service}.` : "Follow the runbook.";
    return `${first} Version ${brief(change.version)} of ${brief(change.service)} is new: going back to the one before may end it.`;
  }
  return facts.runbookUrl === null
    ? `See what fails in ${facts.service} and what changed around ${utc(startedAtMs)}.`
    : `Follow the runbook; see what changed in ${facts.service} around ${utc(startedAtMs)}.`;
}

function trouble(facts: EpisodeFacts): string {
  return facts.noData === true
    ? `no data for ${formatDuration(facts.longWindowMs)}`
    : hasFloor(facts)
      ? `error budget burning at only ${burn(facts)}`
      : `error budget burning ${burn(facts)} too fast${mostlyBy(facts.parts ?? [])}`;
}

function ending(news: EpisodeNews): string {
  const after = formatDuration(news.atMs - news.startedAtMs);
  switch (news.resolution) {
    case "no_traffic":
      return `closed after ${after} because requests stopped`;
    case "slo_deleted":
      return `closed after ${after} because its SLO was deleted`;
    case "alert_removed":
      return `closed after ${after} because its alert was removed from the spec`;
    case "recovered":
    case null:
      return `resolved after ${after}`;
    default:
      return news.resolution satisfies never;
  }
}

/** The burn of the window that answers fastest: what it is like now. */
function burn(facts: EpisodeFacts): string {
  return times(facts.shortBurnRate ?? facts.longBurnRate, 10);
}

/** `14.4x`, with one decimal below `wholeFrom`; `no data` without a rate. */
export function times(rate: number | null, wholeFrom = 100): string {
  if (rate === null) {
    return "no data";
  }
  return `${rate < wholeFrom - 0.05 ? Number(rate.toFixed(1)) : Math.round(rate)}x`;
}

function burnRates(facts: EpisodeFacts): string {
  const long = `${times(facts.longBurnRate)} over ${windowName(facts.longWindowMs)}`;
  const short =
    facts.shortWindowMs === null
      ? ""
      : `, ${times(facts.shortBurnRate)} over ${windowName(facts.shortWindowMs)}`;
  return `${long}${short} (${facts.tier} is ${hasFloor(facts) ? "below" : "above"} ${times(facts.burnThreshold)})`;
}

/** The alert is about a burn that is low. */
function hasFloor({ burnOperator }: EpisodeFacts): boolean {
  return isFloor({ operator: burnOperator ?? "gt" });
}

/** The part that burns most, where others burn less or not at all. */
function mostlyBy([first, second]: readonly PartFacts[]): string {
  if (first?.burnRate == null || first.burnRate <= 0 || second === undefined) return "";
  const words = first.name.trim().replaceAll(/\s+/g, " ");
  const name = words.length <= 60 ? words : `${words.slice(0, 59)}…`;
  return (second.burnRate ?? 0) > 0 ? `, mostly by ${name}` : `, by ${name}`;
}

/** `checkout 28x, search 0x, profile no data`. */
function partBurns(parts: readonly PartFacts[]): string {
  return parts.map(({ name, burnRate }) => `${name} ${times(burnRate)}`).join(", ");
}

function budgetLeft(facts: EpisodeFacts, words: string): string {
  const left = facts.budgetRemainingRatio;
  if (left === null) {
    return "no events in the SLO window";
  }
  return left <= 0 ? `error budget ${spentBudget(left)}` : `${formatPercent(left)} ${words}`;
}

function timeLeft(facts: EpisodeFacts): string {
  const { budgetRemainingRatio: left, exhaustedInMs } = facts;
  return left === null || left <= 0 || exhaustedInMs === null
    ? ""
    : `gone in ${formatDuration(exhaustedInMs)}`;
}

/** Of one that fires again and again. */
function flapped({ flapping }: EpisodeFacts): string {
  return flapping === undefined
    ? ""
    : `flapping: ${flapping.times} times within ${formatDuration(flapping.withinMs)}`;
}

/** What is done about it. */
function flapping({ action, facts }: EpisodeNews): string {
  if (facts.flapping === undefined) return "";
  const { times, withinMs, holdMs } = facts.flapping;
  const often = `${times} times within ${formatDuration(withinMs)}`;
  return action === "resolve"
    ? often
    : `${often}, so it is held open until it is calm for ${formatDuration(holdMs)}`;
}

/** Beside the label that says what it is of. */
function budget({ facts, action }: EpisodeNews): string {
  const left = facts.budgetRemainingRatio;
  return left !== null && left <= 0
    ? spentBudget(left)
    : // When it is over, a forecast made from the trouble's own hour would only frighten.
      [budgetLeft(facts, "left"), action === "resolve" ? "" : timeLeft(facts)].filter(Boolean).join(", ");
}

/** 1,234,567: counts of events are long. Of metrics and of slices they may be fractions. */
const COUNT = new Intl.NumberFormat("en-US");

function lasted(news: EpisodeNews): string {
  const lastedMs = news.atMs - news.startedAtMs;
  return lastedMs <= 0 ? "" : ` (${formatDuration(lastedMs)})`;
}
