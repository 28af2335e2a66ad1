import type { Evaluator } from "../evaluator/evaluator.ts";
import type { Config } from "../config.ts";
import type { Now } from "../model/time.ts";
import { RECEIVER_TYPES } from "../alert/notification.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import { createReconciler } from "../sli/reconcile-counts.ts";
import type { Database } from "../store/postgres/database.ts";
import { pruneDeliveryState } from "../store/postgres/address-store.ts";
import { pruneHistory } from "../store/postgres/prune-history.ts";
import { pruneTakenWebhooks } from "../store/postgres/taken-webhooks.ts";
import type { NotificationStore } from "../store/postgres/notification-store.ts";
import type { Ingest } from "./ingest.ts";
import type { Outbox } from "./outbox.ts";
import { fillSpecSources } from "./spec-status.ts";
import type { Specs } from "./specs.ts";

const RECONCILE_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 600_000;

export interface Self {
  renderMetrics(): Promise<{ contentType: string; body: string }>;
  stop(): Promise<void>;
}

/** Looks after itself: fills the gauges when they are asked for, and compares the counts with the spans. */
export function wireSelf(parts: {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly db: Database;
  readonly evaluator: Evaluator;
  readonly notifications: NotificationStore;
  readonly outbox: Pick<Outbox, "lagSeconds">;
  readonly specs: Specs;
  readonly ingest: Ingest | undefined;
  readonly now: Now;
  readonly log: Log;
}): Self {
  const { metrics, log } = parts;
  const { ingest } = parts;
  const stops = [
    ...(ingest === undefined ? [] : [startReconciling(parts, ingest)]),
    ...(parts.config.roles.has("evaluate") ? [startPruning(parts)] : []),
  ];
  return {
    renderMetrics: async () => {
      fillEvaluation(parts);
      fillIngest(parts);
      // That the store is away is said by those who work with it; here it would be said at each scrape.
      await fillOutbox(parts).catch((error: unknown) =>
        log.debug("the outbox could not be measured", { error }),
      );
      return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() };
    },
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function fillEvaluation({ metrics, evaluator, specs }: Parameters<typeof wireSelf>[0]): void {
  const latest = evaluator.latest();
  const states = { no_data: 0, met: 0, at_risk: 0, breached: 0 };
  for (const verdict of latest?.verdicts.values() ?? []) states[verdict.state] += 1;
  for (const [state, count] of Object.entries(states)) metrics.slos.set({ state }, count);
  for (const severity of ["critical", "warning"] as const) {
    const open = latest?.openEpisodes.filter((episode) => episode.severity === severity) ?? [];
    metrics.episodesOpen.set({ severity }, open.length);
  }
  metrics.evaluationLag.set(evaluator.lagSeconds());
  fillSpecSources(metrics, specs.statuses());
  const { diagnostics } = specs.current().loaded;
  for (const severity of ["error", "warning"] as const) {
    metrics.specProblems.set(
      { severity },
      diagnostics.filter((diagnostic) => diagnostic.severity === severity).length,
    );
  }
}

function fillIngest({ metrics, ingest }: Parameters<typeof wireSelf>[0]): void {
  metrics.ingestBytesInFlight.set(ingest?.bytesInFlight() ?? 0);
  if (ingest === undefined) return;
  const { active, refused } = ingest.series.stats();
  metrics.series.set(active);
  // The series table counts them; here they are only shown.
  metrics.seriesRefused.reset();
  for (const [reason, count] of Object.entries(refused)) metrics.seriesRefused.inc({ reason }, count);
}

async function fillOutbox(parts: Parameters<typeof wireSelf>[0]): Promise<void> {
  const { metrics, notifications, outbox } = parts;
  metrics.outboxLag.set(outbox.lagSeconds());
  const counts = await notifications.counts();
  for (const type of RECEIVER_TYPES) metrics.outboxDepth.set({ receiver: type }, counts.pendingByType[type]);
  metrics.outboxOldest.set(counts.oldestPendingMs / 1_000);
  metrics.notificationsLate.reset();
  metrics.notificationsSetAside.reset();
  for (const { receiver, late, rejected } of counts.byReceiver) {
    metrics.notificationsLate.set({ receiver }, late);
    metrics.notificationsSetAside.set({ receiver }, rejected);
  }
}

function startPruning({ config, db, log }: Parameters<typeof wireSelf>[0]): () => Promise<void> {
  return startRepeating(PRUNE_EVERY_MS, async () => {
    try {
      const removed = await pruneHistory(db, config.file.retention.episodes);
      await pruneDeliveryState(db);
      if (removed > 0) log.info("episodes past their retention were removed", { episodes: removed });
      await pruneTakenWebhooks(db);
    } catch (error) {
      log.warn("episodes past their retention could not be removed; it is tried again", { error });
    }
  });
}

function startReconciling(parts: Parameters<typeof wireSelf>[0], ingest: Ingest): () => Promise<void> {
  const { metrics, now, log } = parts;
  const { counting } = ingest;
  const { metricIndicators, registry, repairPorts } = counting;
  const reconciler = createReconciler({
    ports: repairPorts,
    live: () => registry.live(),
    isLive: (id) => registry.isLive(id),
    get spanRetentionMs() {
      return counting.spanRetentionMs;
    },
    now,
    log,
  });
  return startRepeating(RECONCILE_EVERY_MS, async () => {
    try {
      const repaired = [...(await reconciler.run()), ...(await metricIndicators.reconcile())];
      metrics.countsRepaired.inc(repaired.length);
    } catch (error) {
      log.warn("counts could not be compared with what is stored; it is tried again", { error });
    }
  });
}

/** Runs `work`, which never rejects, again and again but never twice at once; the result ends it after what runs. */
function startRepeating(everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = work().finally(() => (busy = false));
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await running;
  };
}
