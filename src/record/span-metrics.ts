import type { Labels } from "../model/labels.ts";
import type { SpanBatch } from "../model/span-batch.ts";
import {
  createDurationHistogram,
  doublingBounds,
  histogramRows,
  observeDuration,
} from "./duration-histogram.ts";
import type { DurationHistogram } from "./duration-histogram.ts";
import { createSlowestSpan, createTurns, noteSpan, takeExemplar } from "./latency-exemplar.ts";
import type { SlowestSpan } from "./latency-exemplar.ts";
import { hasEnded, newLiveCounter } from "./live-counter.ts";
import type { LiveCounter } from "./live-counter.ts";
import type { RecordedRow } from "./record-ports.ts";

export interface SpanMetricsLimits {
  /** Services beyond count as the service `other`. */
  readonly maxServices: number;
  /** Names of spans beyond, in one service, count as the name `other`. */
  readonly maxNamesPerService: number;
  /** Counters (each has 18 series) of all services; a name beyond counts as `other`. */
  readonly maxCounters: number;
}

export const DEFAULT_SPAN_METRICS_LIMITS: SpanMetricsLimits = {
  maxServices: 500,
  maxNamesPerService: 500,
  maxCounters: 8_000,
};

/** Calls and latencies by service, span name, kind and status, under the names that Tempo's metrics generator uses. */
export interface SpanMetrics {
  observe(batch: SpanBatch): void;
  /** What there is to store at `atMs`; taken one counter at a time, while spans may go on arriving. */
  rows(atMs: number): Iterable<RecordedRow>;
  stats(): { readonly counters: number; readonly overflowedSpans: number };
}

interface SpanCounter extends LiveCounter {
  readonly latency: DurationHistogram;
  readonly slowest: SlowestSpan;
}

interface ServiceSpans {
  readonly name: string;
  /** Counters by name of the span, then kind x 3 + status. */
  readonly byName: Map<string, (SpanCounter | undefined)[]>;
}

/** 2 ms to 16.384 s: the default of Tempo's span metrics. */
const LATENCY_BOUNDS = doublingBounds(0.002, 14);
const OTHER = "other";
/** In one write; of more counters each has its turn. */
const EXEMPLARS_AT_ONCE = 200;
const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUSES = ["UNSET", "OK", "ERROR"];

export function createSpanMetrics(
  startMs: number,
  limits: SpanMetricsLimits = DEFAULT_SPAN_METRICS_LIMITS,
): SpanMetrics {
  const services = new Map<string, ServiceSpans>();
  let counters = 0;
  let overflowedSpans = 0;
  let zeroMs = startMs;
  const turns = createTurns(EXEMPLARS_AT_ONCE);

  const serviceOf = (name: string): ServiceSpans => {
    const known = services.get(name);
    if (known !== undefined) return known;
    if (services.size >= limits.maxServices && name !== OTHER) return serviceOf(OTHER);
    const service = { name, byName: new Map<string, (SpanCounter | undefined)[]>() };
    services.set(name, service);
    return service;
  };
  /** The counters of a name; those of `other` where there is no room for it. */
  const slotsOf = (service: ServiceSpans, name: string): (SpanCounter | undefined)[] => {
    const isFull = service.byName.size >= limits.maxNamesPerService || counters >= limits.maxCounters;
    if (isFull && name !== OTHER) {
      overflowedSpans += 1;
      return service.byName.get(OTHER) ?? slotsOf(service, OTHER);
    }
    const slots: (SpanCounter | undefined)[] = Array.from({ length: KINDS.length * STATUSES.length });
    service.byName.set(name, slots);
    return slots;
  };
  const newCounter = (): SpanCounter => {
    counters += 1;
    return {
      ...newLiveCounter(zeroMs),
      latency: createDurationHistogram(LATENCY_BOUNDS),
      slowest: createSlowestSpan(),
    };
  };
  return {
    observe: (batch) => {
      const byResource = batch.resources.map(({ serviceName }) => serviceOf(serviceName));
      const { resource, name, kind, status, durationNanos } = batch;
      for (let i = 0; i < batch.count; i += 1) {
        const service = byResource[resource[i]!]!;
        const slots = service.byName.get(name[i]!) ?? slotsOf(service, name[i]!);
        const slot = kind[i]! * STATUSES.length + status[i]!;
        const counter = (slots[slot] ??= newCounter());
        observeDuration(counter.latency, durationNanos[i]! / 1e9);
        noteSpan(counter.slowest, batch, i);
      }
    },
    *rows(atMs) {
      // After what an earlier counter of the same name may have at this time.
      zeroMs = atMs + 1;
      const isDue = turns.begin(counters);
      for (const service of services.values()) {
        for (const [name, slots] of service.byName) {
          for (const [slot, counter] of slots.entries()) {
            if (counter === undefined || counter.startMs >= atMs) continue;
            const ended = hasEnded(counter, counter.latency.count, atMs);
            if (ended) {
              slots[slot] = undefined;
              counters -= 1;
            }
            yield* counterRows(service.name, name, slot, counter, ended, isDue());
          }
          if (slots.every((counter) => counter === undefined)) service.byName.delete(name);
        }
        if (service.byName.size === 0) services.delete(service.name);
      }
    },
    stats: () => ({ counters, overflowedSpans }),
  };
}

/** All at once, so that the series of a counter agree with each other. */
function counterRows(
  service: string,
  name: string,
  slot: number,
  { latency, slowest, startMs }: SpanCounter,
  ended: boolean,
  withExemplar: boolean,
): RecordedRow[] {
  const kind = `SPAN_KIND_${KINDS[Math.floor(slot / STATUSES.length)]!}`;
  const status = `STATUS_CODE_${STATUSES[slot % STATUSES.length]!}`;
  const labelsOf = (metric: string, le: string): Labels => {
    const labels = ["__name__", metric];
    if (le !== "") labels.push("le", le);
    if (service !== "") labels.push("service", service);
    labels.push("span_kind", kind);
    if (name !== "") labels.push("span_name", name);
    labels.push("status_code", status);
    return labels;
  };
  const buckets = histogramRows("traces_spanmetrics_latency", latency, { labelsOf, startMs, ended });
  const exemplar = withExemplar && !ended ? takeExemplar(slowest) : undefined;
  if (exemplar !== undefined) {
    const within = LATENCY_BOUNDS.findIndex((bound) => exemplar.value <= bound);
    const bucket = within < 0 ? LATENCY_BOUNDS.length : within;
    buckets[bucket] = { ...buckets[bucket]!, exemplar };
  }
  return [
    {
      labels: labelsOf("traces_spanmetrics_calls_total", ""),
      value: ended ? undefined : latency.count,
      startMs,
    },
    ...buckets,
  ];
}
