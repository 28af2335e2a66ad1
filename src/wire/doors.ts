import { Hono } from "hono";
import { refuseScope, requireScope } from "../api/authorize.ts";
import type { Config } from "../config.ts";
import { createAdmission, DEFAULT_MAX_QUEUED_GROUPS } from "../ingest/admission.ts";
import type { GroupCommit } from "../ingest/group-commit.ts";
import { answerFailure, otlpEncoding } from "../ingest/otlp-answer.ts";
import { answerNotFound, createOtlpRoutes } from "../ingest/otlp-routes.ts";
import type { OtlpSignal } from "../ingest/otlp/encode-response.ts";
import { startGrpcServer } from "../ingest/otlp/grpc-server.ts";
import type { GrpcServer } from "../ingest/otlp/grpc-server.ts";
import { DEFAULT_METRIC_LIMITS } from "../ingest/otlp/metric-limits.ts";
import { DEFAULT_SPAN_LIMITS } from "../ingest/otlp/span-limits.ts";
import { DEFAULT_SERIES_LIMITS } from "../ingest/series-limits.ts";
import type { SeriesLimits } from "../ingest/series-limits.ts";
import type { SeriesTable } from "../ingest/series-table.ts";
import { createRemoteWriteRoutes, REMOTE_WRITE_PATH } from "../ingest/remote-write/routes.ts";
import { createWriteDecoder } from "../ingest/remote-write/write-decoder.ts";
import { DEFAULT_WRITE_LIMITS } from "../ingest/remote-write/write-limits.ts";
import { createTakeMetrics } from "../ingest/take-metrics.ts";
import { createTakeTraces } from "../ingest/take-traces.ts";
import type { Take } from "../ingest/take.ts";
import type { ListenAddress } from "../listen-address.ts";
import { durationMs } from "../model/time.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Metrics } from "../self/metrics.ts";

/** Exporters themselves give up after 10 s, the Collector after 30 s. */
const BODY_TIMEOUT_MS = 30_000;

interface DoorParts {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: Now;
}

/** Ways in over the network. */
export interface Doors {
  readonly routes: Hono;
  /** Opens OTLP/gRPC on an address. */
  readonly startGrpc: (address: ListenAddress) => Promise<GrpcServer>;
  /** What requests hold now. */
  readonly bytesInFlight: () => number;
}

/** How many series there may be, as configured. */
export function seriesLimits({ file: { ingest } }: Config): SeriesLimits {
  return {
    maxSeries: ingest.maxSeries,
    maxSeriesPerMetric: ingest.maxSeriesPerMetric,
    maxLabels: ingest.maxLabelsPerSeries,
    maxLabelNameBytes: ingest.maxLabelNameLength,
    maxLabelValueBytes: ingest.maxLabelValueLength,
    idleMs: DEFAULT_SERIES_LIMITS.idleMs,
  };
}

/**
 * OTLP over HTTP and gRPC and remote write, with the keys' scopes in front; a refusal speaks the protocol as every other
 * failure.
 */
export function openDoors(parts: DoorParts, groups: GroupCommit, series: SeriesTable): Doors {
  const { config, metrics, log } = parts;
  const { maxBody, maxInFlight } = config.file.ingest;
  const admission = createAdmission({
    maxBytesInFlight: maxInFlight,
    maxQueuedGroups: DEFAULT_MAX_QUEUED_GROUPS,
    queuedGroups: () => groups.queuedGroups(),
  });
  const ended = (protocol: string, outcome: string, bodyBytes: number): void => {
    metrics.ingestRequests.inc({ protocol, outcome });
    metrics.ingestBytes.inc(bodyBytes);
  };
  const bodyLimits = { compressedBytes: maxBody, bytes: maxBody, timeoutMs: BODY_TIMEOUT_MS };
  const take = createTakes(parts, groups, series);
  const routes = new Hono();
  const guard = requireScope(config.apiKeys, "ingest", (c, status, message) =>
    answerFailure(otlpEncoding(c.req.header("content-type")) ?? "json", { status, message }),
  );
  for (const path of ["/v1/*", "/prometheus/api/v1/otlp/*"]) routes.use(path, guard);
  const otlp = createOtlpRoutes({
    take,
    admission,
    bodyLimits,
    log,
    observer: {
      requestEnded: ({ status, bodyBytes }) =>
        ended("otlp_http", status === 200 ? "ok" : String(status), bodyBytes),
    },
  });
  routes.route("/", otlp);
  routes.use(
    REMOTE_WRITE_PATH,
    requireScope(config.apiKeys, "ingest", (c, status, message) => c.text(message, status)),
  );
  routes.route(
    "/",
    createRemoteWriteRoutes({
      decoder: createWriteDecoder(series, {
        ...DEFAULT_WRITE_LIMITS,
        retentionMs: durationMs(config.file.retention.samples),
      }),
      submit: groups.submit,
      now: parts.now,
      admission,
      bodyLimits,
      log,
      observer: {
        decoded: ({ refused }) => metrics.ingestSamples.inc({ outcome: "rejected" }, refused.count),
        requestEnded: ({ status, bodyBytes }) =>
          ended("remote_write", status === 204 ? "ok" : String(status), bodyBytes),
      },
    }),
  );
  routes.notFound(answerNotFound);
  const startGrpc = (address: ListenAddress): Promise<GrpcServer> =>
    startGrpcServer(address, {
      admission,
      maxMessageBytes: maxBody,
      refuse: (metadata) => refuseScope(config.apiKeys, "ingest", metadata),
      take: async (signal, bytes) => {
        const taken = await take[signal](bytes, "protobuf");
        ended("otlp_grpc", taken.kind === "taken" ? "ok" : String(taken.status), bytes.length);
        return taken;
      },
      failed: (error) => log.error("an OTLP request failed", { error }),
    });
  return { routes, startGrpc, bytesInFlight: () => admission.bytesInFlight() };
}

function createTakes(
  { config, metrics, now }: DoorParts,
  { submit }: GroupCommit,
  series: SeriesTable,
): Readonly<Record<OtlpSignal, Take>> {
  const { retention } = config.file;
  const rejected = { outcome: "rejected" };
  return {
    traces: createTakeTraces({
      submit,
      spanLimits: { ...DEFAULT_SPAN_LIMITS, retentionMs: durationMs(retention.spans) },
      now,
      observer: { decoded: (request) => metrics.ingestSpans.inc(rejected, request.rejected.count) },
    }),
    metrics: createTakeMetrics({
      submit,
      series,
      promoteScope: config.file.ingest.promoteScopeMetadata,
      metricLimits: { ...DEFAULT_METRIC_LIMITS, retentionMs: durationMs(retention.samples) },
      now,
      observer: { decoded: (request) => metrics.ingestSamples.inc(rejected, request.rejected.count) },
    }),
  };
}
