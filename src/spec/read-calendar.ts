import { nearestName } from "../model/nearest-name.ts";
import { dateOf, daysOf, type WallMs } from "../slo/civil-time.ts";
import { DAY_MS } from "../model/time.ts";
import { isTimeZone } from "../slo/zoned-time.ts";
import { report, type Place } from "./place.ts";
import { readFilledText } from "./scalars.ts";

/** Reads `startTime` of a calendar: date and time of day on clocks in the zone. */
export function readStartTime(place: Place): WallMs | undefined {
  const text = readFilledText(place);
  if (text === undefined) return undefined;
  const wall = wallTimeOf(text);
  if (wall === undefined) {
    const date = /^\s*(\d{4}-\d{2}-\d{2})/.exec(text)?.[1] ?? "2024-01-01";
    const time = /(\d{2}:\d{2}:\d{2})/.exec(text)?.[1] ?? "00:00:00";
    const repaired = `${date} ${time}`;
    const example = wallTimeOf(repaired) === undefined ? "2024-01-01 00:00:00" : repaired;
    report(
      place,
      "error",
      `"${text}" is not a start time`,
      `write date and time without a zone: "${example}"`,
    );
  }
  return wall;
}

/** Reads a name of the IANA Time Zone Database. */
export function readTimeZone(place: Place): string | undefined {
  const text = readFilledText(place);
  if (text === undefined || isTimeZone(text)) return text;
  const near = nearestName(text, Intl.supportedValuesOf("timeZone"));
  const hint =
    near === undefined
      ? "write a name of the IANA Time Zone Database, e.g. Europe/Berlin or UTC"
      : `did you mean "${near}"?`;
  report(place, "error", `"${text}" is not a time zone`, hint);
  return undefined;
}

/** `2024-01-31 12:30:00`; undefined for other forms, and for days and times that are not there. */
function wallTimeOf(text: string): WallMs | undefined {
  const fields = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/.exec(text)?.slice(1).map(Number);
  if (fields === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  const days = daysOf({ year, month, day });
  const date = dateOf(days);
  if (year < 1970 || date.month !== month || date.day !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000;
}
