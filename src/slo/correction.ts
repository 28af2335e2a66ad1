import { DAY_MS } from "../model/time.ts";
import type { WallMs } from "./civil-time.ts";
import type { Interval } from "./intervals.ts";
import { parseRecurrence } from "./parse-recurrence.ts";
import { occurrencesWithin } from "./recurrence.ts";
import type { Slo, SourceLocation } from "./slo.ts";
import { instantOf, wallTimeAt } from "./zoned-time.ts";

/**
 * Time that leaves the counts of some SLOs, events good and bad alike: maintenance, an outage that was somebody else's,
 * a load test. Time is not dilated: windows stay as long as they are, and simply hold fewer events.
 */
export interface Correction {
  /** Unique: a UUID of those made by API, `file:<name>` of those in spec files. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly reason: string;
  /** Who answers for it. */
  readonly author: string;
  readonly selects: CorrectionSelector;
  readonly schedule: CorrectionSchedule;
  /** While it lasts nobody is told of alerts of these SLOs either; false where it is left out. */
  readonly mutes?: boolean;
  readonly origin:
    | { readonly kind: "api"; readonly createdAtMs: number }
    | { readonly kind: "file"; readonly location: SourceLocation };
}

/** What is corrected: SLOs that fulfil every condition that is given; at least one is. */
export interface CorrectionSelector {
  /** Names, in which `*` stands for any characters; one of them has to fit. */
  readonly slos: readonly string[];
  /** The same of the SLO's service. */
  readonly services: readonly string[];
  /** Each has to fit one of the values that the SLO has for this label. */
  readonly labels: Readonly<Record<string, string>>;
}

/** When: once, or again and again. */
export interface CorrectionSchedule {
  /** Of the first time, epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of a recurring one: a rule of RFC 5545. */
  readonly rrule: string | undefined;
  /** On whose clocks it recurs; an IANA name. */
  readonly timeZone: string;
  /** `clock`: each time ends when clocks show what they showed at the first end. `length`: each lasts as long as the first. */
  readonly ends: "clock" | "length";
}

/** No interval lasts longer. */
export const LONGEST_CORRECTION_MS = 400 * DAY_MS;

/** True where the correction is about this SLO. */
export function isSelected(
  { slos, services, labels }: CorrectionSelector,
  slo: Pick<Slo, "name" | "service" | "labels" | "group">,
): boolean {
  const conditions = slos.length + services.length + Object.keys(labels).length;
  if (conditions === 0) return false;
  // The budgets of groups inherit what their parent's name selects.
  const names = [slo.name, slo.group?.parent ?? slo.name];
  return (
    (slos.length === 0 || slos.some((pattern) => names.some((name) => fits(pattern, name)))) &&
    (services.length === 0 || services.some((pattern) => fits(pattern, slo.service))) &&
    Object.entries(labels).every(
      ([label, pattern]) =>
        Object.hasOwn(slo.labels, label) && slo.labels[label]!.some((value) => fits(pattern, value)),
    )
  );
}

/** `*` stands for any characters, none included. Takes time in proportion to the product of the lengths at most. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === text;
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= text.length - last.length;
}

/** Gives the times of a correction that overlap [fromMs, toMs), whole, in order, as they were written. */
export type Occurrences = (fromMs: number, toMs: number) => readonly Interval[];

/** Rules are read once. A rule that cannot be read, which its reader has refused, gives the first time alone. */
export function occurrencesOf({ startMs, endMs, rrule, timeZone, ends }: CorrectionSchedule): Occurrences {
  const startWall = wallTimeAt(startMs, timeZone);
  const parsed = rrule === undefined ? undefined : parseRecurrence(rrule, startWall, timeZone);
  if (parsed?.ok !== true) {
    const once = [{ startMs, endMs }];
    return (fromMs, toMs) => (startMs < toMs && endMs > fromMs ? once : []);
  }
  const clockLength = wallTimeAt(endMs, timeZone) - startWall;
  const intervalAt = (wall: WallMs): Interval => {
    // Where clocks show a time twice, the first time is as it was given.
    const from = wall === startWall ? startMs : instantOf(wall, timeZone);
    const to = ends === "length" ? from + (endMs - startMs) : instantOf(wall + clockLength, timeZone);
    return { startMs: from, endMs: to };
  };
  return (fromMs, toMs) => {
    // Clocks differ from one another, and from themselves when they are set, by less than two days.
    const fromWall = fromMs - Math.max(clockLength, endMs - startMs) - 2 * DAY_MS;
    const found: Interval[] = [];
    for (const wall of occurrencesWithin(parsed.rule, fromWall, toMs + 2 * DAY_MS)) {
      const interval = intervalAt(wall);
      const isInside = interval.startMs < toMs && interval.endMs > fromMs;
      if (isInside && interval.endMs > interval.startMs) found.push(interval);
    }
    return found;
  };
}
