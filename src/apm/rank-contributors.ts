import type { AttributeCounts, AttributeField, ValueCounts } from "./attribution-ports.ts";
import { exclusionOf } from "./exclude-attribute.ts";
import { proportionBounds } from "./proportion-bounds.ts";
import { sameEvents } from "./same-events.ts";

/** A value that bad events have more often than good ones. */
export interface Contributor extends Omit<ValueCounts, "badSketch" | "goodSketch"> {
  readonly field: AttributeField;
  readonly attribute: string;
  /** Of the bad events looked at, 0..1. */
  readonly badShare: number;
  /** Of the good ones, 0..1. */
  readonly goodShare: number;
  /** badShare / goodShare; undefined where no good event has it. */
  readonly lift: number | undefined;
  /** How much larger its share of bad events is than its share of good ones, at least, 0..1. */
  readonly score: number;
  /** Values that are on the same events: one thing by several names. */
  readonly alsoTrue: readonly { readonly attribute: string; readonly value: string }[];
}

/** Events that were looked at. */
export interface SampledEvents {
  readonly bad: number;
  readonly good: number;
}

export interface Ranking {
  /** Where it fails, most telling first. */
  readonly contributors: readonly Contributor[];
  /** How it fails: statuses, messages, exceptions, and what the SLO itself calls bad. */
  readonly symptoms: readonly Contributor[];
  /** Attributes that were left out by rule, by name. */
  readonly excluded: readonly { readonly attribute: string; readonly reason: string }[];
}

const LEAST_BAD_SHARE = 0.02;
const SYMPTOM =
  /^(statusMessage|status|event\.exception\.type)$|^span\.(error(\.|$)|exception\.|otel\.status_|http\.(response\.)?status_code$|rpc\.(grpc|response|connect_rpc)\.(status_code|error_code)$)/;

/** Names that people know come first where several say the same. */
const KNOWN = [
  "span.http.route",
  "route",
  "resource.service.version",
  "resource.cloud.region",
  "span.rpc.method",
  "span.messaging.destination.name",
  "resource.deployment.environment.name",
  "name",
  "statusMessage",
  "event.exception.type",
  "span.error.type",
];

/**
 * The values that tell bad events from good ones. A value's score is the lowest its share of bad events may be, less the
 * highest its share of good ones may be (95 % each): large only where it both covers much of the bad and is rarer among the
 * good, and small where few events were seen. Ties by attribute and value. Values on the same events are folded into one.
 */
export function rankContributors(
  sample: SampledEvents & { readonly attributes: readonly AttributeCounts[] },
  options: {
    /** Attributes that the SLO's own condition asks for, as TraceQL writes them. */
    readonly condition: ReadonlySet<string>;
    readonly most: number;
  },
): Ranking {
  const excluded: { attribute: string; reason: string }[] = [];
  const where: Scored[] = [];
  const how: Scored[] = [];
  for (const attribute of sample.attributes) {
    const reason = exclusionOf(attribute);
    if (reason !== undefined) {
      excluded.push({ attribute: attribute.attribute, reason });
      continue;
    }
    const isSymptom = options.condition.has(attribute.attribute) || SYMPTOM.test(attribute.attribute);
    (isSymptom ? how : where).push(...scoredValues(attribute, sample));
  }
  return {
    contributors: folded(where, options.most),
    symptoms: folded(how, options.most),
    excluded: excluded.sort((a, b) => (a.attribute < b.attribute ? -1 : 1)),
  };
}

interface Scored {
  readonly contributor: Contributor;
  readonly counts: ValueCounts;
}

function scoredValues(
  { field, attribute, values }: AttributeCounts,
  total: SampledEvents,
): readonly Scored[] {
  return values.flatMap((counts): Scored[] => {
    const contributor = contributorOf({ field, attribute }, counts, total);
    const isTelling = contributor.score > 0 && contributor.badShare >= LEAST_BAD_SHARE;
    return isTelling ? [{ contributor, counts }] : [];
  });
}

/** One value with its shares, whatever its score. */
export function contributorOf(
  { field, attribute }: Pick<AttributeCounts, "field" | "attribute">,
  { badSketch: _bad, goodSketch: _good, ...counts }: ValueCounts,
  total: SampledEvents,
): Contributor {
  const badShare = total.bad === 0 ? 0 : counts.bad / total.bad;
  const goodShare = total.good === 0 ? 0 : counts.good / total.good;
  const least = proportionBounds(counts.bad, total.bad).low;
  const most = proportionBounds(counts.good, total.good).high;
  return {
    ...counts,
    field,
    attribute,
    badShare,
    goodShare,
    lift: goodShare === 0 ? undefined : badShare / goodShare,
    score: Math.max(0, least - most),
    alsoTrue: [],
  };
}

function folded(scored: readonly Scored[], most: number): readonly Contributor[] {
  const sorted = [...scored].sort((a, b) => compare(a.contributor, b.contributor));
  const groups: Scored[][] = [];
  for (const one of sorted) {
    const group = groups.find(([first]) => first !== undefined && sameEvents(first.counts, one.counts));
    if (group !== undefined) group.push(one);
    else if (groups.length < most) groups.push([one]);
  }
  return groups.map((group) => {
    const members = group.map(({ contributor }) => contributor);
    const named = [...members].sort((a, b) => knownness(a.attribute) - knownness(b.attribute))[0]!;
    const alsoTrue = members
      .filter((member) => member !== named)
      .map(({ attribute, value }) => ({ attribute, value }));
    return { ...named, alsoTrue };
  });
}

function compare(a: Contributor, b: Contributor): number {
  return (
    b.score - a.score ||
    b.badShare - a.badShare ||
    knownness(a.attribute) - knownness(b.attribute) ||
    (a.attribute < b.attribute ? -1 : a.attribute > b.attribute ? 1 : a.value < b.value ? -1 : 1)
  );
}

function knownness(attribute: string): number {
  const index = KNOWN.indexOf(attribute);
  return index < 0 ? KNOWN.length : index;
}
