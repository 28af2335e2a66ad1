import type { NativeArea } from "../api/native-routes.ts";
import { selfRoutes } from "../api/self-routes.ts";
import type { PreviewCounts } from "../sli/preview-counts.ts";
import { wireAttribution } from "./attribution.ts";
import { wireChecks } from "./checks.ts";
import type { Core } from "./core.ts";
import { wireCorrectionsApi } from "./corrections-api.ts";
import type { Handling } from "./handling.ts";
import type { Judging } from "./judging.ts";
import type { Ledger } from "./ledger.ts";
import { pictureArea, type Pictures } from "./pictures.ts";
import type { Queries } from "./queries.ts";
import { wireReceiversApi } from "./receivers-api.ts";
import { wireReports } from "./reports.ts";
import { wireServices } from "./services.ts";
import { wireSilencesApi } from "./silences-api.ts";
import type { SelfAlerting } from "./self-alerts.ts";
import { wireSpecChanges } from "./spec-changes.ts";
import { specStatusArea } from "./spec-status.ts";
import type { Specs } from "./specs.ts";
import { wireTelemetry } from "./telemetry.ts";
import { wireFaults } from "./faults.ts";
import { wireTraces } from "./traces.ts";

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
