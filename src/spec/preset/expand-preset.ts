import { HOUR_MS } from "../../model/time.ts";
import { windowName } from "../../slo/format-duration.ts";
import {
  GRPC_FAMILIES,
  GRPC_FAULT_NAMES,
  HTTP_FAMILIES,
  lagFamily,
  type HttpFamily,
} from "./metric-families.ts";
import type { Preset, PresetSource } from "./preset.ts";
import { anyEqual, anyOf, jobMatcher, labelIn, quoted, selector, sumOfRate } from "./query-text.ts";

/** A metric of an SLI, as OpenSLO writes it. */
interface MetricText {
  readonly metricSource: {
    readonly type: "traces" | "prometheus";
    readonly spec: { readonly query: string };
  };
}

/** What a preset stands for. */
export interface Expansion {
  /** `spec` of an OpenSLO SLI. */
  readonly sli:
    | {
        readonly ratioMetric: {
          readonly counter: true;
          readonly good?: MetricText;
          readonly bad?: MetricText;
          readonly total: MetricText;
        };
      }
    | { readonly thresholdMetric: MetricText };
  /** Of each objective, where the SLI is a threshold. */
  readonly comparison?: { readonly op: "lte"; readonly value: number };
}

type RequestPreset = Extract<Preset, { readonly source: PresetSource }>;
type HttpPreset = Extract<RequestPreset, { readonly routes: readonly string[] }>;

/** The queries of a preset. Pure: the same preset always gives the same text, and so the same indicator. */
export function expandPreset(preset: Preset): Expansion {
  switch (preset.name) {
    case "http-availability":
    case "http-latency":
      return preset.source === "traces" ? httpSpans(preset) : httpMetrics(preset);
    case "grpc-availability":
      return preset.source === "traces" ? grpcSpans(preset) : grpcMetrics(preset);
    case "consumer-lag":
      return consumerLag(preset);
    case "freshness":
      return freshness(preset);
  }
}

const OLD_AND_NEW_STATUS = ["span.http.response.status_code", "span.http.status_code"];
const OLD_AND_NEW_METHOD = ["span.http.request.method", "span.http.method"];

/** Both names of each attribute: many SDKs still send those from before the conventions were stable. */
function httpSpans(preset: HttpPreset): Expansion {
  const methods =
    preset.methods.length > 0
      ? anyEqual(OLD_AND_NEW_METHOD, preset.methods)
      : anyOf(OLD_AND_NEW_METHOD.map((method) => `${method} != nil`));
  const routes = preset.routes.length > 0 ? [anyEqual(["span.http.route"], preset.routes)] : [];
  const total = spans([...serverSpans(preset.service), methods, ...routes]);
  if (preset.name === "http-latency") {
    return ratio("good", spans([`duration <= ${durationText(preset.thresholdMs)}`]), total);
  }
  return ratio("bad", spans([serverFault(OLD_AND_NEW_STATUS, (status) => `${status} >= 500`)]), total);
}

function grpcSpans(preset: RequestPreset): Expansion {
  const total = spans([
    ...serverSpans(preset.service),
    anyEqual(["span.rpc.system", "span.rpc.system.name"], ["grpc"]),
    ...(preset.methods.length > 0 ? [anyEqual(["span.rpc.method"], preset.methods)] : []),
  ]);
  const [code, name] = ["span.rpc.grpc.status_code", "span.rpc.response.status_code"];
  const fault = serverFault([code, name], (attribute) =>
    attribute === code
      ? `${code} = 2 || ${code} = 4 || (${code} >= 12 && ${code} <= 15)`
      : `${name} =~ ${quoted(GRPC_FAULT_NAMES.join("|"))}`,
  );
  return ratio("bad", spans([fault]), total);
}

const serverSpans = (service: string): readonly string[] => [
  `resource.service.name = ${quoted(service)}`,
  "kind = server",
];

/** A code that says so, or an error without any code: the answer was never sent. */
function serverFault(codes: readonly string[], isFault: (code: string) => string): string {
  const unanswered = `status = error && !${anyOf(codes.map((code) => `${code} != nil`))}`;
  return [...codes.map(isFault), `(${unanswered})`].join(" || ");
}

