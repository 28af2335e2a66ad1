import { DAY_MS, HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { suggestName } from "../model/nearest-name.ts";
import { dateOf, daysOf, type WallMs } from "./civil-time.ts";
import { LONGEST_CORRECTION_MS, occurrencesOf, type CorrectionSchedule } from "./correction.ts";
import { parseRecurrence } from "./parse-recurrence.ts";
import { instantOf, isTimeZone, wallTimeAt } from "./zoned-time.ts";

/** When, as people write it. */
export interface ScheduleText {
  /** `2026-01-31T22:00:00Z`, or `2026-01-31 22:00` on clocks in the zone. */
  readonly start: string;
  /** One of the two: when it ends, in the same forms, or how long it lasts, as `1h30m`. */
  readonly end?: string | undefined;
  readonly duration?: string | undefined;
  readonly rrule?: string | undefined;
  /** UTC where it is left out. */
  readonly timeZone?: string | undefined;
}

/** What is wrong with a field, and what to write instead. */
export interface ScheduleFault {
  readonly field: keyof ScheduleText;
  readonly message: string;
  readonly hint: string;
}

const FIRST_MS = 0;
const LAST_MS = 4_102_444_800_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/** Reads when a correction is; gives the first fault of each field. */
export function defineSchedule(
  text: ScheduleText,
):
  | { readonly ok: true; readonly schedule: CorrectionSchedule }
  | { readonly ok: false; readonly faults: readonly ScheduleFault[] } {
  const { timeZone = "UTC" } = text;
  if (!isTimeZone(timeZone)) {
    const hint = suggestName(timeZone, [...Intl.supportedValuesOf("timeZone"), "UTC"]);
    const named = hint.startsWith("did you mean") ? hint : "write a name such as Europe/Berlin or UTC";
    return failed("timeZone", `"${timeZone}" is not a time zone`, named);
  }
  const startMs = instantIn(text.start, timeZone);
  if (startMs === undefined) return failed("start", `"${text.start}" is not a time`, TIME_HINT);
  const end = endOf(text, startMs, timeZone);
  if ("field" in end) return { ok: false, faults: [end] };
  const { endMs } = end;
  const field = text.end === undefined ? "duration" : "end";
  if (endMs <= startMs) return failed(field, "it ends before it begins", "write an end after start");
  if (endMs - startMs > LONGEST_CORRECTION_MS) {
    const days = LONGEST_CORRECTION_MS / DAY_MS;
    return failed(field, `it lasts longer than ${days} days`, "take the SLO out of the specs instead");
  }
  if (startMs < FIRST_MS || endMs > LAST_MS)
    return failed("start", "it is not between 1970 and 2100", "check the year");
  if (text.rrule !== undefined) {
    const parsed = parseRecurrence(text.rrule, wallTimeAt(startMs, timeZone), timeZone);
    if (!parsed.ok) return failed("rrule", parsed.message, parsed.hint);
  }
  const ends = text.end === undefined ? "length" : "clock";
  return { ok: true, schedule: { startMs, endMs, rrule: text.rrule?.trim(), timeZone, ends } };
}

function failed(
  field: keyof ScheduleText,
  message: string,
  hint: string,
): { ok: false; faults: ScheduleFault[] } {
  return { ok: false, faults: [{ field, message, hint }] };
}

function endOf(
  text: ScheduleText,
  startMs: number,
  timeZone: string,
): { readonly endMs: number } | ScheduleFault {
  if (text.end !== undefined && text.duration !== undefined) {
    return {
      field: "duration",
      message: "end and duration stand beside each other",
      hint: "keep one of the two",
    };
  }
  if (text.end !== undefined) {
    const endMs = instantIn(text.end, timeZone);
    if (endMs !== undefined) return { endMs };
    return { field: "end", message: `"${text.end}" is not a time`, hint: TIME_HINT };
  }
  if (text.duration === undefined)
    return { field: "end", message: "end is missing", hint: "write end, or duration: 2h" };
  const lengthMs = lengthOf(text.duration);
  if (lengthMs !== undefined) return { endMs: startMs + lengthMs };
  const message = `"${text.duration}" is not a length of time`;
  return { field: "duration", message, hint: "write numbers and units s, m, h, d or w, e.g. 1h30m" };
}

const TIME_HINT =
  "write 2026-01-31T22:00:00Z, or 2026-01-31 22:00 on clocks in timeZone (UTC unless it says otherwise)";

/** A length of time such as `90m` or `1h30m`, in milliseconds; undefined for anything else. */
export function lengthOf(text: string): number | undefined {
  const written = text.trim();
  if (!/^(\d{1,6}[smhdw])+$/.test(written)) return undefined;
  let ms = 0;
  for (const [, count, unit] of written.matchAll(/(\d+)([smhdw])/g)) ms += Number(count) * UNITS_MS[unit!]!;
  return ms;
}

const TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):(\d{2}))?)?$/;

/** RFC 3339, or date and time of day on clocks in the zone; a date alone is its midnight there. */
function instantIn(text: string, timeZone: string): number | undefined {
  const match = TIME.exec(text.trim());
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((field) => Number(field ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = daysOf({ year, month, day });
  const date = dateOf(days);
  if (date.month !== month || date.day !== day || hour > 23 || minute > 59 || second > 59) return undefined;
  const fractionMs = Math.floor(Number(`0.${match[7] ?? 0}`) * 1_000);
  const wall: WallMs = days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + fractionMs;
  const [, , , , , , , , zulu, sign, offsetHours, offsetMinutes] = match;
  if (zulu !== undefined) return wall;
  if (sign === undefined) return instantOf(wall, timeZone);
  const offsetMs = Number(offsetHours) * HOUR_MS + Number(offsetMinutes) * MINUTE_MS;
  return sign === "+" ? wall - offsetMs : wall + offsetMs;
}

/** The first time at `atMs` or later, or the one under way; undefined when there is none within two years. */
export function nextOccurrence(
  schedule: CorrectionSchedule,
  atMs: number,
): { readonly startMs: number; readonly endMs: number } | undefined {
  return occurrencesOf(schedule)(atMs, atMs + 731 * DAY_MS)[0];
}
