import { posix } from "node:path";
import { parseDurationText } from "../../promql/syntax/duration-text.ts";
import { DAY_MS, MINUTE_MS, durationMs, type DurationMs } from "../../model/time.ts";
import type { Severity } from "../../slo/slo.ts";
import type { WrittenTier } from "../alert-tiers.ts";
import { readFields, requireField, type Fields } from "../fields.ts";
import { location, report, type Place } from "../place.ts";
import { readNumber, readText } from "../scalars.ts";

/** The SLO period and the tiers of Sloth SLOs. */
export interface AlertWindows {
  readonly periodMs: DurationMs;
  /** Undefined for the Workbook's. */
  readonly tiers: readonly WrittenTier[] | undefined;
}

/** What Sloth takes where nobody says otherwise. */
const DEFAULT_WINDOWS: AlertWindows = { periodMs: durationMs(30 * DAY_MS), tiers: undefined };

const LONGEST_MS = 5 * 365 * DAY_MS;

interface PlacedWindows extends AlertWindows {
  readonly folder: string;
  readonly self: Place;
}

/** Gives the AlertWindows for a Sloth document: of its folder, or of the nearest one above. */
export type FindAlertWindows = (file: string) => AlertWindows;

/**
 * Reads documents of kind AlertWindows. Each holds for the Sloth files of its folder and below. Of several in one
 * folder that of 30 days counts, as Sloth itself takes 30 days by default, else the first, which is reported.
 */
export function readAlertWindows(roots: readonly Place[]): FindAlertWindows {
  const byFolder = new Map<string, PlacedWindows>();
  for (const root of roots) {
    const windows = readOne(root);
    if (windows === undefined) continue;
    const other = byFolder.get(windows.folder);
    if (other === undefined) byFolder.set(windows.folder, windows);
    else if (windows.periodMs === other.periodMs) reportSecond(windows, other);
    else if (windows.periodMs === DEFAULT_WINDOWS.periodMs) byFolder.set(windows.folder, windows);
    else if (other.periodMs !== DEFAULT_WINDOWS.periodMs) reportSecond(windows, other);
  }
  return (file) => {
    for (let folder = folderOf(file); ; folder = posix.dirname(folder)) {
      const found = byFolder.get(folder);
      if (found !== undefined) return found;
      if (folder === posix.dirname(folder)) return DEFAULT_WINDOWS;
    }
  };
}

function folderOf(file: string): string {
  return posix.dirname(posix.normalize(file.replaceAll("\\", "/")));
}

function reportSecond(second: PlacedWindows, first: PlacedWindows): void {
  const { file, line } = location(first.self);
  const message = `this folder has AlertWindows already, in ${file}:${line}; this one does not count`;
  report(second.self, "error", message, "keep one, or put it into the folder of the SLOs it is for");
}

function readOne(root: Place): PlacedWindows | undefined {
  const { sink } = root.document;
  const errorsBefore = sink.errorCount();
  const fields = readFields(root, ["apiVersion", "kind", "metadata", "spec"]);
  const specPlace =
    fields && requireField(fields, "spec", "write spec: {sloPeriod: 30d, page: …, ticket: …}");
  const spec = specPlace && readFields(specPlace, ["sloPeriod", "page", "ticket"]);
  if (spec === undefined) return undefined;
  const period = readPeriod(spec, "sloPeriod", "30d");
  const tiers = [
    ...readPair(spec, "page", "critical", period),
    ...readPair(spec, "ticket", "warning", period),
  ];
  if (period === undefined || sink.errorCount() > errorsBefore) return undefined;
  return { periodMs: period, tiers, folder: folderOf(location(root).file), self: root };
}

function readPair(
  spec: Fields,
  name: "page" | "ticket",
  severity: Severity,
  periodMs: DurationMs | undefined,
): readonly WrittenTier[] {
  const place = requireField(spec, name, `write ${name}: with quick: and slow: below it`);
  const fields = place && readFields(place, ["quick", "slow"]);
  if (fields === undefined) return [];
  return ["quick", "slow"].flatMap((speed) => {
    const hint = `write ${speed}: {errorBudgetPercent: 2, shortWindow: 5m, longWindow: 1h}`;
    const windowPlace = requireField(fields, speed, hint);
    const tier = windowPlace && readTier(windowPlace, `${name}-${speed}`, severity, periodMs);
    return tier === undefined ? [] : [tier];
  });
}

function readTier(
  place: Place,
  name: string,
  severity: Severity,
  periodMs: DurationMs | undefined,
): WrittenTier | undefined {
  const fields = readFields(place, ["errorBudgetPercent", "shortWindow", "longWindow"]);
  if (fields === undefined) return undefined;
  const percentPlace = requireField(fields, "errorBudgetPercent", "write errorBudgetPercent: 2");
  const percent = percentPlace && readNumber(percentPlace);
  const shortWindowMs = readPromDuration(fields, "shortWindow", "5m");
  const longWindowMs = readPromDuration(fields, "longWindow", "1h");
  if (percent !== undefined && !(percent > 0 && percent <= 100)) {
    report(percentPlace!, "error", `${percent} is not a share of the budget`, "write a percentage, e.g. 2");
    return undefined;
  }
  if (percent === undefined || shortWindowMs === undefined || longWindowMs === undefined) return undefined;
  if (shortWindowMs >= longWindowMs) {
    report(place, "error", "shortWindow is not shorter than longWindow", "write e.g. 5m and 1h");
    return undefined;
  }
  if (periodMs === undefined) return undefined;
  const burnThreshold = Number(((percent * periodMs) / (100 * longWindowMs)).toPrecision(15));
  return { name, severity, shortWindowMs, longWindowMs, burnThreshold, alertAfterMs: 0 };
}

/** The window of an SLO: whole minutes, at most five years, as in OpenSLO. */
export function readPeriod(fields: Fields, name: string, example: string): DurationMs | undefined {
  const ms = readPromDuration(fields, name, example);
  if (ms === undefined || (ms % MINUTE_MS === 0 && ms <= LONGEST_MS)) return ms;
  const problem = ms > LONGEST_MS ? "longer than five years" : "not a number of whole minutes";
  report(fields.get(name)!, "error", `the window is ${problem}`, `write e.g. ${example}`);
  return undefined;
}

/** A duration as Prometheus writes them, above zero. */
function readPromDuration(fields: Fields, name: string, example: string): DurationMs | undefined {
  const place = requireField(fields, name, `write ${name}: ${example}`);
  const text = place && readText(place);
  if (text === undefined) return undefined;
  const ms = parseDurationText(text);
  if (ms !== undefined && ms > 0) return durationMs(ms);
  report(place!, "error", `"${text}" is not a duration`, `write e.g. ${example}`);
  return undefined;
}
