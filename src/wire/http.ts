import { createHttpApp } from "../api/http-app.ts";
import type { Readiness } from "../api/http-app.ts";
import type { NativeArea } from "../api/native-routes.ts";
import type { Config } from "../config.ts";
import { type Evaluator } from "../evaluator/evaluator.ts";
import type { PreviewCounts } from "../sli/preview-counts.ts";
import { isControlStoreAway } from "../store/postgres/control-store-error.ts";
import { type EpisodeStore } from "../store/postgres/episode-store.ts";
import { type NotificationStore } from "../store/postgres/notification-store.ts";
import { readCountSteps } from "../store/clickhouse/read-count-steps.ts";
import { wireApi } from "./api.ts";
import type { Corrections } from "./corrections.ts";
import type { Handling } from "./handling.ts";
import type { Ingest } from "./ingest.ts";
import type { Ledger } from "./ledger.ts";
import { type Outbox } from "./outbox.ts";
import { wirePrometheusApi, type Queries } from "./queries.ts";
import { type Self } from "./self.ts";
import { wireSpecStatus } from "./spec-status.ts";
import { type Specs } from "./specs.ts";
import { wireTempo } from "./tempo.ts";
import type { Core } from "./core.ts";
import { wireTracePages } from "./trace-pages.ts";
import { wireTold } from "./told.ts";

/** Evaluation or sending later than this means that alerts cannot be relied on. */
const LATE_SECONDS = 60;

interface HttpParts extends Core {
  readonly specs: Specs;
  readonly evaluator: Evaluator;
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  /** Of any indicator, from what is stored. */
  readonly previewCounts: PreviewCounts;
  readonly episodes: EpisodeStore;
  readonly notifications: NotificationStore;
  readonly corrections: Pick<Corrections, "exclusionOf" | "current">;
  readonly ingest: Ingest | undefined;
  readonly queries: Queries;
  readonly outbox: Outbox;
  readonly self: Self;
  readonly ledger: Pick<Ledger, "page">;
  readonly handling: Pick<Handling, "hooks" | "doneTo">;
  /** Of the API: each has a file of its own. */
  readonly areas: readonly NativeArea[];
}

/** Everything that is served on the main port. */
export function wireHttp(
  { version }: { readonly version: string },
  phase: () => string,
  parts: HttpParts,
): ReturnType<typeof createHttpApp> {
  const { config, log, specs, evaluator, ingest, queries, outbox } = parts;
  const api = config.roles.has("api")
    ? wireApi({
        ...parts,
        specs: () => specs.current(),
        specStatuses: () => specs.statuses(),
        inForce: () => specs.inForce(),
        exclusionOf: parts.corrections.exclusionOf,
        doneTo: parts.handling.doneTo,
        toldOf: wireTold(parts),
        readCounts: (id, range, excluded) => readCountSteps(parts.clickhouse, id, range, excluded),
      })
    : undefined;
  return createHttpApp({
    version,
    apiKeys: config.apiKeys,
    readiness: () => readiness(phase(), config, { evaluator, outbox }),
    renderMetrics: () => parts.self.renderMetrics(),
    ingest: ingest?.routes,
    native: api?.native,
    pages: api?.pages,
    explainPage: parts.ledger.page,
    tracePages: wireTracePages({ ...parts, slos: () => specs.inForce().slos }),
    ...(config.roles.has("api")
      ? { tempo: wireTempo({ ...parts, version, isReady: () => phase() === "running" }) }
      : {}),
    hooks: config.roles.has("api") ? parts.handling.hooks : [],
    specs: wireSpecStatus(parts),
    prometheus:
      api &&
      wirePrometheusApi({
        ...parts,
        runQuery: queries.run,
        sloViews: api.sloViews,
        version,
      }),
    isStoreAway: isControlStoreAway,
    log,
  });
}

function readiness(
  phase: string,
  config: Config,
  { evaluator, outbox }: Record<"evaluator" | "outbox", { lagSeconds(): number }>,
): Readiness {
  const reasons: string[] = [];
  if (phase !== "running") reasons.push(`the service is ${phase}`);
  const lag = evaluator.lagSeconds();
  if (config.roles.has("evaluate") && lag > LATE_SECONDS) {
    reasons.push(`SLOs were last evaluated and their alerts stored ${Math.round(lag)} s ago`);
  }
  const unread = outbox.lagSeconds();
  if (unread > LATE_SECONDS) reasons.push(`the outbox of alerts was last read ${Math.round(unread)} s ago`);
  return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
}
