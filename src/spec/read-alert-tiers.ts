import type { DurationMs } from "../model/time.ts";
import { highestBurnRate } from "../slo/burn-rate.ts";
import type { AlertDefinition } from "../slo/slo.ts";
import { ALERT_TIERS_ANNOTATION, parseAlertTiers } from "./alert-tiers.ts";
import type { Metadata } from "./metadata.ts";
import { report, type Place } from "./place.ts";

/** The alerts that the annotation `noroshi.dev/alert-tiers` asks for; undefined where there is none, or it is not sound. */
export function readAlertTiers(
  metadata: Metadata,
  windowMs: DurationMs,
  objective: { readonly target: number; readonly place: Place },
): readonly AlertDefinition[] | undefined {
  const written = metadata.annotationPlaces.get(ALERT_TIERS_ANNOTATION);
  if (written === undefined) return undefined;
  const text = metadata.annotations[ALERT_TIERS_ANNOTATION] ?? "";
  const parsed = parseAlertTiers(text, windowMs, objective.target);
  if (!parsed.ok) {
    report(written.value, "error", `${ALERT_TIERS_ANNOTATION}: ${parsed.message}`, parsed.hint);
    return undefined;
  }
  const longest = parsed.alerts
    .flatMap(({ tiers }) => tiers)
    .find(({ longWindowMs }) => longWindowMs > windowMs);
  if (longest !== undefined) {
    const message = `alert ${longest.name} looks back further than the SLO's own window`;
    report(written.value, "warning", message, "write a window within the SLO's");
  }
  warnUnreachable(parsed.alerts, objective);
  return parsed.alerts;
}

/** Warns of alerts whose burn rate even an outage of everything does not exceed. */
export function warnUnreachable(
  alerts: readonly AlertDefinition[],
  { target, place }: { readonly target: number; readonly place: Place },
): void {
  const highest = highestBurnRate(target);
  const names = alerts
    .flatMap(({ tiers }) => tiers)
    .filter(({ burnThreshold }) => burnThreshold >= highest)
    .map(({ name, burnThreshold }) => `${name} (${shortNumber(burnThreshold)})`);
  if (names.length === 0) return;
  const message = `with this target the burn rate is at most ${shortNumber(highest)}, so these alerts can never fire: ${names.join(", ")}`;
  report(place, "warning", message, "raise the target, or lower the burn rates of the alerts");
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
