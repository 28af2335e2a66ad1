import type { createHttpApp } from "./api/http-app.ts";
import type { Config } from "./config.ts";
import type { GrpcServer } from "./ingest/otlp/grpc-server.ts";
import { hostText, listen } from "./listen.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { TimestampMs } from "./model/time.ts";
import type { Log } from "./self/log.ts";
import type { Slo } from "./slo/slo.ts";
import { createMetrics } from "./self/metrics.ts";
import { createNotificationStore } from "./store/postgres/notification-store.ts";
import { openPostgres } from "./store/postgres/open-postgres.ts";
import { wireHandling } from "./wire/handling.ts";
import { wireIngest } from "./wire/ingest.ts";
import type { Ingest } from "./wire/ingest.ts";
import { wireLedger } from "./wire/ledger.ts";
import { wireOutbox } from "./wire/outbox.ts";
import { wirePictures } from "./wire/pictures.ts";
import { wireQueries } from "./wire/queries.ts";
import { wirePreviews } from "./wire/previews.ts";
import { wireSelf } from "./wire/self.ts";
import { wireSelfAlerts } from "./wire/self-alerts.ts";
import { wireSources } from "./wire/sources.ts";
import { wirePushedSource } from "./wire/spec-changes.ts";
import { wireSpecs } from "./wire/specs.ts";
import { openClickHouse } from "./wire/stores.ts";

import type { Core } from "./wire/core.ts";
import { wireAreas } from "./wire/areas.ts";
import { wireHttp } from "./wire/http.ts";
import { wireJudging } from "./wire/judging.ts";

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
  const notifications = createNotificationStore(core.db);
  // Its senders are made once the port, and with it the address of links, is known.
  const outbox = wireOutbox({ ...core, store: notifications });
  const kickOutbox = (): void => outbox.kick();
  const judging = await wireJudging(core, kickOutbox);
  closers.push(() => judging.stop());
  const { share, corrections, ports, evaluator, countedIn } = judging;
  if (config.roles.has("ingest")) {
    countedIn.ingest = await wireIngest({
      ...core,
      runQuery: queries.runForIndicators,
      onCommitted: () => evaluator.kick(),
    });
  }
  const { ingest } = countedIn;
  const { setCorrections } = corrections;
  const pushed = wirePushedSource(core.db);
  const applyIndicators = ingest?.counting.apply;
  const specs = await wireSpecs({ ...core, evaluator, applyIndicators, pushed, setCorrections });
  closers.push(() => specs.close());
  // Who only shows SLOs judges them, too.
  if (config.roles.has("evaluate") || config.roles.has("api")) {
    evaluator.start();
    closers.push(() => evaluator.stop());
  }
  // Requests in flight end first, then the groups they wait for: closers run from the last to the first.
  if (ingest !== undefined) {
    closers.push(() => ingest.stop());
    const sources = wireSources({ ...core, evaluator, ingest, share });
    closers.push(() => sources.stop());
  }
  const self = wireSelf({ ...core, evaluator, notifications, outbox, specs, ingest });
  closers.push(() => self.stop());
  const { coveredFromMs } = ports;
  const previewCounts = wirePreviews({ ...core, coveredFromMs, runQuery: queries.run });
  const selfAlerts = wireSelfAlerts({ ...core, ...judging, specs, kickOutbox });
  closers.push(() => selfAlerts.stop());
  const ledger = wireLedger({ ...core, share, evaluator, ports, specs });
  closers.push(() => ledger.stop());
  const shown = { ...core, ...judging, coveredFromMs, previewCounts, specs, notifications };
  const handling = wireHandling({ ...core, ...judging, kickOutbox, onChange: () => evaluator.kick() });
  closers.push(() => handling.stop());
  const slos = (): readonly Slo[] => specs.inForce().slos;
  const pictures = wirePictures({ ...core, slos, ports });
  const areas = wireAreas({ ...shown, ledger, handling, selfAlerts, pictures, queries });
  const app = wireHttp(options, phase, { ...shown, ledger, handling, ingest, queries, outbox, self, areas });
  const addresses = await openPorts(app, ingest, config, closers);
  if (config.roles.has("api")) handling.start();
  if (config.roles.has("notify")) {
    await outbox.start(config.file.publicUrl ?? addresses.url, slos, pictures);
    closers.push(() => outbox.stop());
  }
  return addresses;
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
