import { DAY_MS, HOUR_MS, MINUTE_MS, durationMs, type DurationMs } from "../model/time.ts";
import { describe } from "./fields.ts";
import { isScalar } from "yaml";
import { report, type Place } from "./place.ts";

/**
 * Units of OpenSLO's duration-shorthand. A month, a quarter and a year have no fixed length; as lengths of rolling
 * windows they count 30, 90 and 365 days.
 */
const UNIT_MS: Readonly<Record<string, number>> = {
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
  M: 30 * DAY_MS,
  Q: 90 * DAY_MS,
  Y: 365 * DAY_MS,
};
const CALENDAR_UNITS = ["M", "Q", "Y"];
const SPELLED_UNITS: readonly (readonly [spelling: RegExp, unit: string])[] = [
  [/^min(ute)?s?$/i, "m"],
  [/^(h|hrs?|hours?)$/i, "h"],
  [/^d(ays?)?$/i, "d"],
  [/^w(eeks?)?$/i, "w"],
  [/^mo(nths?)?$/i, "M"],
  [/^q(uarters?)?$/i, "Q"],
  [/^y(ears?)?$/i, "Y"],
];
/** Five years: longer than anybody's SLO, and short enough for exact arithmetic in milliseconds. */
const LONGEST_MS = 5 * 365 * DAY_MS;

export interface Duration {
  readonly ms: DurationMs;
  /** As written, e.g. `30d`. */
  readonly text: string;
  readonly unit: string;
}

/**
 * Reads a duration such as `5m`, `6h`, `30d`, `4w`; `zero` allows `0m`. Months and longer units get a warning, unless they
 * are those of a `calendar`.
 */
export function readDuration(
  place: Place,
  use: "zero" | "positive" | "calendar" = "positive",
): Duration | undefined {
  const value = isScalar(place.node) ? place.node.value : undefined;
  const text = typeof value === "string" ? value : undefined;
  const [, count, unit] = /^(0|[1-9]\d*)([mhdwMQY])$/.exec(text ?? "") ?? [];
  if (text === undefined || count === undefined || unit === undefined) {
    const found = text === undefined ? describe(place) : `"${text}"`;
    report(
      place,
      "error",
      `${found} is not a duration`,
      suggestDuration(text ?? (typeof value === "number" ? `${value}` : "")),
    );
    return undefined;
  }
  const ms = Number(count) * UNIT_MS[unit]!;
  if (ms === 0 && use !== "zero") {
    report(place, "error", "the duration is zero", "write a duration of at least 1m");
    return undefined;
  }
  if (ms > LONGEST_MS) {
    report(place, "error", `${text} is longer than five years`, "write a duration of at most 5Y");
    return undefined;
  }
  if (CALENDAR_UNITS.includes(unit) && use !== "calendar") {
    const days = ms / DAY_MS;
    report(place, "warning", `${text} is counted as ${days} days`, `write ${days}d to say so`);
  }
  return { ms: durationMs(ms), text, unit };
}

function suggestDuration(text: string): string {
  const units = "a whole number and one of m (minutes), h, d, w, M (months), Q, Y, without a space";
  const [, count, word] = /^\s*(\d+)\s*([A-Za-z]*)\s*$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) return `write ${units}, e.g. 30d`;
  if (/^(s|secs?|seconds?)$/i.test(word ?? "")) {
    const minutes = Math.max(1, Math.round(Number(count) / 60));
    return `OpenSLO has no seconds; the shortest unit is the minute: ${minutes}m`;
  }
  const unit = word === "" ? "d" : SPELLED_UNITS.find(([spelling]) => spelling.test(word!))?.[1];
  return unit === undefined
    ? `write ${units}, e.g. 30d`
    : `did you mean ${Number(count)}${unit}? Write ${units}`;
}
