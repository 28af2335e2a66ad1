import { conditionAttributes } from "../apm/condition-attributes.ts";
import type { BadEventsQuestion } from "../api/attribution-routes.ts";
import { ApiProblem } from "../api/problem.ts";
import { parseIndicator } from "../sli/parse-indicator.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { Slo } from "../slo/slo.ts";
import { ClickHouseError } from "../store/clickhouse/clickhouse-error.ts";
import { pinnedServices } from "../traceql/pinned-services.ts";
import { filterToSql } from "../traceql/span-sql.ts";

/** Which spans are events of an SLO, and which of them are bad. */
export interface BadEventsConditions {
  readonly total: string;
  readonly bad: string;
  readonly services: readonly string[] | undefined;
  /** Attributes that tell bad events from good ones by definition. */
  readonly condition: ReadonlySet<string>;
}

/** What an SLO, or the part of a composite, counts. Throws an ApiProblem where there is none. */
export function indicatorAsked(
  slos: readonly Slo[],
  { slo: asked, part }: Pick<BadEventsQuestion, "slo" | "part">,
): Indicator {
  const slo = slos.find(({ name }) => name === asked);
  if (slo === undefined)
    throw new ApiProblem(404, "Not found", `no SLO is named "${asked}"; GET /api/v1/slos lists them`);
  const { indicator } = slo;
  if (indicator.source !== "composite") {
    if (part === undefined) return indicator;
    throw new ApiProblem(400, "Invalid parameter", `part: ${asked} has no parts`);
  }
  const found = indicator.parts.find(({ name }) => name === part);
  if (found !== undefined) return found.indicator;
  const names = indicator.parts.map(({ name }) => name).join(", ");
  const problem = part === undefined ? "say which part to look at" : `${asked} has no part "${part}"`;
  throw new ApiProblem(400, "Invalid parameter", `part: ${problem}; it has ${names}`);
}

/** Of an indicator over spans; throws an ApiProblem for others. */
export function conditionsOf(
  indicator: Indicator,
  { slo }: Pick<BadEventsQuestion, "slo">,
): BadEventsConditions {
  if (indicator.source !== "traces") {
    throw new ApiProblem(
      422,
      "Not possible",
      `${slo} counts metrics: they do not say which requests were bad, nor what these called. Only an SLO over spans can be asked`,
    );
  }
  const parsed = parseIndicator(indicator);
  if (parsed === undefined)
    throw new ApiProblem(422, "Not possible", `the filters of ${slo} cannot be read by this version`);
  const select = filterToSql(parsed.select);
  const services = pinnedServices(parsed.total);
  return {
    total: filterToSql(parsed.total),
    bad: parsed.outcome === "bad" ? select : `(NOT ${select})`,
    services: services === undefined ? undefined : [...services].sort(),
    condition: conditionAttributes(parsed.select),
  };
}

/** The store's failure as the API says it. */
export function badEventsProblem(error: unknown): unknown {
  if (!(error instanceof ClickHouseError) || error.kind === "query") return error;
  const tooMuch = error.kind === "timeout" || error.kind === "limit";
  return new ApiProblem(
    503,
    tooMuch ? "Too much to read" : "Store unavailable",
    tooMuch
      ? "so many spans cannot be looked at in time; ask for a shorter interval"
      : "the telemetry store cannot answer now; ask again",
  );
}
