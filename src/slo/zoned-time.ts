import { DAY_MS } from "../model/time.ts";
import { daysOf, type WallMs } from "./civil-time.ts";

/** Making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** True for a name of the IANA Time Zone Database that this runtime knows. Offsets such as `+02:00` are no names. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What clocks in the zone show at an instant (epoch milliseconds). */
export function wallTimeAt(atMs: number, timeZone: string): WallMs {
  const fields = new Map<string, number>();
  for (const { type, value } of formatOf(timeZone).formatToParts(atMs)) fields.set(type, Number(value));
  const get = (name: string): number => fields.get(name) ?? 0;
  const days = daysOf({ year: get("year"), month: get("month"), day: get("day") });
  const seconds = (get("hour") * 60 + get("minute")) * 60 + get("second");
  return days * DAY_MS + seconds * 1_000 + (((atMs % 1_000) + 1_000) % 1_000);
}

/**
 * The instant at which clocks in the zone show this time. Of two such instants, where clocks are set back, the first;
 * of none, where they are set forward, as much after the change as the time is: 02:30 becomes 03:30.
 */
export function instantOf(wall: WallMs, timeZone: string): number {
  const offsetAt = (atMs: number): number => wallTimeAt(atMs, timeZone) - atMs;
  // A day to either side is beyond every change of the clock that could matter, and within reach of no other.
  const before = offsetAt(wall - DAY_MS);
  const after = offsetAt(wall + DAY_MS);
  if (before === after) return wall - before;
  const instants = [wall - before, wall - after].filter((atMs) => wallTimeAt(atMs, timeZone) === wall);
  return instants.length === 0 ? wall - before : Math.min(...instants);
}
