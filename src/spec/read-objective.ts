import { readFields, readItems, reportMissing, requireField, type Fields } from "./fields.ts";
import type { DurationMs } from "../model/time.ts";
import type { BudgetingMethod } from "../slo/budgeting-method.ts";
import { readTimeSlices, type MethodName } from "./read-time-slices.ts";
import type { ThresholdOperator } from "../slo/indicator.ts";
import { readWeight, reportPartFields, type ObjectivePart } from "./read-composite.ts";
import { report, type Place } from "./place.ts";
import { readChoice, readNumber, readText } from "./scalars.ts";

export interface Objective {
  readonly displayName: string;
  /** 0 <= target < 1. */
  readonly target: number;
  /** Where the target is written. */
  readonly place: Place;
  /** It has been said that another target is probably meant; what follows from this one is not worth saying. */
  readonly doubtful: boolean;
  readonly method: BudgetingMethod;
  /** Of an SLI with a threshold: which values are good. */
  readonly comparison: Comparison | undefined;
  /** Of a composite. */
  readonly part?: ObjectivePart;
}

interface Comparison {
  readonly operator: ThresholdOperator;
  readonly value: number;
}

const OBJECTIVE_FIELDS = [
  "displayName",
  "op",
  "value",
  "target",
  "targetPercent",
  "timeSliceTarget",
  "timeSliceWindow",
  "indicator",
  "indicatorRef",
  "compositeWeight",
];

/** What the rest of the SLO says, as far as objectives depend on it. */
export interface ObjectiveContext {
  readonly method: MethodName | undefined;
  readonly windowMs: DurationMs | undefined;
  /** undefined where the SLO has no sound SLI. */
  readonly sli: "ratio" | "threshold" | undefined;
  /** Of a composite: reads the SLI of an objective. */
  readonly readPartSli?: (objective: Fields) => Omit<ObjectivePart, "weight"> | undefined;
}

/** Reads `objectives`: one at least. Those that are not sound are left out, and reported. */
export function readObjectives(spec: Fields, context: ObjectiveContext): readonly Objective[] {
  const place = requireField(spec, "objectives", "write objectives: [{target: 0.999}]");
  const items = place && readItems(place);
  if (place === undefined || items === undefined) return [];
  if (items.length === 0) {
    report(place, "error", "objectives is empty", "write objectives: [{target: 0.999}]");
  }
  return items.flatMap((item) => readObjective(item, context) ?? []);
}

function readObjective(place: Place, context: ObjectiveContext): Objective | undefined {
  const fields = readFields(place, OBJECTIVE_FIELDS);
  if (fields === undefined) return undefined;
  const displayName = fields.get("displayName");
  const shown = displayName === undefined ? "" : readText(displayName);
  const { readPartSli } = context;
  if (readPartSli === undefined) reportPartFields(fields);
  const own = readPartSli?.(fields);
  const weight = readPartSli && readWeight(fields);
  const comparison = readComparison(fields, own?.sli.kind ?? context.sli);
  const method = readTimeSlices(fields, context.method, context.windowMs);
  const target = readTarget(fields);
  if (target === undefined || shown === undefined || method === undefined) return undefined;
  if (readPartSli === undefined) return { displayName: shown, ...target, method, comparison };
  if (own === undefined || weight === undefined) return undefined;
  return { displayName: shown, ...target, method, comparison, part: { ...own, weight } };
}

/** OpenSLO's own examples give ratios an `op` and a `value`, which only thresholds need. */
function readComparison(fields: Fields, sli: ObjectiveContext["sli"]): Comparison | undefined {
  const hints = {
    op: "write op: lt, lte, gt or gte, as good values compare with value",
    value: "write value: with the threshold, a number",
  };
  const [op, value] = (["op", "value"] as const).map((name) =>
    sli === "threshold" ? requireField(fields, name, hints[name]) : fields.get(name),
  );
  const operator = op && readChoice(op, ["lte", "gte", "lt", "gt"]);
  const number = value && readNumber(value);
  for (const name of ["op", "value"]) {
    if (sli !== "ratio" || fields.get(name) === undefined) continue;
    report(fields.key(name), "warning", `${name} has no effect on a ratio`, "leave it out");
  }
  return operator === undefined || number === undefined ? undefined : { operator, value: number };
}

function readTarget(fields: Fields): Pick<Objective, "target" | "place" | "doubtful"> | undefined {
  const ratio = fields.get("target");
  const percent = fields.get("targetPercent");
  if (ratio !== undefined && percent !== undefined) {
    report(fields.key("targetPercent"), "error", "targetPercent stands beside target", "keep one of the two");
    return undefined;
  }
  const place = ratio ?? percent;
  if (place === undefined) {
    reportMissing(fields, "target", "write target: 0.999 or targetPercent: 99.9");
    return undefined;
  }
  const value = readNumber(place);
  if (value === undefined) return undefined;
  const most = ratio === undefined ? 100 : 1;
  if (value < 0 || value >= most) {
    report(place, "error", `${value} is not a target: at least 0 and below ${most}`, targetHint(value, most));
    return undefined;
  }
  if (ratio !== undefined) return { target: value, place, doubtful: false };
  const doubtful = value > 0 && value < 1;
  if (doubtful) {
    report(
      place,
      "warning",
      `targetPercent: ${value} is less than one percent`,
      `if ${percentText(value)} % is meant, write target: ${value} or targetPercent: ${percentText(value)}`,
    );
  }
  return { target: percentToRatio(value), place, doubtful };
}

function percentText(ratio: number): string {
  return String(Number((ratio * 100).toPrecision(15)));
}

function targetHint(value: number, most: number): string {
  if (value === most || value === 1)
    return `all of everything leaves no error budget; write less, e.g. ${most === 1 ? "0.9999" : "99.99"}`;
  if (most === 1 && value >= 10 && value < 100)
    return `write target: ${percentToRatio(value)} or targetPercent: ${value}`;
  return most === 1 ? "write e.g. target: 0.999" : "write e.g. targetPercent: 99.9";
}

/** 99.99 is 0.9999, not 0.9998999999999999. */
function percentToRatio(percent: number): number {
  return Number((percent / 100).toPrecision(15));
}
