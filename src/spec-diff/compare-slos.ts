import { describeCounting } from "../slo/describe-counting.ts";
import { windowName } from "../slo/format-duration.ts";
import { formatPercent } from "../slo/format-percent.ts";
import type { AlertDefinition, AlertTier, Slo } from "../slo/slo.ts";
import { describeWindow } from "../slo/slo-window.ts";
import { DEFAULT_GATE } from "../slo/low-traffic.ts";
import type { CompositePart, SloIndicator } from "../slo/indicator.ts";
import type { FieldChange } from "./diff-report.ts";

/** What people read, and nothing is judged by. */
const FOR_PEOPLE: ReadonlySet<string> = new Set([
  "displayName",
  "description",
  "service",
  "owner",
  "runbookUrl",
  "labels",
  "annotations",
  "objectiveName",
]);
/** Said by another field: the length by the window, the place by the diff. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(["name", "location", "windowMs"]);
const OUR_ANNOTATION = "noroshi.dev/";

/** The fields in which two definitions of an SLO differ, what is judged first; none when they are the same. */
export function compareSlos(before: Slo, after: Slo): readonly FieldChange[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  const fields = [...new Set([...old.keys(), ...now.keys()])].filter((field) => !SAID_ELSEWHERE.has(field));
  const judged = fields.filter((field) => !FOR_PEOPLE.has(field));
  const told = fields.filter((field) => FOR_PEOPLE.has(field) && field !== "annotations");
  const found = [...judged, ...told].flatMap((field) =>
    same(old.get(field), now.get(field)) ? [] : changesOf(field, before, after),
  );
  const annotations = recordChanges("annotations", before.annotations, after.annotations);
  // What our own annotations say is a field of its own.
  const others = annotations.filter(({ field }) => !field.includes(OUR_ANNOTATION));
  return [...found, ...(found.length === 0 ? annotations : others)];
}

/** True where the two are judged alike: the same budget, the same alerts. */
export function judgedAlike(before: Slo, after: Slo): boolean {
  const judged = (slo: Slo): unknown =>
    Object.fromEntries(
      Object.entries(slo).filter(([field]) => !FOR_PEOPLE.has(field) && field !== "location"),
    );
  return same(judged(before), judged(after));
}

function changesOf(field: string, before: Slo, after: Slo): readonly FieldChange[] {
  switch (field) {
    case "indicator":
      return indicatorChanges(before.indicator, after.indicator);
    case "alerts":
      return alertChanges(before.alerts, after.alerts);
    case "labels":
      return recordChanges("labels", before.labels, after.labels);
    default:
      return [
        {
          field: WRITTEN_AS.get(field) ?? field,
          before: fieldText(field, before),
          after: fieldText(field, after),
        },
      ];
  }
}

/** What authors call a field. */
const WRITTEN_AS: ReadonlyMap<string, string> = new Map([
  ["window", "time window"],
  ["method", "budgeting method"],
  ["minEvents", "min-events"],
  ["lowTrafficGate", "low traffic"],
  ["noData", "no-data"],
  ["groupBy", "group-by"],
  ["runbookUrl", "runbook"],
  ["objectiveName", "objective"],
  ["displayName", "display name"],
]);

function fieldText(field: string, slo: Slo): string {
  switch (field) {
    case "target":
      return formatPercent(slo.target);
    case "window":
      return describeWindow(slo.window);
    case "method":
      return methodText(slo);
    case "lowTrafficGate":
      return gateText(slo);
    case "groupBy":
      return groupText(slo);
    default:
      return plain(new Map<string, unknown>(Object.entries(slo)).get(field));
  }
}

function methodText({ method }: Pick<Slo, "method">): string {
  switch (method.kind) {
    case "occurrences":
      return "events";
    case "timeslices":
      return `slices of ${windowName(method.sliceMs)}, good from ${formatPercent(method.sliceTarget)} on`;
    case "ratio-timeslices":
      return `slices of ${windowName(method.sliceMs)}`;
  }
}

function gateText({ lowTrafficGate = DEFAULT_GATE }: Slo): string {
  if (lowTrafficGate === null) return "the burn rate decides alone";
  const { confidence, badEventsBelow } = lowTrafficGate;
  const below = Number.isFinite(badEventsBelow) ? ` below ${badEventsBelow} bad events` : "";
  return `${formatPercent(confidence)} certain${below}`;
}

