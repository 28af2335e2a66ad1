import { DAY_MS, MINUTE_MS, durationMs, type DurationMs } from "../model/time.ts";
import type { CalendarWindow, SloWindow } from "../slo/slo-window.ts";
import { readDuration, type Duration } from "./duration.ts";
import { readFields, readItems, reportMissing, requireField, type Fields } from "./fields.ts";
import { childPath, report, type Place } from "./place.ts";
import { readStartTime, readTimeZone } from "./read-calendar.ts";
import { readBoolean } from "./scalars.ts";

export interface TimeWindow {
  readonly window: SloWindow;
  /** Nominal: of a calendar month 30 days. */
  readonly windowMs: DurationMs;
}

const ROLLING = "timeWindow: [{duration: 30d, isRolling: true}]";
/** Up to here "1m" is more likely a month, or a year of them, than minutes. */
const LIKELY_MONTHS = 12;
const DEFAULT_MS = durationMs(30 * DAY_MS);

/** Reads `timeWindow`: one at most. OpenSLO leaves open what an SLO without one means. */
export function readTimeWindow(spec: Fields): TimeWindow | undefined {
  const place = spec.get("timeWindow");
  if (place === undefined) {
    if (spec.misspelt.has("timeWindow")) return undefined;
    const where = { ...spec.key("timeWindow"), path: childPath(spec.self.path, "timeWindow") };
    report(where, "warning", "timeWindow is missing; a rolling one of 30 days is taken", `write ${ROLLING}`);
    return { window: { kind: "rolling", ms: DEFAULT_MS }, windowMs: DEFAULT_MS };
  }
  const items = readItems(place);
  if (items === undefined) return undefined;
  if (items.length !== 1) {
    report(place, "error", `timeWindow has exactly one item, not ${items.length}`, `write ${ROLLING}`);
    return undefined;
  }
  const fields = readFields(items[0]!, ["duration", "isRolling", "calendar"]);
  if (fields === undefined) return undefined;
  const kind = windowKind(fields);
  const durationPlace = requireField(fields, "duration", "write duration: 30d");
  const duration =
    durationPlace && readDuration(durationPlace, kind === "calendar" ? "calendar" : "positive");
  if (duration !== undefined) warnLikelyMonths(durationPlace!, duration, kind);
  if (kind === "calendar") return readCalendarWindow(fields, duration);
  if (kind === undefined || duration === undefined) return undefined;
  return { window: { kind, ms: duration.ms }, windowMs: duration.ms };
}

/** `isRolling` may be left out where there is a calendar. */
function windowKind(fields: Fields): SloWindow["kind"] | undefined {
  const rollingPlace = fields.get("isRolling");
  const rolling = rollingPlace && readBoolean(rollingPlace);
  if (rollingPlace !== undefined && rolling === undefined) return undefined;
  const calendar = fields.get("calendar");
  if (calendar !== undefined && rolling === true) {
    report(fields.key("calendar"), "error", "calendar stands beside isRolling: true", "remove calendar");
    return undefined;
  }
  if (rolling === true) return "rolling";
  if (calendar !== undefined || rolling === false) return "calendar";
  reportMissing(fields, "isRolling", "write isRolling: true");
  return undefined;
}

function readCalendarWindow(fields: Fields, duration: Duration | undefined): TimeWindow | undefined {
  const place = requireField(
    fields,
    "calendar",
    'write calendar: {startTime: "2024-01-01 00:00:00", timeZone: Europe/Berlin}, or isRolling: true',
  );
  const calendar = place && readFields(place, ["startTime", "timeZone"]);
  if (calendar === undefined) return undefined;
  const startPlace = requireField(calendar, "startTime", 'write startTime: "2024-01-01 00:00:00"');
  const zonePlace = requireField(calendar, "timeZone", "write timeZone: UTC, or e.g. Europe/Berlin");
  const startsAt = startPlace && readStartTime(startPlace);
  const timeZone = zonePlace && readTimeZone(zonePlace);
  if (duration === undefined || startsAt === undefined || timeZone === undefined) return undefined;
  return {
    window: { kind: "calendar", ...periodOf(duration), startsAt, timeZone },
    windowMs: duration.ms,
  };
}

function periodOf({ ms, unit }: Duration): Pick<CalendarWindow, "unit" | "count"> {
  switch (unit) {
    case "d":
    case "w":
      return { unit: "day", count: ms / DAY_MS };
    case "M":
    case "Q":
      return { unit: "month", count: ms / (30 * DAY_MS) };
    case "Y":
      return { unit: "month", count: (ms / (365 * DAY_MS)) * 12 };
    default:
      return { unit: "ms", count: ms };
  }
}

function warnLikelyMonths(place: Place, duration: Duration, kind: SloWindow["kind"] | undefined): void {
  if (duration.unit !== "m" || duration.ms > LIKELY_MONTHS * MINUTE_MS) return;
  const count = duration.ms / MINUTE_MS;
  const meant = kind === "calendar" ? `${count}M` : `${count * 30}d`;
  report(
    place,
    "warning",
    `${duration.text} is ${count} minute${count === 1 ? "" : "s"}`,
    `if ${count} month${count === 1 ? " is" : "s are"} meant, write ${meant}`,
  );
}
