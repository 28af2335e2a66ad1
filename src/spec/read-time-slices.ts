import { isScalar } from "yaml";
import { MINUTE_MS, durationMs, type DurationMs } from "../model/time.ts";
import { OCCURRENCES, type BudgetingMethod } from "../slo/budgeting-method.ts";
import { windowName } from "../slo/format-duration.ts";
import { readDuration } from "./duration.ts";
import { requireField, type Fields } from "./fields.ts";
import { report, type Place } from "./place.ts";
import { readNumber } from "./scalars.ts";

/** `budgetingMethod` as OpenSLO spells it. */
export const BUDGETING_METHODS = ["Occurrences", "Timeslices", "RatioTimeslices"] as const;
export type MethodName = (typeof BUDGETING_METHODS)[number];

/** Reads `timeSliceTarget` and `timeSliceWindow` of an objective, as far as the method needs them. */
export function readTimeSlices(
  objective: Fields,
  method: MethodName | undefined,
  windowMs: DurationMs | undefined,
): BudgetingMethod | undefined {
  if (method === undefined) return undefined;
  if (method === "Occurrences") {
    for (const name of ["timeSliceTarget", "timeSliceWindow"]) warnNoEffect(objective, name, method);
    return OCCURRENCES;
  }
  const windowPlace = requireField(objective, "timeSliceWindow", "write timeSliceWindow: 1m");
  const sliceMs = windowPlace && readSliceWindow(windowPlace, windowMs);
  if (method === "RatioTimeslices") {
    warnNoEffect(objective, "timeSliceTarget", method);
    return sliceMs && { kind: "ratio-timeslices", sliceMs };
  }
  const targetPlace = requireField(
    objective,
    "timeSliceTarget",
    "write timeSliceTarget: 0.95, the share of good events that makes a slice good",
  );
  const sliceTarget = targetPlace && readSliceTarget(targetPlace);
  if (sliceMs === undefined || sliceTarget === undefined) return undefined;
  return { kind: "timeslices", sliceMs, sliceTarget };
}

/** A duration; a bare number counts minutes. */
function readSliceWindow(place: Place, windowMs: DurationMs | undefined): DurationMs | undefined {
  const value = isScalar(place.node) ? place.node.value : undefined;
  const ms = typeof value === "number" ? readMinutes(place, value) : readDuration(place)?.ms;
  if (ms === undefined || windowMs === undefined || ms <= windowMs) return ms;
  report(
    place,
    "error",
    `a slice of ${windowName(ms)} is longer than the time window`,
    "write a timeSliceWindow that fits into timeWindow many times, e.g. 1m",
  );
  return undefined;
}

function readMinutes(place: Place, minutes: number): DurationMs | undefined {
  if (Number.isSafeInteger(minutes) && minutes >= 1) return durationMs(minutes * MINUTE_MS);
  report(place, "error", `${minutes} is not a number of minutes`, "write timeSliceWindow: 1m");
  return undefined;
}

function readSliceTarget(place: Place): number | undefined {
  const value = readNumber(place);
  if (value === undefined || (value > 0 && value <= 1)) return value;
  report(
    place,
    "error",
    `${value} is not a share of good events: above 0 and at most 1`,
    value > 1 && value <= 100
      ? `write timeSliceTarget: ${Number((value / 100).toPrecision(15))}`
      : "write e.g. timeSliceTarget: 0.95",
  );
  return undefined;
}

function warnNoEffect(objective: Fields, name: string, method: MethodName): void {
  if (objective.get(name) === undefined) return;
  const message = `${name} has no effect with budgetingMethod: ${method}`;
  report(objective.key(name), "warning", message, "leave it out");
}
