import { deploymentRoutes } from "../api/deployment-routes.ts";
import type { DeploymentBody } from "../api/deployment-schema.ts";
import type { NativeArea } from "../api/native-routes.ts";
import { ApiProblem } from "../api/problem.ts";
import { serviceRoutes } from "../api/service-routes.ts";
import { versionRoutes } from "../api/version-routes.ts";
import { compareVersions } from "../apm/compare-versions.ts";
import { listServices } from "../apm/list-services.ts";
import { readServiceMap } from "../apm/service-map.ts";
import type { SeriesSum, ServicePorts } from "../apm/service-ports.ts";
import { showVersions } from "../apm/service-versions.ts";
import { showService } from "../apm/show-service.ts";
import { showVersionPairs } from "../apm/version-pairs.ts";
import type { Evaluator } from "../evaluator/evaluator.ts";
import type { Now } from "../model/time.ts";
import type { QueryValue, RunQuery } from "../promql/query-request.ts";
import type { Slo } from "../slo/slo.ts";
import { ClickHouseError } from "../store/clickhouse/clickhouse-error.ts";
import type { ClickHouse } from "../store/clickhouse/clickhouse.ts";
import { readExceptionTypes } from "../store/clickhouse/read-exception-types.ts";
import { readRequestStats } from "../store/clickhouse/read-request-stats.ts";
import { readServices } from "../store/clickhouse/read-services.ts";
import { readVersionPairs } from "../store/clickhouse/read-version-pairs.ts";
import type { Database } from "../store/postgres/database.ts";
import {
  createDeployment,
  listDeployments,
  type DeploymentRecord,
} from "../store/postgres/deployment-store.ts";
import { newUuid } from "../store/postgres/new-uuid.ts";

export interface ServiceParts {
  readonly clickhouse: ClickHouse;
  readonly db: Database;
  readonly now: Now;
  /** People's. */
  readonly runQuery: RunQuery;
  /** Those in force. */
  readonly slos: () => readonly Slo[];
  readonly evaluator: Pick<Evaluator, "latest">;
}

/** The areas of services, their versions, and changes that are told of. */
export function wireServices(parts: ServiceParts): NativeArea {
  const { db, now } = parts;
  const ports = servicePorts(parts);
  const areas = [
    serviceRoutes({
      now,
      listServices: (question) => orProblem(listServices(ports, question)),
      showService: (question) => orProblem(showService(ports, question)),
      serviceMap: (question) => orProblem(readServiceMap(ports, question)),
    }),
    versionRoutes({
      now,
      versions: (question) => orProblem(showVersions(ports, question)),
      compareVersions: (question) => orProblem(compareVersions(ports, question)),
      versionPairs: (question) => orProblem(showVersionPairs(ports, question)),
    }),
    deploymentRoutes({
      now,
      list: async ({ cursor, ...filter }) => {
        const [at, id = ""] = cursor?.split(/_(.*)/s) ?? [];
        const after = at === undefined ? undefined : { at: Number(at), id };
        const rows = await listDeployments(db, { ...filter, limit: filter.limit + 1, after });
        const page = rows.slice(0, filter.limit);
        const last = rows.length > page.length ? page.at(-1) : undefined;
        return {
          deployments: page.map(deploymentBody),
          nextCursor: last === undefined ? null : `${last.at}_${last.id}`,
        };
      },
      create: async ({ version = null, url = null, ...told }, actor) =>
        deploymentBody(await createDeployment(db, { id: newUuid(now()), version, url, ...told }, actor)),
    }),
  ];
  return (app) => {
    for (const add of areas) add(app);
  };
}

function servicePorts({ clickhouse, db, runQuery, slos, evaluator }: ServiceParts): ServicePorts {
  return {
    readServices: (question) => readServices(clickhouse, question),
    readRequestGroups: (question) => readRequestStats(clickhouse, question),
    readExceptionTypes: (question) => readExceptionTypes(clickhouse, question),
    readVersionPairs: (question) => readVersionPairs(clickhouse, question),
    sumSeries: (query, atMs, signal) => sumSeries(runQuery, query, atMs, signal),
    slos: () => {
      const verdicts = evaluator.latest()?.verdicts;
      return slos().map((slo) => {
        const verdict = verdicts?.get(slo.name);
        // A verdict on an older definition says nothing about this one.
        const own = verdict?.slo.indicator.id === slo.indicator.id ? verdict : undefined;
        return {
          name: slo.name,
          service: slo.service,
          owner: slo.owner ?? null,
          state: own?.state ?? "backfilling",
          budgetRemainingRatio: own?.budget.remainingRatio ?? null,
        };
      });
    },
    listMarkers: ({ service, fromMs, toMs, limit }) =>
      listDeployments(db, { service, startMs: fromMs, endMs: toMs, limit }),
  };
}

async function sumSeries(
  runQuery: RunQuery,
  query: string,
  atMs: number,
  signal = new AbortController().signal,
): Promise<readonly SeriesSum[]> {
  const at = { startMs: atMs, endMs: atMs, stepMs: 60_000 };
  const outcome = await runQuery(
    { query, instant: true, ...at, lookbackMs: 300_000, subqueryStepMs: 60_000 },
    signal,
  );
  if (outcome.kind === "answered") return sumsOf(outcome.value);
  if (outcome.kind === "invalid") throw new TypeError(`${query}: ${outcome.error.message}`);
  throw new ApiProblem(503, "Too much to read", `the service map cannot be read: ${outcome.error.message}`);
}

function sumsOf(value: QueryValue): readonly SeriesSum[] {
  if (value.type !== "vector") return [];
  return value.series.map(({ labels, values }) => {
    const named: Record<string, string> = {};
    for (let i = 0; i < labels.length; i += 2) named[labels[i]!] = labels[i + 1]!;
    return { labels: named, value: values[0]! };
  });
}

function deploymentBody(record: DeploymentRecord): DeploymentBody {
  const { id, service, version, at, kind, description, url, createdBy, createdAt } = record;
  const times = { at: new Date(at).toISOString(), createdAt: createdAt.toISOString() };
  return { id, service, version, kind, description, url, createdBy, ...times };
}

async function orProblem<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof ClickHouseError) || error.kind === "query") throw error;
    const tooMuch = error.kind === "timeout" || error.kind === "limit";
    throw new ApiProblem(
      503,
      tooMuch ? "Too much to read" : "Store unavailable",
      tooMuch
        ? "start: so many spans cannot be read at once; ask for a shorter time"
        : "the telemetry store cannot answer now; ask again",
    );
  }
}
