import { formatPercent } from "../slo/format-percent.ts";
import { PARAMETER_PREFIX, PRESET_ANNOTATION } from "../spec/preset/preset-parameters.ts";
import { chooseTarget, LEAST_EVENTS } from "./choose-target.ts";
import { chooseThreshold, type WithinThreshold } from "./choose-threshold.ts";
import { countText, lengthText } from "./number-text.ts";
import { separate, type PassedOver, type Proposal, type Proposals } from "./proposal.ts";

/** Requests of a service, measured from its spans or its metrics. */
export interface MeasuredRequests {
  readonly protocol: "http" | "grpc";
  readonly requests: number;
  readonly bad: number;
  /** Ascending; empty where durations are not known. */
  readonly within: readonly WithinThreshold[];
  /** Milliseconds; known of spans alone. */
  readonly durationMs?: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** The most used, for people. */
  readonly routes: readonly string[];
  /** Of metrics: the histogram, and whether the preset takes it by itself. */
  readonly metric?: { readonly name: string; readonly isDefault: boolean };
}

/** Metrics know of no request that was never answered. */
const SHARE_TEXT = {
  http: { traces: "ended in a 5xx, or without an answer", metrics: "ended in a 5xx" },
  grpc: { traces: "ended in a fault of the server", metrics: "ended in a fault of the server" },
} as const;

/** SLOs on requests: how many are answered, and how many of them fast enough. `stem`: what their names begin with. */
export function requestProposals(stem: string, service: string, measured: MeasuredRequests): Proposals {
  const availability = proposeAvailability(stem, service, measured);
  const latency = measured.protocol === "http" ? proposeLatency(stem, service, measured) : [];
  const all = [availability, ...latency];
  return separate(all);
}

function proposeAvailability(
  stem: string,
  service: string,
  measured: MeasuredRequests,
): Proposal | PassedOver {
  const { protocol, requests, bad } = measured;
  const noun = protocol === "http" ? "requests" : "calls";
  const what = protocol === "http" ? "availability" : "gRPC availability";
  const chosen = chooseTarget(requests, bad);
  if (chosen === undefined) return { what, why: whyNot(requests, bad, noun) };
  return {
    name: `${stem}-${protocol === "http" ? "availability" : "grpc-availability"}`,
    displayName: `${service} answers${protocol === "http" ? "" : " gRPC"}`,
    description:
      protocol === "http"
        ? "Requests that do not end in a 5xx"
        : "gRPC calls that do not end in a fault of the server",
    annotations: { [PRESET_ANNOTATION]: `${protocol}-availability`, ...sourceAnnotations(measured) },
    objectiveName: "Available",
    chosen,
    promise: "",
    events: requests,
    bad,
    noun,
    reasons: [
      `Of ${countText(requests)} ${noun} ${countText(bad)} ${SHARE_TEXT[protocol][measured.metric === undefined ? "traces" : "metrics"]}${bad > 0 ? ` (${formatPercent(bad / requests)})` : ""}.`,
    ],
  };
}

function proposeLatency(
  stem: string,
  service: string,
  measured: MeasuredRequests,
): readonly (Proposal | PassedOver)[] {
  const { requests, within, durationMs } = measured;
  if (within.length === 0 || requests < LEAST_EVENTS) return [];
  const threshold = chooseThreshold(requests, within);
  if (threshold === undefined) {
    const longest = lengthText(within.at(-1)!.thresholdMs);
    return [{ what: "latency", why: `too many requests take longer than ${longest}` }];
  }
  const bad = Math.max(0, requests - threshold.requests);
  const chosen = chooseTarget(requests, bad, threshold.target);
  if (chosen === undefined) return [{ what: "latency", why: whyNot(requests, bad, "requests") }];
  const text = lengthText(threshold.thresholdMs);
  const quantiles =
    durationMs === undefined
      ? []
      : [
          `Half of the requests take ${lengthText(durationMs.p50)}, 95 % at most ${lengthText(durationMs.p95)}, 99 % at most ${lengthText(durationMs.p99)}.`,
        ];
  const bound = measured.metric === undefined ? [] : [`${text} is a bucket's boundary of the histogram.`];
  const tail =
    threshold.target === 0.95
      ? ["The slowest few are far slower than the rest, so that this promises for 95 % alone."]
      : [];
  return [
    {
      name: `${stem}-latency`,
      displayName: `${service} answers in time`,
      description: `Requests that take at most ${text}, failed ones included`,
      annotations: {
        [PRESET_ANNOTATION]: "http-latency",
        [`${PARAMETER_PREFIX}threshold`]: text,
        ...sourceAnnotations(measured),
      },
      objectiveName: `Within ${text}`,
      chosen,
      promise: `within ${text}`,
      events: requests,
      bad,
      noun: "requests",
      reasons: [
        ...quantiles,
        `${formatPercent(1 - bad / requests)} of ${countText(requests)} took at most ${text}.`,
        ...bound,
        ...tail,
      ],
    },
  ];
}

function sourceAnnotations({ metric }: MeasuredRequests): Readonly<Record<string, string>> {
  if (metric === undefined) return {};
  return {
    [`${PARAMETER_PREFIX}source`]: "metrics",
    ...(metric.isDefault ? {} : { [`${PARAMETER_PREFIX}metric`]: metric.name }),
  };
}

/** Why no target can be proposed. */
export function whyNot(events: number, bad: number, noun: string): string {
  return events < LEAST_EVENTS
    ? `${countText(events)} ${noun} are too few to tell; ask again after more, or with a longer --since`
    : `${formatPercent(bad / events)} of the ${noun} were bad: mend that first, or write a target of your own`;
}
