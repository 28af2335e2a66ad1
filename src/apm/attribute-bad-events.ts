import { formatPercent } from "../slo/format-percent.ts";
import { attributeCounts, attributeName, traceqlOf, valueCounts } from "./attribute-counts.ts";
import type { EventCounts, EventSample, EventSelection, ValueRow } from "./attribution-ports.ts";
import {
  contributorOf,
  rankContributors,
  type Contributor,
  type SampledEvents,
} from "./rank-contributors.ts";

/** One value, and how much of the bad events has it. */
export interface AttributedValue {
  /** As TraceQL writes it, such as `span.http.route`. */
  readonly attribute: string;
  readonly value: string;
  /** 0..1, of the events that were looked at. */
  readonly badShare: number;
  readonly goodShare: number;
  /** badShare / goodShare; undefined where no good event has it. */
  readonly lift: number | undefined;
  /** By which values are ranked: 0..1. */
  readonly score: number;
  readonly alsoTrue: readonly { readonly attribute: string; readonly value: string }[];
  /** A span filter for them; undefined where none can say that. */
  readonly query: string | undefined;
  /** Of bad events, the latest first, at most three. */
  readonly traceIds: readonly string[];
  readonly words: string;
}

/** Which value of what people divide services by has most of the bad events. */
export interface Spender extends AttributedValue {
  readonly dimension: "endpoint" | "version" | "region";
  /** No event has another one. */
  readonly isOnly: boolean;
}

export interface BadEventAttribution {
  readonly events: EventCounts;
  readonly sampled: SampledEvents;
  /** One sentence or two. */
  readonly summary: string;
  readonly spenders: readonly Spender[];
  readonly contributors: readonly AttributedValue[];
  readonly symptoms: readonly AttributedValue[];
  readonly excluded: readonly { readonly attribute: string; readonly reason: string }[];
}

const MOST = 10;

/** The first of them that events have. */
const DIMENSIONS: readonly {
  readonly dimension: Spender["dimension"];
  readonly attributes: readonly string[];
}[] = [
  { dimension: "endpoint", attributes: ["endpoint"] },
  { dimension: "version", attributes: ["resource.service.version"] },
  { dimension: "region", attributes: ["resource.cloud.region", "resource.cloud.availability_zone"] },
];

/** What bad events have that good ones have not. Rejects with the store's error. */
export async function attributeBadEvents<Selection = EventSelection>(
  read: (selection: Selection) => Promise<EventSample>,
  selection: Selection,
  /** Attributes that the SLO's own condition asks for, as TraceQL writes them. */
  condition: ReadonlySet<string>,
): Promise<BadEventAttribution> {
  const sample = await read(selection);
  const { events, bad, good } = sample;
  const ranking = rankContributors(
    { bad, good, attributes: attributeCounts(sample.rows) },
    { condition, most: MOST },
  );
  const spenders = DIMENSIONS.flatMap(({ dimension, attributes }): Spender[] => {
    const rows = attributes
      .map((attribute) => sample.rows.filter((row) => attributeName(row) === attribute))
      .find((found) => found.length > 0);
    return rows === undefined ? [] : [spenderOf(dimension, rows, { bad, good })];
  });
  const contributors = ranking.contributors.map(attributed);
  return {
    events,
    sampled: { bad, good },
    summary: summaryOf(events, { bad, good }, contributors),
    spenders,
    contributors,
    symptoms: ranking.symptoms.map(attributed),
    excluded: ranking.excluded,
  };
}

function attributed(contributor: Contributor): AttributedValue {
  const { attribute, value, badShare, goodShare, lift, score, alsoTrue, field, literal, traceIds } =
    contributor;
  return {
    attribute,
    value,
    badShare,
    goodShare,
    lift,
    score,
    alsoTrue,
    query: traceqlOf(field, literal),
    traceIds,
    words: wordsOf(contributor),
  };
}

/** `82 % of bad events have http.route=/refund, 9 % of good ones do` */
function wordsOf({ attribute, value, badShare, goodShare }: Contributor): string {
  const share = badShare === 1 ? "all bad events" : `${formatPercent(badShare)} of bad events`;
  const others = goodShare === 0 ? "no good one does" : `${formatPercent(goodShare)} of good ones do`;
  return `${share} have ${withoutScope(attribute)}=${value === "" ? '""' : value}, ${others}`;
}

const withoutScope = (attribute: string): string => attribute.replace(/^(span|resource|event)\./, "");

function spenderOf(
  dimension: Spender["dimension"],
  rows: readonly ValueRow[],
  total: SampledEvents,
): Spender {
  // Rows come with most bad events first, but those that have none of it are not among them.
  const first = rows[0]!;
  const isEndpoint = dimension === "endpoint";
  const field = isEndpoint
    ? ({ type: "intrinsic", name: "name" } as const)
    : ({ type: "attribute", scope: "resource", key: first.key } as const);
  const value = contributorOf({ field, attribute: attributeName(first) }, valueCounts(first), total);
  const isOnly = first.distinct === 1 && first.present === total.bad + total.good;
  const what = `${dimension} ${first.value}`;
  return {
    ...attributed(value),
    // An endpoint is made of a route and a method, or is the name.
    ...(isEndpoint ? { query: undefined } : {}),
    dimension,
    isOnly,
    words: isOnly
      ? `all events are of ${what}`
      : `${what} has ${formatPercent(value.badShare)} of the bad events, and ${formatPercent(value.goodShare)} of the good ones`,
  };
}

function summaryOf(
  { total, bad, isEstimated }: EventCounts,
  sampled: SampledEvents,
  contributors: readonly AttributedValue[],
): string {
  const about = isEstimated ? "about " : "";
  if (total === 0) return "There were no events.";
  const counted = `${about}${bad} of ${about}${total} events were bad`;
  if (bad === 0) return `None of ${about}${total} events was bad.`;
  if (sampled.good === 0) return `${capital(counted)}: there are no good ones to compare them with.`;
  const [first] = contributors;
  if (first === undefined) return `${capital(counted)}, and nothing tells them from the good ones.`;
  return `${capital(counted)}: ${first.words}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
