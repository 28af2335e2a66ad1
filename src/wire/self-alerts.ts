import { statfs } from "node:fs/promises";
import { hostname } from "node:os";
import type { SelfBody } from "../api/self-routes.ts";
import type { Config } from "../config.ts";
import type { Evaluator } from "../evaluator/evaluator.ts";
import { createSelfAlerts } from "../evaluator/self-alerts.ts";
import type { SelfCheck } from "../evaluator/self-alerts.ts";
import { evaluationCheck, ingestCheck, outboxCheck } from "../evaluator/self-checks.ts";
import type { Arrivals } from "../evaluator/self-checks.ts";
import { createTeller, type TellingRules } from "../evaluator/tell-episodes.ts";
import { silenceCheck } from "../evaluator/silence-check.ts";
import { diskCheck, storeCheck } from "../evaluator/storage-checks.ts";
import { MINUTE_MS } from "../model/time.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import { createHeartbeat } from "../notify/heartbeat.ts";
import type { Heartbeat } from "../notify/heartbeat.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readArrivals } from "../store/clickhouse/read-arrivals.ts";
import type { Database } from "../store/postgres/database.ts";
import type { EpisodeStore } from "../store/postgres/episode-store.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";
import { readMuted } from "../store/postgres/read-muted.ts";
import { readUndelivered, readUntold } from "../store/postgres/read-untold.ts";
import { markReminded } from "../store/postgres/silence-store.ts";
import type { Silences } from "./silences.ts";
import type { Specs } from "./specs.ts";

export interface SelfAlerting {
  body(): SelfBody;
  stop(): Promise<void>;
}

export interface SelfAlertParts {
  readonly config: Config;
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly metrics: Metrics;
  readonly evaluator: Pick<Evaluator, "lagSeconds" | "latest">;
  readonly episodes: Pick<
    EpisodeStore,
    "loadOpen" | "commitTransition" | "tellAgain" | "loadTold" | "haveChanged"
  >;
  readonly rules: TellingRules;
  readonly silences: Pick<Silences, "current">;
  readonly specs: Specs;
  readonly kickOutbox: () => void;
  readonly now: Now;
  readonly log: Log;
}

/** A notification that waits for longer is late. */
const LATE_DELIVERY_MS = 5 * MINUTE_MS;
/** Within it an episode that fires is told; later than that nobody may count on alerts. */
const TELLING_GRACE_MS = MINUTE_MS;
const LATE_SECONDS = 60;
/** Arrivals are read from the store; a silence of minutes needs no more. */
const ARRIVALS_EVERY_MS = 30_000;

/** Watches Noroshi itself, tells of its problems, and sends the heartbeat: in the processes that evaluate. */
export function wireSelfAlerts(parts: SelfAlertParts): SelfAlerting {
  const { config, episodes, log, now } = parts;
  if (!config.roles.has("evaluate")) {
    return { body: () => ({ problems: [], heartbeat: null }), stop: async () => {} };
  }
  const alerts = createSelfAlerts({
    checks: [...silenceChecks(parts), ...(config.file.self.alerts ? selfChecks(parts) : [])],
    ports: {
      loadOpenEpisodes: () => episodes.loadOpen(),
      ...createTeller(episodes, selfRules(parts.rules), parts.kickOutbox),
    },
    observer: observerOf(config),
    now,
    newId: newUuid,
    log,
  });
  alerts.start();
  const heartbeat = startHeartbeat(parts);
  return {
    body: () => ({
      problems: alerts.current().map(({ key, severity, state, since, summary, detail, path }) => ({
        key,
        severity,
        state,
        since: new Date(since).toISOString(),
        summary,
        detail,
        path,
      })),
      heartbeat: heartbeat === undefined ? null : heartbeatBody(heartbeat),
    }),
    stop: async () => {
      await Promise.all([alerts.stop(), heartbeat?.stop()]);
    },
  };
}

/** The same after a restart, another one for another process. */
function observerOf({ listen, dataDir }: Config): string {
  return `${hostname()} ${listen.port} ${dataDir}`;
}

function heartbeatBody(heartbeat: Heartbeat): SelfBody["heartbeat"] {
  const { outcome, sentAtMs, reason } = heartbeat.status();
  return { outcome, sentAt: sentAtMs === null ? null : new Date(sentAtMs).toISOString(), reason };
}

