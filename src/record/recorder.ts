import type { SpanBatch } from "../model/span-batch.ts";
import type { Log } from "../self/log.ts";
import { createMinuteLoop } from "./minute-loop.ts";
import type { RecordedRow } from "./record-ports.ts";
import { createServiceGraph } from "./service-graph.ts";
import type { ServiceGraphLimits, ServiceGraphStats } from "./service-graph.ts";
import { createSloRows } from "./slo-rows.ts";
import type { SloRowsOptions } from "./slo-rows.ts";
import { createSpanMetrics } from "./span-metrics.ts";
import type { SpanMetricsLimits } from "./span-metrics.ts";
import { writeRows } from "./write-rows.ts";
import type { RowWriterOptions } from "./write-rows.ts";

export interface RecorderOptions extends RowWriterOptions {
  readonly log: Log;
  /** Left out where this process evaluates no SLOs. */
  readonly slos?: Omit<SloRowsOptions, "log">;
  readonly spanLimits?: SpanMetricsLimits;
  readonly graphLimits?: ServiceGraphLimits;
  /** A minute unless given. */
  readonly intervalMs?: number;
}

export interface RecorderStats {
  /** Counters of spans, each with 18 series. */
  readonly spanCounters: number;
  /** Spans that count under the name `other`. */
  readonly overflowedSpans: number;
  readonly graph: ServiceGraphStats;
}

/** Records, each minute, the series that dashboards ask for: SLOs, span metrics, the service graph. */
export interface Recorder {
  /** Spans that are stored now. Cheap, and never throws. */
  observeSpans(batches: readonly SpanBatch[]): void;
  start(): void;
  /** Records what has been counted since. To be called while samples can still be submitted. */
  stop(): Promise<void>;
  stats(): RecorderStats;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { now, log, intervalMs } = options;
  const spans = createSpanMetrics(now(), options.spanLimits);
  const graph = createServiceGraph(now(), options.graphLimits);
  const slos = options.slos && createSloRows({ ...options.slos, log });
  let faults = 0;

  const write = createWrite(options);
  const record = async (atMs: number): Promise<void> => {
    if (slos !== undefined) await write("SLOs", await slos.at(atMs), atMs);
    await write("span metrics", spans.rows(atMs), atMs);
    await write("service graph", graph.rows(atMs), atMs);
  };
  const recordOrLog = async (atMs: number): Promise<void> => {
    try {
      await record(atMs);
    } catch (error) {
      log.error("series could not be recorded; the next minute is tried", { error });
    }
  };
  const loop = createMinuteLoop({ now, intervalMs, work: recordOrLog });
  return {
    observeSpans: (batches) => {
      try {
        const nowMs = now();
        for (const batch of batches) {
          spans.observe(batch);
          graph.observe(batch, nowMs);
        }
      } catch (error) {
        faults += 1;
        if (faults === 1) log.error("spans could not be counted; this is said once", { error });
      }
    },
    start: () => loop.start(),
    stop: () => loop.stop(),
    stats: () => {
      const { counters, overflowedSpans } = spans.stats();
      return { spanCounters: counters, overflowedSpans, graph: graph.stats() };
    },
  };
}

/** Writes rows, and says what became of them when that is another thing than the last time. */
function createWrite(
  options: RowWriterOptions & Pick<RecorderOptions, "log">,
): (what: string, rows: Iterable<RecordedRow>, atMs: number) => Promise<void> {
  const { log } = options;
  const said = new Map<string, string>();
  return async (what: string, rows: Iterable<RecordedRow>, atMs: number): Promise<void> => {
    const { refused, problem } = await writeRows(rows, atMs, options);
    const state = problem ?? (refused > 0 ? "refused" : "complete");
    const before = said.get(what) ?? "complete";
    said.set(what, state);
    if (state === before) return;
    if (state === "complete") log.info("all series are recorded again", { what });
    else {
      const fields = { ...(refused > 0 ? { refused } : {}), ...(problem === undefined ? {} : { problem }) };
      log.warn("not all series could be recorded", { what, ...fields });
    }
  };
}