function groupText({ groupBy }: Slo): string {
  if (groupBy === undefined) return "";
  const { keys, limit, alerts } = groupBy;
  return `${keys.join(", ")}, at most ${limit}, alerts ${alerts === "each" ? "of each" : "of all together"}`;
}

function indicatorChanges(before: SloIndicator, after: SloIndicator): readonly FieldChange[] {
  const old = indicatorTexts(before);
  const now = indicatorTexts(after);
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((part) =>
    old.get(part) === now.get(part)
      ? []
      : [{ field: `indicator.${part}`, before: old.get(part) ?? "", after: now.get(part) ?? "" }],
  );
}

/** What an indicator says, by its parts, so that one that differs is told alone. */
function indicatorTexts(indicator: SloIndicator): ReadonlyMap<string, string> {
  if (indicator.source === "traces") {
    const { total, select } = indicator;
    return new Map([
      ["total", total],
      [select.outcome, select.query],
    ]);
  }
  if (indicator.source === "composite") {
    return new Map(indicator.parts.map((part) => [part.name, partText(part)]));
  }
  const { definition } = indicator;
  switch (definition.kind) {
    case "increments":
      return new Map([
        ["total", definition.total.query],
        [definition.outcome, definition.select.query],
      ]);
    case "evaluated":
      return new Map([
        ["total", definition.total],
        [definition.outcome, definition.query],
        ["counting", describeCounting(indicator)],
      ]);
    case "raw":
      return new Map([[`raw ${definition.rawType}`, definition.query]]);
    case "threshold":
      return new Map([["threshold", `${definition.query} ${definition.operator} ${definition.value}`]]);
  }
}

function partText({ indicator, method, target, weight }: CompositePart): string {
  const counted = [...indicatorTexts(indicator)].map(([name, text]) => `${name} ${text}`).join(", ");
  return `${formatPercent(target)} of ${methodText({ method })}, weight ${weight}: ${counted}`;
}

function alertChanges(
  before: readonly AlertDefinition[],
  after: readonly AlertDefinition[],
): readonly FieldChange[] {
  const textsOf = (alerts: readonly AlertDefinition[]) =>
    new Map(alerts.map((alert) => [alert.key, alertText(alert)]));
  const old = textsOf(before);
  const now = textsOf(after);
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
    old.get(key) === now.get(key)
      ? []
      : [{ field: `alerts.${key}`, before: old.get(key) ?? "", after: now.get(key) ?? "" }],
  );
  return changes.length > 0 ? changes : [{ field: "alerts", before: plain(before), after: plain(after) }];
}

function alertText({ key, severity, tiers, tellsResolved, notificationTargets }: AlertDefinition): string {
  const parts = [
    ...(key === severity ? [] : [severity]),
    tiers.map(tierText).join(", "),
    ...(tellsResolved === false ? ["its end is not told"] : []),
    ...(notificationTargets === undefined || notificationTargets.length === 0
      ? []
      : [`to ${notificationTargets.join(", ")}`]),
  ];
  return parts.join("; ");
}

function tierText(tier: AlertTier): string {
  const windows = [tier.longWindowMs, tier.shortWindowMs].flatMap((ms) =>
    ms === undefined ? [] : [windowName(ms)],
  );
  const lasts = tier.alertAfterMs > 0 ? ` for ${windowName(tier.alertAfterMs)}` : "";
  if (tier.kind === "no-data") return `${tier.name} no data in ${windowName(tier.longWindowMs)}${lasts}`;
  const above = tier.operator === "gte" ? ">=" : "x";
  const threshold = Number(tier.burnThreshold.toPrecision(6));
  return `${tier.name} ${windows.join("/")} ${above}${threshold}${lasts}`;
}

function recordChanges(
  field: string,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): readonly FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
    same(before[key], after[key])
      ? []
      : [{ field: `${field}.${key}`, before: plain(before[key]), after: plain(after[key]) }],
  );
}

function plain(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value.join(", ");
  return canonical(value);
}

function same(before: unknown, after: unknown): boolean {
  // null says something: no gate, where a field that is left out means the usual one.
  if (before === undefined || after === undefined) return before === after;
  return canonical(before) === canonical(after);
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