function silenceChecks({ config, db, now, silences }: SelfAlertParts): readonly SelfCheck[] {
  const { silenceReminder } = config.file.telling;
  if (silenceReminder === undefined) return [];
  const mutedBy = (ids: readonly string[]) => readMuted(db, ids);
  const mark = (id: string, at: TimestampMs) => markReminded(db, id, at);
  return [
    silenceCheck({ current: silences.current, mutedBy, markReminded: mark, now, leadMs: silenceReminder }),
  ];
}

function selfChecks(parts: SelfAlertParts): readonly SelfCheck[] {
  const { config, clickhouse, db, evaluator, specs } = parts;
  const { ingestSilence } = config.file.self;
  const isEmbedded = config.clickhouseUrl === undefined || config.databaseUrl === undefined;
  return [
    evaluationCheck(() => evaluator.lagSeconds()),
    outboxCheck(() => readUndelivered(db, LATE_DELIVERY_MS)),
    ...(ingestSilence === undefined
      ? []
      : [
          ingestCheck({
            read: rarely(() => readArrivals(clickhouse)),
            silenceMs: ingestSilence,
            nowMs: Date.now,
          }),
        ]),
    { name: "specs", problems: () => specs.problems() },
    storeCheck(
      () => failedStatements(parts.metrics),
      () => performance.now(),
    ),
    ...(isEmbedded ? [diskCheck(config.dataDir, () => readRoom(config.dataDir))] : []),
  ];
}

function rarely(read: () => Promise<Arrivals>): () => Promise<Arrivals> {
  let known: { readonly atMs: number; readonly arrivals: Arrivals } | undefined;
  return async () => {
    const atMs = performance.now();
    if (known === undefined || atMs - known.atMs >= ARRIVALS_EVERY_MS)
      known = { atMs, arrivals: await read() };
    return known.arrivals;
  };
}

/** Of counting and evaluation; people's queries may fail as they like. */
async function failedStatements({ querySeconds }: Metrics): Promise<number> {
  const { values } = await querySeconds.get();
  return values
    .filter(
      ({ metricName, labels }) =>
        metricName?.endsWith("_count") === true &&
        labels.outcome === "failed" &&
        (labels.lane === "ingest" || labels.lane === "evaluate"),
    )
    .reduce((sum, { value }) => sum + value, 0);
}

async function readRoom(dataDir: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize } = await statfs(dataDir);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/**
 * Where any episode of its severity goes, but not through the receiver that the problem is about: rather where those of
 * the other severity go, and where that is nobody, both into the log and to the failing one.
 */
export function selfRules(rules: TellingRules): TellingRules {
  return {
    ...rules,
    route: (episode, at) => {
      const usual = rules.route(episode, at);
      const avoid = episode.facts.self?.avoid;
      const working = usual.filter(({ receiverType }) => receiverType !== avoid);
      if (avoid === undefined || working.length > 0) return avoid === undefined ? usual : working;
      const severity = episode.severity === "critical" ? "warning" : "critical";
      const others = rules
        .route({ ...episode, severity }, at)
        .filter(({ receiverType }) => receiverType !== avoid);
      return others.some(({ receiverType }) => receiverType !== "log") ? others : [...usual, ...others];
    },
  };
}

function startHeartbeat(parts: SelfAlertParts): Heartbeat | undefined {
  const { config, db, evaluator, log, metrics, now } = parts;
  const { heartbeatUrl } = config;
  if (heartbeatUrl === undefined) return undefined;
  const heartbeat = createHeartbeat({
    url: heartbeatUrl,
    method: config.file.heartbeat.method,
    intervalMs: config.file.heartbeat.interval,
    obstacle: async () => {
      const lag = evaluator.lagSeconds();
      if (evaluator.latest() === undefined) return "SLOs have not been evaluated yet";
      if (lag > LATE_SECONDS) return `SLOs were last evaluated ${Math.round(lag)} s ago`;
      const untold = await readUntold(db, TELLING_GRACE_MS, now());
      return untold.length === 0 ? undefined : `nobody has been told of ${untold.join(", ")}`;
    },
    log,
    observe: (outcome) => metrics.heartbeats.inc({ outcome }),
  });
  heartbeat.start();
  return heartbeat;
}
