import { DAY_MS } from "../model/time.ts";
import { BUCKET_MS } from "../slo/bucket.ts";
import { addMonths, dateOf, daysOf, type WallMs } from "../slo/civil-time.ts";
import { instantOf, isTimeZone, wallTimeAt } from "../slo/zoned-time.ts";

/** A calendar period on the clocks of a time zone: [startMs, endMs) in whole buckets. */
export interface ReportPeriod {
  /** `2026-10`, `2026-Q3`, `2026-W41`, `2026`. */
  readonly name: string;
  readonly kind: PeriodKind;
  readonly startMs: number;
  readonly endMs: number;
  /** Where each of its days begins, and where the last one ends. */
  readonly daysMs: readonly number[];
  /** IANA name. */
  readonly timeZone: string;
}

export type PeriodKind = (typeof PERIOD_KINDS)[number];

const PERIOD_KINDS = ["week", "month", "quarter", "year"] as const;

export type ParsedPeriod =
  | { readonly ok: true; readonly period: ReportPeriod; readonly previous: ReportPeriod }
  /** `problem`: what is wrong and what to write instead. */
  | { readonly ok: false; readonly problem: string };

/** Of the time zone: UTC, and as good as every place on earth. */
const FIRST_YEAR = 1971;

/**
 * Reads `month`, `quarter`, `week`, `year` (the one that `nowMs` is in), `last-month` and so on (the one before), `2026-10`,
 * `2026-Q3`, `2026-W41` (ISO 8601) or `2026`.
 */
export function parsePeriod(text: string, nowMs: number, timeZone: string): ParsedPeriod {
  if (!isTimeZone(timeZone)) {
    return { ok: false, problem: `timeZone: "${timeZone}" is no time zone; write a name as Europe/Berlin` };
  }
  const found = startOf(text, wallTimeAt(nowMs, timeZone));
  if (found === undefined) {
    const problem = `period: "${text}" is none; write month, last-month, quarter, last-quarter, week, last-week, year, last-year, 2026-10, 2026-Q3, 2026-W41 or 2026`;
    return { ok: false, problem };
  }
  const period = periodOf(found.kind, found.start, timeZone);
  if (period.startMs > nowMs) return { ok: false, problem: `period: ${period.name} lies ahead` };
  return { ok: true, period, previous: periodOf(found.kind, shifted(found.kind, found.start, -1), timeZone) };
}

interface PeriodStart {
  readonly kind: PeriodKind;
  readonly start: WallMs;
}

function startOf(text: string, nowWall: WallMs): PeriodStart | undefined {
  const named = /^(last-)?(week|month|quarter|year)$/.exec(text);
  if (named !== null) {
    const kind = named[2] as PeriodKind;
    const current = startOfCurrent(kind, nowWall);
    return { kind, start: named[1] === undefined ? current : shifted(kind, current, -1) };
  }
  const [, yearText = "", rest = ""] = /^(\d{4})(-(?:\d{2}|Q[1-4]|W\d{2}))?$/i.exec(text) ?? [];
  const year = Number(yearText);
  if (!(year >= FIRST_YEAR)) return undefined;
  if (rest === "") return { kind: "year", start: wallOf(year, 1) };
  const number = Number(rest.replace(/^-[QW]?/i, ""));
  if (/^-Q/i.test(rest)) return { kind: "quarter", start: wallOf(year, 3 * number - 2) };
  if (/^-W/i.test(rest)) {
    const start = firstMonday(year) + (number - 1) * 7 * DAY_MS;
    return number >= 1 && start < firstMonday(year + 1) ? { kind: "week", start } : undefined;
  }
  return number >= 1 && number <= 12 ? { kind: "month", start: wallOf(year, number) } : undefined;
}

function startOfCurrent(kind: PeriodKind, nowWall: WallMs): WallMs {
  const days = Math.floor(nowWall / DAY_MS);
  const { year, month } = dateOf(days);
  switch (kind) {
    case "week":
      return mondayOf(days) * DAY_MS;
    case "month":
      return wallOf(year, month);
    case "quarter":
      return wallOf(year, month - ((month - 1) % 3));
    case "year":
      return wallOf(year, 1);
  }
}

function shifted(kind: PeriodKind, start: WallMs, periods: number): WallMs {
  if (kind === "week") return start + periods * 7 * DAY_MS;
  return addMonths(start, periods * { month: 1, quarter: 3, year: 12 }[kind]);
}

function wallOf(year: number, month: number): WallMs {
  return daysOf({ year, month, day: 1 }) * DAY_MS;
}

/** 1970-01-01 was a Thursday. */
function mondayOf(days: number): number {
  return days - ((((days + 3) % 7) + 7) % 7);
}

/** Of the first ISO week of a year: the one with 4 January. */
function firstMonday(year: number): WallMs {
  return mondayOf(daysOf({ year, month: 1, day: 4 })) * DAY_MS;
}

function periodOf(kind: PeriodKind, start: WallMs, timeZone: string): ReportPeriod {
  const end = shifted(kind, start, 1);
  const days = Math.round((end - start) / DAY_MS);
  // As windows do: a bucket belongs to the period that it begins in.
  const daysMs = Array.from(
    { length: days + 1 },
    (_, i) => Math.ceil(instantOf(start + i * DAY_MS, timeZone) / BUCKET_MS) * BUCKET_MS,
  );
  return { name: nameOf(kind, start), kind, startMs: daysMs[0]!, endMs: daysMs.at(-1)!, daysMs, timeZone };
}

function nameOf(kind: PeriodKind, start: WallMs): string {
  const days = Math.round(start / DAY_MS);
  const { year, month } = dateOf(days);
  switch (kind) {
    case "year":
      return String(year);
    case "quarter":
      return `${year}-Q${(month + 2) / 3}`;
    case "month":
      return `${year}-${String(month).padStart(2, "0")}`;
    case "week": {
      // The year of its Thursday.
      const weekYear = dateOf(days + 3).year;
      const number = (start - firstMonday(weekYear)) / (7 * DAY_MS) + 1;
      return `${weekYear}-W${String(number).padStart(2, "0")}`;
    }
  }
}
