import { createHttpApp } from "./api/http-app.ts";
import type { Readiness } from "./api/http-app.ts";
import type { NativeArea } from "./api/native-routes.ts";
import { selfRoutes } from "./api/self-routes.ts";
import type { Config } from "./config.ts";
import { createEvaluator, type Evaluator } from "./evaluator/evaluator.ts";
import type { GrpcServer } from "./ingest/otlp/grpc-server.ts";
import { hostText, listen } from "./listen.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { TimestampMs } from "./model/time.ts";
import type { Log } from "./self/log.ts";
import { createMetrics } from "./self/metrics.ts";
import type { Metrics } from "./self/metrics.ts";
import type { PreviewCounts } from "./sli/preview-counts.ts";
import type { ClickHouse } from "./store/clickhouse/clickhouse.ts";
import { isControlStoreAway } from "./store/postgres/control-store-error.ts";
import type { Database } from "./store/postgres/database.ts";
import { createEpisodeStore, type EpisodeStore } from "./store/postgres/episode-store.ts";
import { newUuid } from "./store/postgres/new-uuid.ts";
import { createNotificationStore, type NotificationStore } from "./store/postgres/notification-store.ts";
import { openPostgres } from "./store/postgres/open-postgres.ts";
import { readCountSteps } from "./store/clickhouse/read-count-steps.ts";
import { wireApi } from "./wire-api.ts";
import { wireChecks } from "./wire-checks.ts";
import { wireEvaluatorPorts } from "./wire-evaluator.ts";
import { wireIngest } from "./wire-ingest.ts";
import type { Ingest } from "./wire-ingest.ts";
import { wireLedger } from "./wire-ledger.ts";
import { wireOutbox, type Outbox } from "./wire-outbox.ts";
import { wirePrometheusApi, wireQueries, type Queries } from "./wire-queries.ts";
import { wirePreviews } from "./wire-previews.ts";
import { wireReports } from "./wire-reports.ts";
import { wireSelf, type Self } from "./wire-self.ts";
import { wireSelfAlerts } from "./wire-self-alerts.ts";
import { wireSources } from "./wire-sources.ts";
import { wirePushedSource, wireSpecChanges } from "./wire-spec-changes.ts";
import { specStatusArea, wireSpecStatus } from "./wire-spec-status.ts";
import { wireSpecs, type Specs } from "./wire-specs.ts";
import { openClickHouse } from "./wire-stores.ts";
import { wireTelemetry } from "./wire-telemetry.ts";

export interface AppOptions {
  readonly config: Config;
  readonly log: Log;
  readonly version: string;
  /** The present for everything that has a time of its own: spans, windows, episodes. */
  readonly now: () => TimestampMs;
}

export interface Addresses {
  readonly url: string;
  /** The main port's when OTLP/HTTP has none of its own; undefined where this process does not ingest. */
  readonly otlpHttpUrl: string | undefined;
  /** undefined when OTLP/gRPC is off, and where this process does not ingest. */
  readonly otlpGrpcUrl: string | undefined;
}

export interface App {
  /** Rejects with a sentence for people when it cannot run; call stop() then too. */
  start(): Promise<Addresses>;
  /** Readiness first, then requests in flight, the current group, sends under way, and the stores. */
  stop(): Promise<void>;
}

/** What is closed at the end, newest first. */
type Closers = (() => Promise<void>)[];

/** How long requests in flight may take at the end. */
const CLOSE_TIMEOUT_MS = 10_000;
/** Evaluation or sending later than this means that alerts cannot be relied on. */
const LATE_SECONDS = 60;

/** The composition root: everything is built, connected, started and stopped here. */
export function createApp(options: AppOptions): App {
  const closers: Closers = [];
  const state = { phase: "starting" as "starting" | "running" | "stopping" };
  return {
    start: async () => {
      const addresses = await start(options, closers, () => state.phase);
      state.phase = "running";
      return addresses;
    },
    stop: async () => {
      const wasRunning = state.phase === "running";
      state.phase = "stopping";
      if (wasRunning)
        await new Promise((resolve) => setTimeout(resolve, options.config.file.stop.readinessDelay));
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        await close().catch((error: unknown) => options.log.error("closing failed", { error }));
      }
    },
  };
}

interface Core extends Pick<AppOptions, "config" | "log" | "now"> {
  readonly metrics: Metrics;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
}

