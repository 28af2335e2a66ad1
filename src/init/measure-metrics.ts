import { expandPreset } from "../spec/preset/expand-preset.ts";
import { GRPC_FAMILIES, HTTP_FAMILIES, type HttpFamily } from "../spec/preset/metric-families.ts";
import type { Preset } from "../spec/preset/preset.ts";
import { jobMatcher, selector } from "../spec/preset/query-text.ts";
import { onlyValue, type AskPromql } from "./ask-promql.ts";
import type { WithinThreshold } from "./choose-threshold.ts";
import type { MeasuredRequests } from "./request-proposals.ts";

/**
 * The requests of a service in the last `since` (PromQL, e.g. `7d`), by the first histogram or counter among `names` that a
 * preset knows; undefined where there is none, or nothing was counted.
 */
export async function measureMetrics(
  service: string,
  protocol: "http" | "grpc",
  names: ReadonlySet<string>,
  ask: AskPromql,
  since: string,
): Promise<MeasuredRequests | undefined> {
  const family =
    protocol === "http"
      ? HTTP_FAMILIES.find(({ metric }) => names.has(`${metric}_count`))
      : GRPC_FAMILIES.find(({ metric, countSuffix }) => names.has(`${metric}${countSuffix}`));
  if (family === undefined) return undefined;
  const families = protocol === "http" ? HTTP_FAMILIES : GRPC_FAMILIES;
  const common = { service, source: "metrics", methods: [], metric: family.metric, job: undefined } as const;
  const preset: Preset =
    protocol === "http"
      ? { name: "http-availability", ...common, routes: [] }
      : { name: "grpc-availability", ...common };
  const { bad, total } = ratioQueries(preset, since);
  const requests = Math.round(onlyValue(await ask(total), 0));
  if (requests === 0) return undefined;
  return {
    protocol,
    requests,
    bad: Math.round(onlyValue(await ask(bad), 0)),
    within: "status" in family ? await bucketCounts(service, family, ask, since, requests) : [],
    routes: [],
    metric: { name: family.metric, isDefault: family === families[0] },
  };
}

/** What the preset counts, over the whole time. */
function ratioQueries(preset: Preset, since: string): { readonly bad: string; readonly total: string } {
  const { sli } = expandPreset(preset);
  if (!("ratioMetric" in sli)) throw new TypeError(`${preset.name} is no ratio`);
  const overAll = (query: string | undefined): string =>
    (query ?? "").replace("sum(rate(", "sum(increase(").replace("[5m]", `[${since}]`);
  const { bad, total } = sli.ratioMetric;
  return { bad: overAll(bad?.metricSource.spec.query), total: overAll(total.metricSource.spec.query) };
}

/** Of each boundary of the histogram, ascending; never more than all. */
async function bucketCounts(
  service: string,
  family: HttpFamily,
  ask: AskPromql,
  since: string,
  requests: number,
): Promise<readonly WithinThreshold[]> {
  const buckets = selector(`${family.metric}_bucket`, jobMatcher(service, undefined));
  const samples = await ask(`sum by (le) (increase(${buckets}[${since}]))`);
  return samples
    .map(({ labels, value }) => ({
      thresholdMs: Number(((Number(labels["le"]) / family.unitsPerSecond) * 1_000).toPrecision(12)),
      requests: Math.min(requests, Math.round(value)),
    }))
    .filter(({ thresholdMs }) => Number.isFinite(thresholdMs) && thresholdMs > 0)
    .sort((a, b) => a.thresholdMs - b.thresholdMs);
}
