import { labelValue, labelsOf } from "../model/labels.ts";
import type { Labels } from "../model/labels.ts";
import { DAY_MS } from "../model/time.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { badEvents } from "../slo/burn-rate.ts";
import type { Slo } from "../slo/slo.ts";
import type { SloSample } from "./slo-samples.ts";

const SLO_EVENTS_METRIC = "noroshi_slo_events_total";

/** A sample that an earlier run stored. */
export interface StoredSample {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
}

/** Events in the buckets that begin in [fromMs, toMs), by indicator; those without events may be left out. */
export type ReadCounts = (
  indicatorIds: readonly string[],
  fromMs: number,
  toMs: number,
) => Promise<ReadonlyMap<string, SliCounts>>;

export interface SloEventPorts {
  readonly readCounts: ReadCounts;
  /** The newest sample of each series of a metric, of those not older than `fromMs`; markers are no samples. */
  readNewest(metric: string, fromMs: number): Promise<readonly StoredSample[]>;
}

/**
 * `noroshi_slo_events_total`: the events of an SLO, or of each part of a composite, since it was recorded first. It never falls, not when counts are
 * corrected downwards nor when old ones are deleted, and goes on where it was after a restart: what is older than a
 * day or two is kept as a sum, the rest is counted anew each time, so that late events are in it.
 */
export interface SloEventCounters {
  /** At `atMs`, for these SLOs; others are forgotten. Rejects when counts cannot be read. */
  samples(slos: readonly Slo[], atMs: number): Promise<readonly SloSample[]>;
}

interface EventCounter {
  indicatorId: string;
  /** Everything from here on is counted anew; a bucket's start. */
  fromMs: number;
  /** Events before that; what was stored counts more than what can be recounted, so they may be below zero. */
  good: number;
  bad: number;
  /** What was told last. */
  toldGood: number;
  toldBad: number;
  toldMs: number;
}

/** How far back stored samples are looked for after a restart. */
const LOOK_BACK_MS = 30 * DAY_MS;
/** A bucket is counted anew for one day at least. */
const RECOUNTED_MS = DAY_MS;

export function createSloEventCounters(ports: SloEventPorts): SloEventCounters {
  const counters = new Map<string, EventCounter>();
  let stored: Map<string, StoredEvents> | undefined;

  const prepare = async (slos: readonly Slo[], atMs: number): Promise<void> => {
    stored ??= storedEvents(await ports.readNewest(SLO_EVENTS_METRIC, atMs - LOOK_BACK_MS));
    const counted = slos.flatMap(countedOf);
    const names = new Set(counted.map(storedKey));
    for (const [key, { toldGood, toldBad, toldMs }] of counters) {
      if (names.has(key)) continue;
      // It may come back, and has to go on from there.
      stored.set(key, { timeMs: toldMs, good: toldGood, bad: toldBad });
      counters.delete(key);
    }
    for (const each of counted) {
      const key = storedKey(each);
      const counter = counters.get(key);
      if (counter === undefined) counters.set(key, await beginCounter(ports, each, stored.get(key), atMs));
      else if (counter.indicatorId !== each.indicatorId) {
        // Another indicator counts other events: only those from now on are added.
        counter.indicatorId = each.indicatorId;
        counter.fromMs = bucketStartMs(atMs);
        counter.good = counter.toldGood;
        counter.bad = counter.toldBad;
      }
    }
  };
  const countAnew = async (toMs: number): Promise<void> => {
    for (const [fromMs, group] of byStart(counters.values())) {
      const counts = await ports.readCounts(indicatorsOf(group), fromMs, toMs);
      for (const counter of group) {
        const { good, bad } = eventsOf(counts.get(counter.indicatorId));
        counter.toldGood = Math.max(counter.toldGood, counter.good + good);
        counter.toldBad = Math.max(counter.toldBad, counter.bad + bad);
        counter.toldMs = toMs;
      }
    }
  };
  /** What is older than two days becomes a sum. */
  const settleOld = async (atMs: number): Promise<void> => {
    const untilMs = recountFromMs(atMs);
    for (const [fromMs, group] of byStart(counters.values())) {
      if (untilMs - fromMs < RECOUNTED_MS) continue;
      const counts = await ports.readCounts(indicatorsOf(group), fromMs, untilMs);
      for (const counter of group) {
        const { good, bad } = eventsOf(counts.get(counter.indicatorId));
        counter.good += good;
        counter.bad += bad;
        counter.fromMs = untilMs;
      }
    }
  };
  return {
    samples: async (slos, atMs) => {
      await prepare(slos, atMs);
      await countAnew(bucketStartMs(atMs));
      await settleOld(atMs);
      return slos.flatMap(countedOf).flatMap((each) => {
        const { toldGood, toldBad } = counters.get(storedKey(each))!;
        return [
          { labels: eventLabels(each, "good"), value: toldGood },
          { labels: eventLabels(each, "bad"), value: toldBad },
        ];
      });
    },
  };
}

