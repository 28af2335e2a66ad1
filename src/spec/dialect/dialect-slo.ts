import type { DurationMs } from "../../model/time.ts";
import { OCCURRENCES } from "../../slo/budgeting-method.ts";
import type { Indicator } from "../../slo/indicator.ts";
import type { Slo } from "../../slo/slo.ts";
import { workbookAlerts } from "../../slo/workbook-tiers.ts";
import { ALERT_TIERS_ANNOTATION } from "../alert-tiers.ts";
import type { Fields } from "../fields.ts";
import type { Metadata } from "../metadata.ts";
import { location, report, type Place } from "../place.ts";
import { isPresetAnnotation } from "../preset/preset-parameters.ts";
import { readAlertTiers, warnUnreachable } from "../read-alert-tiers.ts";
import { readGroupBy } from "../read-group-by.ts";
import { readNoData, withNoDataAlert } from "../read-no-data.ts";
import { readSloAnnotations } from "../read-annotations.ts";
import type { SpecObject } from "../spec-object.ts";
import type { Loss } from "./loss.ts";

/** An SLO of another dialect, as OpenSLO would have it. */
export interface DialectSlo {
  /** Stands for it among the objects of all files. */
  readonly object: SpecObject;
  /** Undefined when it has errors, which are reported. */
  readonly slo: Slo | undefined;
  readonly losses: readonly Loss[];
}

/** What the dialects have in common once they are read; undefined is what could not be. */
export interface DialectParts {
  readonly self: Place;
  readonly fields: Fields;
  /** "" where there is none. */
  readonly name: string;
  readonly namePlace: Place;
  readonly displayName: string;
  readonly description: string;
  readonly service: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Those with our prefix count here as they do in OpenSLO. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Where those are written that stand for another field. */
  readonly annotationPlaces?: ReadonlyMap<string, Place>;
  /** `noroshi.dev/alert-tiers`, where the alerts are not the Workbook's. */
  readonly alertTiers: string | undefined;
  readonly target: { readonly target: number; readonly place: Place } | undefined;
  readonly windowMs: DurationMs | undefined;
  readonly indicator: Indicator | undefined;
  /** Errors when reading began. */
  readonly errorsBefore: number;
  readonly losses: readonly Loss[];
}

/** Joins the parts to an SLO of our model. */
export function dialectSlo(parts: DialectParts): DialectSlo {
  const metadata = metadataOf(parts);
  const { self, fields, service, target, windowMs, indicator } = parts;
  const { sink } = self.document;
  const annotations = readSloAnnotations(metadata);
  const noData = readNoData(metadata, [OCCURRENCES]);
  const own = windowMs && target && readAlertTiers(metadata, windowMs, target);
  const groupBy = indicator && readGroupBy(metadata, indicator.source);
  const sound = sink.errorCount() === parts.errorsBefore;
  const object: SpecObject = { kind: "SLO", self, metadata, fields, sound };
  const complete =
    service !== undefined && target !== undefined && windowMs !== undefined && indicator !== undefined;
  if (!sound || !complete) return { object, slo: undefined, losses: parts.losses };
  const alerts = own ?? workbookAlerts(windowMs, target.target);
  if (own === undefined) warnUnreachable(alerts, target);
  const slo: Slo = {
    name: parts.name,
    displayName: parts.displayName,
    description: parts.description,
    service,
    ...annotations,
    labels: metadata.labels,
    annotations: metadata.annotations,
    objectiveName: "",
    target: target.target,
    window: { kind: "rolling", ms: windowMs },
    windowMs,
    method: OCCURRENCES,
    indicator,
    ...(groupBy === undefined ? {} : { groupBy }),
    alerts: withNoDataAlert(alerts, noData),
    location: location(self),
  };
  return { object, slo, losses: parts.losses };
}

function metadataOf(parts: DialectParts): Metadata {
  const { namePlace, name, displayName, alertTiers } = parts;
  const annotations = new Map(Object.entries(parts.annotations));
  for (const key of [...annotations.keys()].filter(isPresetAnnotation)) {
    annotations.delete(key);
    report(
      namePlace,
      "warning",
      `${key} has no effect here`,
      "presets are for OpenSLO: this SLO has its queries",
    );
  }
  const owner = parts.labels["owner"] ?? parts.labels["team"];
  const runbook = parts.annotations["runbook"] ?? parts.annotations["runbook_url"];
  const derived = [
    ["noroshi.dev/owner", owner],
    ["noroshi.dev/runbook", runbook !== undefined && isWebAddress(runbook) ? runbook : undefined],
    [ALERT_TIERS_ANNOTATION, alertTiers],
  ] as const;
  for (const [key, value] of derived) {
    if (value !== undefined && value.trim() !== "" && !annotations.has(key)) annotations.set(key, value);
  }
  return {
    name,
    namePlace,
    displayName,
    labels: Object.fromEntries(Object.entries(parts.labels).map(([key, value]) => [key, [value]])),
    annotations: Object.fromEntries(annotations),
    annotationPlaces: new Map(
      [...annotations.keys()].map((key) => {
        const place = parts.annotationPlaces?.get(key) ?? namePlace;
        return [key, { key: place, value: place }];
      }),
    ),
  };
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text.trim());
}
