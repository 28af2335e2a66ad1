import { parseDurationText } from "../promql/syntax/duration-text.ts";
import { durationMs, type DurationMs } from "../model/time.ts";
import { windowName } from "../slo/format-duration.ts";
import type { AlertDefinition, AlertTier, Severity } from "../slo/slo.ts";
import { WORKBOOK_TIERS, tiersFor } from "../slo/workbook-tiers.ts";

/** The annotation that chooses an SLO's alerts, in place of the four of the Workbook. */
export const ALERT_TIERS_ANNOTATION = "noroshi.dev/alert-tiers";
/** What the annotation says where nothing is to alert. */
export const NO_ALERT_TIERS = "none";

/** A tier that is written out. */
export interface WrittenTier {
  readonly name: string;
  readonly severity: Severity;
  readonly longWindowMs: number;
  readonly shortWindowMs: number | undefined;
  /** Times the rate that spends the budget exactly over the SLO window; > 0. */
  readonly burnThreshold: number;
  readonly alertAfterMs: number;
}

export type ParsedAlertTiers =
  | { readonly ok: true; readonly alerts: readonly AlertDefinition[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const TIER =
  /^([a-z0-9][a-z0-9-]*)\s+(critical|warning)\s+(\w+)(?:\/(\w+))?\s+x(\d+(?:\.\d+)?)(?:\s+for\s+(\w+))?$/;
const HINT = `write e.g. "page-quick, page-slow", "fast critical 1h/5m x14.4 for 2m, slow warning 3d/6h x1", or "${NO_ALERT_TIERS}"`;

/**
 * Reads the annotation: names of Workbook tiers, which are fitted to the SLO's window, and tiers written out as
 * `name severity long/short xburn [for time]`, separated by commas; or `none`. Target: 0 <= target < 1.
 */
export function parseAlertTiers(text: string, windowMs: DurationMs, target: number): ParsedAlertTiers {
  const rows: { readonly severity: Severity; readonly tier: AlertTier }[] = [];
  const names = new Set<string>();
  const items = text.trim() === NO_ALERT_TIERS ? [] : text.split(",").map((item) => item.trim());
  for (const item of items) {
    const name = item.split(/\s/, 1)[0]!;
    if (names.has(name))
      return { ok: false, message: `"${name}" is there twice`, hint: "give each tier a name" };
    names.add(name);
    if (WORKBOOK_TIERS.some((row) => row.name === item)) {
      // One that looks back further than the SLO's window is left out, as it is by default.
      rows.push(...tiersFor(windowMs, target).filter(({ tier }) => tier.name === item));
      continue;
    }
    const written = parseTier(item);
    if (written === undefined) return { ok: false, message: `"${item}" is not an alert tier`, hint: HINT };
    rows.push({ severity: written.severity, tier: tierOf(written) });
  }
  const severities: readonly Severity[] = ["critical", "warning"];
  const alerts = severities.map((severity) => ({
    key: severity,
    severity,
    tiers: rows.filter((row) => row.severity === severity).map(({ tier }) => tier),
  }));
  return { ok: true, alerts: alerts.filter(({ tiers }) => tiers.length > 0) };
}

function parseTier(item: string): WrittenTier | undefined {
  const [, name, severity, long, short, burn, after] = TIER.exec(item) ?? [];
  const longWindowMs = parseDurationText(long ?? "") ?? 0;
  const shortWindowMs = short === undefined ? undefined : (parseDurationText(short) ?? 0);
  const alertAfterMs = after === undefined ? 0 : parseDurationText(after);
  const burnThreshold = Number(burn);
  if (name === undefined || alertAfterMs === undefined || !(burnThreshold > 0)) return undefined;
  if (longWindowMs <= 0 || (shortWindowMs !== undefined && shortWindowMs <= 0)) return undefined;
  if (shortWindowMs !== undefined && shortWindowMs >= longWindowMs) return undefined;
  return {
    name,
    severity: severity as Severity,
    longWindowMs,
    shortWindowMs,
    burnThreshold,
    alertAfterMs,
  };
}

function tierOf({ name, longWindowMs, shortWindowMs, burnThreshold, alertAfterMs }: WrittenTier): AlertTier {
  return {
    name,
    longWindowMs: durationMs(longWindowMs),
    shortWindowMs: shortWindowMs === undefined ? undefined : durationMs(shortWindowMs),
    burnThreshold,
    operator: "gt",
    alertAfterMs: durationMs(alertAfterMs),
    resolveAfterMs: durationMs((shortWindowMs ?? longWindowMs) / 2),
  };
}

/** The annotation that gives these tiers. */
export function printAlertTiers(tiers: readonly WrittenTier[]): string {
  if (tiers.length === 0) return NO_ALERT_TIERS;
  return tiers
    .map(({ name, severity, longWindowMs, shortWindowMs, burnThreshold, alertAfterMs }) => {
      const short = shortWindowMs === undefined ? "" : `/${windowName(shortWindowMs)}`;
      const after = alertAfterMs === 0 ? "" : ` for ${windowName(alertAfterMs)}`;
      return `${name} ${severity} ${windowName(longWindowMs)}${short} x${burnThreshold}${after}`;
    })
    .join(", ");
}