function httpMetrics(preset: HttpPreset): Expansion {
  const family = HTTP_FAMILIES.find(({ metric }) => metric === preset.metric) ?? HTTP_FAMILIES[0]!;
  const requests = [
    ...jobMatcher(preset.service, preset.job),
    ...(preset.methods.length > 0 ? [labelIn(family.method, preset.methods)] : []),
    ...(preset.routes.length > 0 ? [labelIn(family.route, preset.routes)] : []),
  ];
  const count = `${family.metric}_count`;
  const total = promql(sumOfRate(count, requests));
  if (preset.name === "http-latency") {
    const fast = [...requests, bucketOf(family, preset.thresholdMs)];
    return ratio("good", promql(sumOfRate(`${family.metric}_bucket`, fast)), total);
  }
  return ratio("bad", promql(sumOfRate(count, [...requests, `${family.status}=~"5.."`])), total);
}

/** Of whole bounds some clients write `1`, others `1.0`. */
function bucketOf(family: HttpFamily, thresholdMs: number): string {
  const bound = Number(((thresholdMs / 1_000) * family.unitsPerSecond).toPrecision(12));
  const isWhole = Number.isInteger(bound);
  return isWhole ? `le=~${quoted(String.raw`${bound}(\.0)?`)}` : `le=${quoted(String(bound))}`;
}

function grpcMetrics(preset: RequestPreset): Expansion {
  const family = GRPC_FAMILIES.find(({ metric }) => metric === preset.metric) ?? GRPC_FAMILIES[0]!;
  const count = `${family.metric}${family.countSuffix}`;
  const calls = [
    ...jobMatcher(preset.service, preset.job),
    ...family.system,
    ...(preset.methods.length > 0 ? [labelIn(family.method, preset.methods)] : []),
  ];
  const faults = [...calls, labelIn(family.code, family.faults)];
  return ratio("bad", promql(sumOfRate(count, faults)), promql(sumOfRate(count, calls)));
}

/** Each partition of each topic is an event every 30 s; of replicas that report it twice the larger counts. */
function consumerLag(preset: Extract<Preset, { name: "consumer-lag" }>): Expansion {
  const family = lagFamily(preset.metric);
  const isService = family.sentBy === "service";
  const job = preset.job ?? (isService ? undefined : "any");
  const matchers = [
    ...jobMatcher(preset.service, job),
    ...(preset.groups.length > 0 ? [labelIn(family.group, preset.groups)] : []),
    ...(preset.topics.length > 0 ? [labelIn(family.topic, preset.topics)] : []),
  ];
  const query = `max by (${family.topic}, ${family.partition}) (${selector(family.metric, matchers)})`;
  return { sli: { thresholdMetric: promql(query) }, comparison: { op: "lte", value: preset.most } };
}

/**
 * The age of the newest timestamp. What was last reported counts for twice the greatest age, an hour at least: a job that
 * runs once and then dies, or no longer runs, grows stale instead of vanishing.
 */
function freshness(preset: Extract<Preset, { name: "freshness" }>): Expansion {
  const { metric, maxAgeMs } = preset;
  const range = windowName(Math.max(HOUR_MS, Math.ceil((2 * maxAgeMs) / 1_000) * 1_000));
  const gauge = selector(metric, jobMatcher(preset.service, preset.job));
  const newest = `max(last_over_time(${gauge}[${range}]))`;
  // Prometheus has seconds; some clients send milliseconds, and say so in the name.
  const seconds = /_(milliseconds|millis|ms)(_|$)/.test(metric) ? `${newest} / 1000` : newest;
  return {
    sli: { thresholdMetric: promql(`time() - ${seconds}`) },
    comparison: { op: "lte", value: maxAgeMs / 1_000 },
  };
}

function spans(conditions: readonly string[]): MetricText {
  return { metricSource: { type: "traces", spec: { query: `{ ${conditions.join(" && ")} }` } } };
}

function promql(query: string): MetricText {
  return { metricSource: { type: "prometheus", spec: { query } } };
}

function ratio(outcome: "good" | "bad", part: MetricText, total: MetricText): Expansion {
  return { sli: { ratioMetric: { counter: true, [outcome]: part, total } } };
}

/** As TraceQL writes it. */
function durationText(ms: number): string {
  if (ms >= 1_000 && ms % 1_000 === 0) return `${ms / 1_000}s`;
  return Number.isInteger(ms) ? `${ms}ms` : `${Math.round(ms * 1_000)}us`;
}
