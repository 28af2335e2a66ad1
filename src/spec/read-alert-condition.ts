import type { DurationMs } from "../model/time.ts";
import { isFloor } from "../slo/burn-operator.ts";
import type { BurnOperator, Severity } from "../slo/slo.ts";
import { readDuration } from "./duration.ts";
import { readFields, requireField, type Fields } from "./fields.ts";
import { report, type Place } from "./place.ts";
import { readChoice, readDescription, readFilledText, readNumber } from "./scalars.ts";
import { readSpecFields, type SpecObject } from "./spec-object.ts";

export interface AlertCondition {
  readonly name: string;
  readonly severity: Severity;
  readonly operator: BurnOperator;
  readonly threshold: number;
  readonly lookbackMs: DurationMs;
  readonly alertAfterMs: DurationMs;
  /** For what only shows together with an SLO. */
  readonly places: { readonly threshold: Place; readonly lookbackWindow: Place };
}

/** Severities, in any letter case, that wake somebody up; every other word is a warning. Documented in docs/slo-specs.md. */
const CRITICAL_SEVERITIES: readonly string[] = [
  "critical",
  "page",
  "pager",
  "high",
  "urgent",
  "emergency",
  "fatal",
  "p0",
  "p1",
  "s0",
  "s1",
  "sev0",
  "sev1",
  "sev-0",
  "sev-1",
];

function severityOf(word: string): Severity {
  return CRITICAL_SEVERITIES.includes(word.trim().toLowerCase()) ? "critical" : "warning";
}

/** Reads an AlertCondition, a document or inline. */
export function readAlertCondition(object: SpecObject): AlertCondition | undefined {
  const spec = readSpecFields(object, ["description", "severity", "condition"]);
  if (spec === undefined) return undefined;
  readDescription(spec.get("description"));
  const severityPlace = requireField(
    spec,
    "severity",
    "write severity: page (PagerDuty) or severity: warning (Slack)",
  );
  const severity = severityPlace && readFilledText(severityPlace);
  const conditionPlace = requireField(
    spec,
    "condition",
    "write condition: {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 0m}",
  );
  const condition =
    conditionPlace && readFields(conditionPlace, ["kind", "op", "threshold", "lookbackWindow", "alertAfter"]);
  if (condition === undefined) return undefined;

  const kind = requireField(condition, "kind", "write kind: burnrate");
  if (kind !== undefined) readChoice(kind, ["burnrate"]);
  const operator = readOperator(condition);
  const threshold = readThreshold(condition, operator);
  const lookbackWindow = requireField(condition, "lookbackWindow", "write lookbackWindow: 1h");
  const lookback = lookbackWindow && readDuration(lookbackWindow);
  const after = condition.get("alertAfter");
  const alertAfterMs = after === undefined ? (0 as DurationMs) : readDuration(after, "zero")?.ms;
  if (severity === undefined || operator === undefined || threshold === undefined) return undefined;
  if (lookbackWindow === undefined || lookback === undefined || alertAfterMs === undefined) return undefined;
  return {
    name: object.metadata.name,
    severity: severityOf(severity),
    operator,
    threshold: threshold.value,
    lookbackMs: lookback.ms,
    alertAfterMs,
    places: { threshold: threshold.place, lookbackWindow },
  };
}

const SIGNS = { ">": "gt", ">=": "gte", "<": "lt", "<=": "lte" } as const;

function readOperator(condition: Fields): BurnOperator | undefined {
  const place = requireField(condition, "op", "write op: gt");
  const operator = place && readChoice(place, ["gt", "gte", "lt", "lte"], SIGNS);
  if (place !== undefined && operator !== undefined && isFloor({ operator })) {
    report(
      place,
      "warning",
      `op: ${operator} alerts while the budget burns slowly, and not while it burns fast`,
      `if that is not meant, write op: ${operator === "lt" ? "gt" : "gte"}`,
    );
  }
  return operator;
}

function readThreshold(
  condition: Fields,
  operator: BurnOperator | undefined,
): { readonly value: number; readonly place: Place } | undefined {
  const place = requireField(condition, "threshold", "write threshold: 14.4 (times the sustainable burn)");
  const value = place && readNumber(place);
  if (place === undefined || value === undefined) return undefined;
  if (value > 0 || (value === 0 && operator === "lte")) return { value, place };
  if (operator !== undefined && isFloor({ operator })) {
    report(place, "error", `a burn rate below ${value} cannot be`, "write a threshold above 0, e.g. 0.1");
    return undefined;
  }
  report(place, "error", `a burn rate above ${value} is no trouble`, "write a threshold above 0, e.g. 14.4");
  return undefined;
}
