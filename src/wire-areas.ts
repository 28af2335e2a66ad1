import type { NativeArea } from "./api/native-routes.ts";
import { selfRoutes } from "./api/self-routes.ts";
import type { PreviewCounts } from "./sli/preview-counts.ts";
import { wireAttribution } from "./wire-attribution.ts";
import { wireChecks } from "./wire-checks.ts";
import type { Core } from "./wire-core.ts";
import { wireCorrectionsApi } from "./wire-corrections-api.ts";
import type { Handling } from "./wire-handling.ts";
import type { Judging } from "./wire-judging.ts";
import type { Ledger } from "./wire-ledger.ts";
import { pictureArea, type Pictures } from "./wire-pictures.ts";
import type { Queries } from "./wire-queries.ts";
import { wireReceiversApi } from "./wire-receivers-api.ts";
import { wireReports } from "./wire-reports.ts";
import { wireServices } from "./wire-services.ts";
import { wireSilencesApi } from "./wire-silences-api.ts";
import type { SelfAlerting } from "./wire-self-alerts.ts";
import { wireSpecChanges } from "./wire-spec-changes.ts";
import { specStatusArea } from "./wire-spec-status.ts";
import type { Specs } from "./wire-specs.ts";
import { wireTelemetry } from "./wire-telemetry.ts";
import { wireFaults } from "./wire-faults.ts";
import { wireTraces } from "./wire-traces.ts";

export interface AreaParts extends Core, Omit<Judging, "stop"> {
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  /** Of any indicator, from what is stored. */
  readonly previewCounts: PreviewCounts;
  readonly specs: Specs;
  readonly queries: Pick<Queries, "run">;
  readonly ledger: Ledger;
  readonly handling: Pick<Handling, "area">;
  readonly selfAlerts: SelfAlerting;
  readonly pictures: Pictures;
}

/** The areas of the API, each with its own routes. */
export function wireAreas(parts: AreaParts): readonly NativeArea[] {
  const { specs, ledger, selfAlerts } = parts;
  return [
    ledger.area,
    parts.handling.area,
    wireCorrectionsApi({ ...parts, slos: () => specs.inForce().slos }),
    wireSilencesApi({ ...parts, slos: () => specs.inForce().slos }),
    wireReceiversApi(parts),
    wireReports(parts),
    pictureArea(parts.pictures),
    selfRoutes(() => selfAlerts.body()),
    wireTelemetry(parts),
    wireServices({ ...parts, runQuery: parts.queries.run, slos: () => specs.inForce().slos }),
    wireTraces(parts),
    wireFaults(parts),
    wireAttribution({ ...parts, runQuery: parts.queries.run, slos: () => specs.inForce().slos }),
    wireChecks(parts),
    wireSpecChanges(parts),
    specStatusArea(specs),
  ];
}
