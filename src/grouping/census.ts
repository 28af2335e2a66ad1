import type { GroupKey } from "../traceql/group-field.ts";

/** One value for each key, and how many events had them on one day. */
export interface GroupEvents {
  readonly values: readonly GroupKey[];
  /** Start of the day (UTC), epoch milliseconds. */
  readonly dayMs: number;
  readonly events: number;
}

/** Which values were found of one way to group, and with how many events on each day. */
export interface Census {
  /** By the values as text. */
  readonly found: Map<string, Finding>;
  /** Values that are counted, those with the most events first; texts as above. */
  tracked: readonly string[];
  /** More values were there than are remembered. */
  isCut: boolean;
}

interface Finding {
  readonly values: readonly GroupKey[];
  readonly eventsByDay: Map<number, number>;
}

/** Beyond that, those with the fewest events are forgotten. */
const MOST_FOUND = 5_000;
/**
 * A value that is counted gives way only to one with twice its events: near the limit two of about the same size would
 * take turns otherwise, each time with a history to count anew.
 */
const STICKINESS = 2;

export function newCensus(): Census {
  return { found: new Map(), tracked: [], isCut: false };
}

/** `add`: these are further events of their days · `set`: all of them · `see`: there were some, nobody counted how many. */
export function record(census: Census, rows: readonly GroupEvents[], how: "add" | "set" | "see"): void {
  for (const { values, dayMs, events } of rows) {
    const key = JSON.stringify(values);
    const finding = census.found.get(key) ?? { values, eventsByDay: new Map<number, number>() };
    census.found.set(key, finding);
    const before = finding.eventsByDay.get(dayMs) ?? 0;
    if (how === "set") finding.eventsByDay.set(dayMs, events);
    else finding.eventsByDay.set(dayMs, how === "add" ? before + events : before);
  }
  if (census.found.size > MOST_FOUND) forgetSmallest(census);
}

/** Forgets days that end before, and values that had no event since: their groups end. */
export function forgetBefore(census: Census, dayMs: number): void {
  for (const [key, { eventsByDay }] of census.found) {
    for (const day of eventsByDay.keys()) if (day < dayMs) eventsByDay.delete(day);
    if (eventsByDay.size === 0) census.found.delete(key);
  }
}

/**
 * Decides which values are counted: the `limit` with the most events. While the past is still being looked through
 * (`isFinal` false) and there are more than that, nothing changes. `isFirst`: what is counted so far was only what was found
 * first. Returns whether something has changed.
 */
export function choose(census: Census, limit: number, isFinal: boolean, isFirst = false): boolean {
  const { found } = census;
  const isTracked = new Set(census.tracked);
  const stays = census.tracked.filter((key) => found.has(key));
  const mayChoose = isFinal || found.size <= limit;
  const candidates = mayChoose ? [...found.keys()] : stays;
  const ranked = candidates
    .map((key) => ({ key, events: eventsOf(found.get(key)!) }))
    .map(({ key, events }) => ({
      key,
      events,
      weight: isTracked.has(key) && !isFirst ? events * STICKINESS : events,
    }))
    .sort(
      (a, b) =>
        b.weight - a.weight ||
        Number(isTracked.has(b.key)) - Number(isTracked.has(a.key)) ||
        order(a.key, b.key),
    )
    .slice(0, limit);
  const next = ranked.sort((a, b) => b.events - a.events || order(a.key, b.key)).map(({ key }) => key);
  const isSame = next.length === census.tracked.length && next.every((key) => isTracked.has(key));
  census.tracked = next;
  return !isSame;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function eventsOf({ eventsByDay }: Finding): number {
  let sum = 0;
  for (const events of eventsByDay.values()) sum += events;
  return sum;
}

function forgetSmallest(census: Census): void {
  const tracked = new Set(census.tracked);
  const rest = [...census.found]
    .filter(([key]) => !tracked.has(key))
    .map(([key, finding]) => ({ key, events: eventsOf(finding) }))
    .sort((a, b) => b.events - a.events);
  // More than has to go, so that this is not done for each further value.
  for (const { key } of rest.slice(Math.floor(MOST_FOUND / 2))) census.found.delete(key);
  census.isCut = true;
}

/** A census as it is stored: plain JSON. */
export interface StoredCensus {
  readonly found: readonly (readonly [
    values: readonly GroupKey[],
    days: readonly (readonly [number, number])[],
  ])[];
  readonly tracked: readonly string[];
  readonly isCut: boolean;
}

/** What is not tracked is only needed for the choice: the largest are kept. */
const MOST_STORED = 2_000;

export function storedCensus({ found, tracked, isCut }: Census): StoredCensus {
  const isTracked = new Set(tracked);
  const kept = [...found]
    .map(([key, finding]) => ({ finding, rank: isTracked.has(key) ? Infinity : eventsOf(finding) }))
    .sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank))
    .slice(0, MOST_STORED);
  return {
    found: kept.map(({ finding }) => [finding.values, [...finding.eventsByDay]]),
    tracked,
    isCut: isCut || found.size > kept.length,
  };
}

export function readCensus({ found, tracked, isCut }: StoredCensus): Census {
  return {
    found: new Map(
      found.map(([values, days]) => [JSON.stringify(values), { values, eventsByDay: new Map(days) }]),
    ),
    tracked,
    isCut,
  };
}