async function openStores({ config, log, now }: AppOptions, closers: Closers): Promise<Core> {
  const metrics = createMetrics();
  log.info("opening the telemetry store", {
    store: config.clickhouseUrl === undefined ? "embedded" : "server",
  });
  const clickhouse = await openClickHouse(config, log, metrics);
  closers.push(() => clickhouse.close());
  const { databaseUrl, dataDir } = config;
  log.info("opening the control store; the first start creates it, which takes some seconds", {
    store: databaseUrl === undefined ? "embedded" : "server",
  });
  const postgres = await openPostgres({
    dataDir,
    log,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  closers.push(() => postgres.close());
  return { config, log, now, metrics, clickhouse, db: postgres.db };
}

async function start(options: AppOptions, closers: Closers, phase: () => string): Promise<Addresses> {
  const { config } = options;
  const core = await openStores(options, closers);
  const queries = wireQueries(core);
  closers.push(() => queries.close());
  const episodes = createEpisodeStore(core.db);
  const notifications = createNotificationStore(core.db);
  // Its senders are made once the port, and with it the address of links, is known.
  const outbox = wireOutbox({ ...core, store: notifications });
  const countedIn: { ingest: Ingest | undefined } = { ingest: undefined };
  const kickOutbox = (): void => outbox.kick();
  const { ports, closePorts } = await wireEvaluatorPorts({ ...core, episodes, countedIn, kickOutbox });
  closers.push(closePorts);
  const observe = (result: EvaluationTime): void => observeEvaluation(core.metrics, result);
  const evaluator = createEvaluator({ ...core, ports, newId: newUuid, observe });
  if (config.roles.has("ingest")) {
    countedIn.ingest = await wireIngest({
      ...core,
      runQuery: queries.runForIndicators,
      onCommitted: () => evaluator.kick(),
    });
  }
  const { ingest } = countedIn;
  const pushed = wirePushedSource(core.db);
  const specs = await wireSpecs({ ...core, evaluator, applyIndicators: ingest?.counting.apply, pushed });
  closers.push(() => specs.close());
  if (config.roles.has("evaluate")) {
    evaluator.start();
    closers.push(() => evaluator.stop());
  }
  // Requests in flight end first, then the groups they wait for: closers run from the last to the first.
  if (ingest !== undefined) {
    closers.push(() => ingest.stop());
    const sources = wireSources({ ...core, evaluator, ingest });
    closers.push(() => sources.stop());
  }
  const self = wireSelf({ ...core, evaluator, notifications, outbox, specs, ingest });
  closers.push(() => self.stop());
  const { coveredFromMs } = ports;
  const previewCounts = wirePreviews({ ...core, coveredFromMs, runQuery: queries.run });
  const specChanges = wireSpecChanges({ ...core, specs, episodes, previewCounts });
  const selfAlerts = wireSelfAlerts({ ...core, evaluator, episodes, specs, kickOutbox });
  closers.push(() => selfAlerts.stop());
  const ledger = wireLedger({ ...core, evaluator, ports, specs });
  closers.push(() => ledger.stop());
  const app = buildHttpApp(options, phase, {
    ...core,
    coveredFromMs,
    previewCounts,
    specs,
    evaluator,
    episodes,
    notifications,
    ingest,
    queries,
    outbox,
    self,
    areas: [ledger.area, wireReports({ ...core, evaluator, ports, specs }), selfRoutes(selfAlerts.body), wireTelemetry(core), wireChecks({ ...core, previewCounts }), specChanges, specStatusArea(specs)],
  });
  const addresses = await openPorts(app, ingest, config, closers);
  if (config.roles.has("notify")) {
    await outbox.start(config.file.publicUrl ?? addresses.url);
    closers.push(() => outbox.stop());
  }
  return addresses;
}

interface HttpParts extends Core {
  readonly specs: Specs;
  readonly evaluator: Evaluator;
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  /** Of any indicator, from what is stored. */
  readonly previewCounts: PreviewCounts;
  readonly episodes: EpisodeStore;
  readonly notifications: NotificationStore;
  readonly ingest: Ingest | undefined;
  readonly queries: Queries;
  readonly outbox: Outbox;
  readonly self: Self;
  /** Of the API: each has a file of its own. */
  readonly areas: readonly NativeArea[];
}

/** Everything that is served on the main port. */
function buildHttpApp(
  options: AppOptions,
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
        readCounts: (indicatorId, range) => readCountSteps(parts.clickhouse, indicatorId, range),
      })
    : undefined;
  return createHttpApp({
    version: options.version,
    apiKeys: config.apiKeys,
    readiness: () => readiness(phase(), config, { evaluator, outbox }),
    renderMetrics: () => parts.self.renderMetrics(),
    ingest: ingest?.routes,
    native: api?.native,
    pages: api?.pages,
    specs: wireSpecStatus(parts),
    prometheus:
      api &&
      wirePrometheusApi({
        ...parts,
        runQuery: queries.run,
        sloViews: api.sloViews,
        version: options.version,
      }),
    isStoreAway: isControlStoreAway,
    log,
  });
}

interface EvaluationTime {
  readonly seconds: number;
  readonly failed: boolean;
}

function observeEvaluation(metrics: Metrics, result: EvaluationTime): void {
  metrics.evaluationSeconds.observe(result.seconds);
  if (result.failed) metrics.evaluationFailures.inc();
}

async function openPorts(
  app: ReturnType<typeof createHttpApp>,
  ingest: Ingest | undefined,
  config: Config,
  closers: Closers,
): Promise<Addresses> {
  const main = await listen(app, config.listen, "NOROSHI_LISTEN");
  closers.push(() => main.close(CLOSE_TIMEOUT_MS));
  const http = ingest && config.otlpHttpListen;
  const otlp = http && (await listen(ingest.routes, http, "NOROSHI_OTLP_HTTP_LISTEN"));
  if (otlp !== undefined) closers.push(() => otlp.close(CLOSE_TIMEOUT_MS));
  const grpcAddress = ingest && config.otlpGrpcListen;
  const grpc = grpcAddress && (await openGrpc(ingest, grpcAddress));
  if (grpc !== undefined) closers.push(() => grpc.close(CLOSE_TIMEOUT_MS));
  return {
    url: main.url,
    otlpHttpUrl: ingest && (otlp ?? main).url,
    otlpGrpcUrl: grpcAddress && grpc && `http://${hostText(grpcAddress.host)}:${grpc.port}`,
  };
}

async function openGrpc(ingest: Ingest, address: ListenAddress): Promise<GrpcServer> {
  try {
    return await ingest.startGrpc(address);
  } catch (error) {
    const inUse = error instanceof Error && error.message.includes("EADDRINUSE");
    const reason = inUse ? ": another process listens there already" : "";
    const text = `cannot listen on ${address.host}:${address.port}${reason}; NOROSHI_OTLP_GRPC_LISTEN sets another address, or off`;
    throw new Error(text, { cause: error });
  }
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