/** Goes on from what was stored last, if anything was. */
async function beginCounter(
  ports: SloEventPorts,
  { indicatorId }: Counted,
  before: StoredEvents | undefined,
  atMs: number,
): Promise<EventCounter> {
  if (before === undefined) {
    // Not from before: while stored events are being counted for a new SLO, that would be a sudden rise.
    const fromMs = bucketStartMs(atMs);
    return { indicatorId, fromMs, good: 0, bad: 0, toldGood: 0, toldBad: 0, toldMs: fromMs };
  }
  const fromMs = Math.min(recountFromMs(atMs), bucketStartMs(before.timeMs));
  const counted = await ports.readCounts([indicatorId], fromMs, bucketStartMs(before.timeMs));
  const { good, bad } = eventsOf(counted.get(indicatorId));
  return {
    indicatorId,
    fromMs,
    good: before.good - good,
    bad: before.bad - bad,
    toldGood: before.good,
    toldBad: before.bad,
    toldMs: before.timeMs,
  };
}

function recountFromMs(atMs: number): number {
  return Math.floor((atMs - RECOUNTED_MS) / DAY_MS) * DAY_MS;
}

function eventLabels({ slo, service, part }: Counted, outcome: "good" | "bad"): Labels {
  return labelsOf(Object.entries({ __name__: SLO_EVENTS_METRIC, slo, service, part, outcome }));
}

function eventsOf(counts: SliCounts | undefined): { readonly good: number; readonly bad: number } {
  if (counts === undefined || !(counts.total > 0)) return { good: 0, bad: 0 };
  const bad = badEvents(counts);
  return { good: counts.total - bad, bad };
}

function byStart(counters: Iterable<EventCounter>): ReadonlyMap<number, EventCounter[]> {
  const groups = new Map<number, EventCounter[]>();
  for (const counter of counters) {
    const group = groups.get(counter.fromMs);
    if (group === undefined) groups.set(counter.fromMs, [counter]);
    else group.push(counter);
  }
  return groups;
}

const indicatorsOf = (group: readonly EventCounter[]): readonly string[] => [
  ...new Set(group.map(({ indicatorId }) => indicatorId)),
];

/** What has a counter: an SLO, or each part of a composite. */
interface Counted {
  readonly slo: string;
  readonly service: string;
  /** "" where the SLO has none: no label. */
  readonly part: string;
  readonly indicatorId: string;
}

function countedOf({ name, service, indicator }: Slo): readonly Counted[] {
  if (indicator.source !== "composite") {
    return [{ slo: name, service, part: "", indicatorId: indicator.id }];
  }
  return indicator.parts.map((part) => ({
    slo: name,
    service,
    part: part.name,
    indicatorId: part.indicator.id,
  }));
}

interface StoredEvents {
  timeMs: number;
  good: number;
  bad: number;
}

const storedKey = ({ slo, service, part }: Omit<Counted, "indicatorId">): string =>
  part === "" ? `${service}/${slo}` : JSON.stringify([service, slo, part]);

function storedEvents(samples: readonly StoredSample[]): Map<string, StoredEvents> {
  const events = new Map<string, StoredEvents>();
  for (const { labels, timeMs, value } of samples) {
    const key = storedKey({
      slo: labelValue(labels, "slo"),
      service: labelValue(labels, "service"),
      part: labelValue(labels, "part"),
    });
    const known = events.get(key) ?? { timeMs, good: 0, bad: 0 };
    known.timeMs = Math.max(known.timeMs, timeMs);
    if (labelValue(labels, "outcome") === "good") known.good = Math.max(known.good, value);
    else known.bad = Math.max(known.bad, value);
    events.set(key, known);
  }
  return events;
}
