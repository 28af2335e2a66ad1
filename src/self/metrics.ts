import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Gauges of the library with names of counters; their parts are there under proper names. */
const MISNAMED = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

/** What Noroshi says about itself on /metrics. One registry per app, so that several can live in one process. */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return {
    registry,
    ...ingestMetrics([registry]),
    ...evaluationMetrics([registry]),
    ...deliveryMetrics([registry]),
    ...storeMetrics([registry]),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

/** What comes in. */
function ingestMetrics(registers: Registry[]) {
  return {
    ingestRequests: new Counter({
      name: "noroshi_ingest_requests_total",
      help: "Ingest requests by outcome.",
      labelNames: ["protocol", "outcome"],
      registers,
    }),
    ingestSpans: new Counter({
      name: "noroshi_ingest_spans_total",
      help: "Spans received, by outcome: accepted, rejected, duplicate.",
      labelNames: ["outcome"],
      registers,
    }),
    ingestSamples: new Counter({
      name: "noroshi_ingest_samples_total",
      help: "Samples of metrics received, by outcome: accepted, rejected, failed.",
      labelNames: ["outcome"],
      registers,
    }),
    series: new Gauge({
      name: "noroshi_series",
      help: "Series seen in the last hours.",
      registers,
    }),
    seriesRefused: new Counter({
      name: "noroshi_ingest_series_refused_total",
      help: "Samples refused because of their series, by reason.",
      labelNames: ["reason"],
      registers,
    }),
    scrapes: new Counter({
      name: "noroshi_scrapes_total",
      help: "Scrapes of targets, by outcome.",
      labelNames: ["outcome"],
      registers,
    }),
    ingestBytes: new Counter({
      name: "noroshi_ingest_bytes_total",
      help: "Decompressed bytes of ingest bodies.",
      registers,
    }),
    ingestBytesInFlight: new Gauge({
      name: "noroshi_ingest_in_flight_bytes",
      help: "Bytes of ingest requests that are not answered yet.",
      registers,
    }),
    groupSeconds: new Histogram({
      name: "noroshi_ingest_group_seconds",
      help: "Time to commit one group of ingest requests.",
      buckets: SECONDS,
      registers,
    }),
    groupSamples: new Histogram({
      name: "noroshi_ingest_group_samples",
      help: "Samples in one group of ingest requests.",
      buckets: [1, 10, 100, 1_000, 10_000, 100_000],
      registers,
    }),
    groupSpans: new Histogram({
      name: "noroshi_ingest_group_spans",
      help: "Spans in one group of ingest requests.",
      buckets: [1, 10, 100, 1_000, 10_000, 100_000],
      registers,
    }),
  };
}

/** SLOs, episodes and specs. */
function evaluationMetrics(registers: Registry[]) {
  return {
    evaluationSeconds: new Histogram({
      name: "noroshi_evaluation_seconds",
      help: "Time of one evaluation of every SLO.",
      buckets: SECONDS,
      registers,
    }),
    evaluationLag: new Gauge({
      name: "noroshi_evaluation_lag_seconds",
      help: "Time since the last complete evaluation; it should stay below 2 s.",
      registers,
    }),
    evaluationFailures: new Counter({
      name: "noroshi_evaluation_failures_total",
      help: "Evaluations that could not be completed.",
      registers,
    }),
    slos: new Gauge({ name: "noroshi_slos", help: "SLOs by state.", labelNames: ["state"], registers }),
    episodesOpen: new Gauge({
      name: "noroshi_episodes_open",
      help: "Open alert episodes.",
      labelNames: ["severity"],
      registers,
    }),
    specSourceSynced: new Gauge({
      name: "noroshi_spec_source_synced",
      help: "1 where all that a source of specs holds runs, else 0.",
      labelNames: ["source"],
      registers,
    }),
    specSourceLastSync: new Gauge({
      name: "noroshi_spec_source_last_sync_timestamp_seconds",
      help: "When it was last known that the newest version of a source of specs is here.",
      labelNames: ["source"],
      registers,
    }),
    specProblems: new Gauge({
      name: "noroshi_spec_problems",
      help: "Diagnostics of the spec files.",
      labelNames: ["severity"],
      registers,
    }),
  };
}

/** What goes out. */
function deliveryMetrics(registers: Registry[]) {
  return {
    outboxDepth: new Gauge({
      name: "noroshi_outbox_depth",
      help: "Notifications not delivered yet.",
      labelNames: ["receiver"],
      registers,
    }),
    outboxOldest: new Gauge({
      name: "noroshi_outbox_oldest_seconds",
      help: "Age of the oldest notification not delivered yet.",
      registers,
    }),
    notificationsLate: new Gauge({
      name: "noroshi_notifications_late",
      help: "Notifications that were due more than a minute ago and are not delivered yet.",
      labelNames: ["receiver"],
      registers,
    }),
    notificationsSetAside: new Gauge({
      name: "noroshi_notifications_set_aside",
      help: "Notifications that their receiver refused for good, of episodes that are kept.",
      labelNames: ["receiver"],
      registers,
    }),
    heartbeats: new Counter({
      name: "noroshi_heartbeats_total",
      help: "Heartbeats by outcome: sent, failed, or withheld because alerts cannot be relied on.",
      labelNames: ["outcome"],
      registers,
    }),
    outboxLag: new Gauge({
      name: "noroshi_outbox_lag_seconds",
      help: "Time since the outbox could be read; it should stay below 2 s.",
      registers,
    }),
    notifications: new Counter({
      name: "noroshi_notification_attempts_total",
      help: "Attempts to deliver a notification.",
      labelNames: ["receiver", "outcome"],
      registers,
    }),
    notificationSeconds: new Histogram({
      name: "noroshi_notification_attempt_seconds",
      help: "Time of one attempt to deliver a notification.",
      labelNames: ["receiver"],
      buckets: SECONDS,
      registers,
    }),
  };
}

/** The telemetry store. */
function storeMetrics(registers: Registry[]) {
  return {
    querySeconds: new Histogram({
      name: "noroshi_store_query_seconds",
      help: "Time of statements on the telemetry store, waiting for a connection included.",
      labelNames: ["lane", "kind", "outcome"],
      buckets: SECONDS,
      registers,
    }),
    promqlSeconds: new Histogram({
      name: "noroshi_promql_query_seconds",
      help: "Time of PromQL queries, by outcome.",
      labelNames: ["outcome"],
      buckets: SECONDS,
      registers,
    }),
    promqlSamples: new Counter({
      name: "noroshi_promql_samples_read_total",
      help: "Samples that PromQL queries read.",
      registers,
    }),
    countsRepaired: new Counter({
      name: "noroshi_sli_count_repairs_total",
      help: "Buckets whose counts differed from the raw data and were repaired.",
      registers,
    }),
  };
}
