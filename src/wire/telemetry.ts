import { ApiProblem } from "../api/problem.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { telemetryRoutes, type ServiceTelemetryBody } from "../api/telemetry-routes.ts";
import type { Now } from "../model/time.ts";
import { HUMAN_LENGTHS_MS } from "../spec/preset/human-lengths.ts";
import { expandPreset } from "../spec/preset/expand-preset.ts";
import type { Preset } from "../spec/preset/preset.ts";
import { ClickHouseError } from "../store/clickhouse/clickhouse-error.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readServiceMetrics, readServiceNames } from "../store/clickhouse/read-service-metrics.ts";
import {
  readRequestGroups,
  readRequestSums,
  readSpanKinds,
  type RequestConditions,
  type RequestSums,
  type ServiceRange,
} from "../store/clickhouse/read-service-spans.ts";
import { parseSpanFilter } from "../traceql/parse-span-filter.ts";
import { KIND_NAMES } from "../traceql/span-filter.ts";
import { filterToSql } from "../traceql/span-sql.ts";

const MOST_ROUTES = 20;
const MOST_CODES = 20;
const MOST_METRICS = 500;
const MOST_SERVICES = 200;

/** `GET /api/v1/services/{service}/telemetry`: requests are those that the presets count. */
export function wireTelemetry(parts: { readonly clickhouse: ClickHouse; readonly now: Now }): NativeArea {
  return telemetryRoutes({
    readTelemetry: async (service, sinceMs) => {
      const toMs = parts.now();
      try {
        return await readTelemetry(parts.clickhouse, { service, fromMs: toMs - sinceMs, toMs });
      } catch (error) {
        throw problemOf(error);
      }
    },
  });
}

async function readTelemetry(clickhouse: ClickHouse, range: ServiceRange): Promise<ServiceTelemetryBody> {
  const { service, fromMs, toMs } = range;
  const kinds = await readSpanKinds(clickhouse, range);
  const metrics = await readServiceMetrics(clickhouse, range, MOST_METRICS);
  const hasServerSpans = kinds.some(({ kind }) => KIND_NAMES[kind] === "server");
  const isUnknown = kinds.length === 0 && metrics.length === 0;
  return {
    service,
    start: new Date(fromMs).toISOString(),
    end: new Date(toMs).toISOString(),
    spans: kinds.map(({ kind, spans, errors }) => ({
      kind: KIND_NAMES[kind] ?? "unspecified",
      spans,
      errors,
    })),
    http: hasServerSpans ? await readHttp(clickhouse, range) : null,
    grpc: hasServerSpans ? await readGrpc(clickhouse, range) : null,
    metrics: metrics.map(({ metric, series, labels, isHistogram }) => ({
      name: metric,
      series,
      labels: [...labels],
      nativeHistogram: isHistogram,
    })),
    services: isUnknown ? [...(await readServiceNames(clickhouse, range, MOST_SERVICES))] : [],
  };
}

async function readHttp(clickhouse: ClickHouse, range: ServiceRange): Promise<ServiceTelemetryBody["http"]> {
  const conditions = conditionsOf({ name: "http-availability", ...anyRequest(range.service), routes: [] });
  const sums = await readRequestSums(clickhouse, range, conditions, HUMAN_LENGTHS_MS);
  if (sums === undefined) return null;
  const by = { group: "route", most: MOST_ROUTES } as const;
  const routes = await readRequestGroups(clickhouse, range, conditions, by);
  return {
    ...sumsBody(sums),
    routes: routes.map(({ value, requests, bad, p95Ms }) => ({
      route: value,
      requests,
      badRatio: bad / requests,
      p95Ms,
    })),
  };
}

async function readGrpc(clickhouse: ClickHouse, range: ServiceRange): Promise<ServiceTelemetryBody["grpc"]> {
  const conditions = conditionsOf({ name: "grpc-availability", ...anyRequest(range.service) });
  const sums = await readRequestSums(clickhouse, range, conditions, HUMAN_LENGTHS_MS);
  if (sums === undefined) return null;
  const by = { group: "grpcCode", most: MOST_CODES } as const;
  const codes = await readRequestGroups(clickhouse, range, conditions, by);
  return {
    ...sumsBody(sums),
    codes: codes.map(({ value, requests }) => ({ code: value, calls: requests })),
  };
}

function sumsBody(sums: RequestSums) {
  return {
    requests: sums.requests,
    bad: sums.bad,
    badRatio: sums.bad / sums.requests,
    durationMs: sums.durationMs,
    within: sums.within.map((requests, i) => ({ thresholdMs: HUMAN_LENGTHS_MS[i]!, requests })),
    first: new Date(sums.firstMs).toISOString(),
    last: new Date(sums.lastMs).toISOString(),
  };
}

const anyRequest = (service: string) =>
  ({ service, source: "traces", methods: [], metric: undefined, job: undefined }) as const;

/** What the preset counts, as SQL: so what is proposed is what will be counted. */
function conditionsOf(preset: Preset): RequestConditions {
  const { sli } = expandPreset(preset);
  const ratio = "ratioMetric" in sli ? sli.ratioMetric : undefined;
  return { total: sqlOf(ratio?.total), bad: sqlOf(ratio?.bad) };
}

function sqlOf(
  metric: { readonly metricSource: { readonly spec: { readonly query: string } } } | undefined,
): string {
  const query = metric?.metricSource.spec.query ?? "";
  const parsed = parseSpanFilter(query);
  if (!parsed.ok) throw new TypeError(`a preset gave no span filter: ${query}`);
  return filterToSql(parsed.filter);
}

function problemOf(error: unknown): unknown {
  if (!(error instanceof ClickHouseError)) return error;
  const tooMuch = error.kind === "timeout" || error.kind === "limit";
  const detail = tooMuch
    ? "since: so much telemetry cannot be read at once; ask for a shorter time, e.g. since=1d"
    : "the telemetry store cannot answer now; ask again";
  return error.kind === "query"
    ? error
    : new ApiProblem(503, tooMuch ? "Too much to read" : "Store unavailable", detail);
}
