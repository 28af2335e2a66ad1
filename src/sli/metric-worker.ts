import { setTimeout as sleep } from "node:timers/promises";
import { HOUR_MS, MINUTE_MS } from "../model/time.ts";
import { asIncrements } from "./counted-metric.ts";
import type { CountedMetric, MetricIndicatorOptions } from "./counted-metric.ts";
import { countSamples, readNewestSamples } from "./increments-sql.ts";
import { runMetricBackfill } from "./metric-backfill.ts";
import type { MetricCounter } from "./metric-counter.ts";
import { TICK_MS } from "./metric-evaluation.ts";
import { createQueryEvaluations } from "./query-evaluations.ts";
import type { MetricRecount } from "./metric-recount.ts";
import type { MetricSet } from "./metric-set.ts";
import { planRecount } from "./recount-steps.ts";
import type { RecountNeed } from "./recount-steps.ts";
import { BACK_OFF_MS, retryUntilDone } from "./retry-until-done.ts";

/** What the background work on indicators over metrics shares. */
export interface MetricParts {
  readonly options: MetricIndicatorOptions;
  readonly set: MetricSet;
  readonly recount: MetricRecount;
  readonly counter: MetricCounter;
  /** Start of the first bucket whose samples are all there. */
  readonly firstCountableMs: () => number;
  /** The last tick whose samples have had the time to arrive. */
  readonly lastTickMs: () => number;
  readonly signal: AbortSignal;
}

/** Learns what is stored, evaluates on the tick, counts again what could not be counted on arrival, and backfills. */
export interface MetricWorker {
  start(): void;
  backfill(entries: readonly CountedMetric[]): void;
  /** Resolves when nothing is left to do. */
  settled(): Promise<void>;
  /** To be called once the signal is aborted: resolves when the work under way has ended. */
  close(): Promise<void>;
}

/** Increases reach an hour back, zero samples lie ten minutes before the first one, and samples may be minutes late. */
const KNOWN_FOR_MS = HOUR_MS + 15 * MINUTE_MS;
const RECOUNT_EVERY_MS = 1_000;
/** Counting again takes a tenth of the time, unless that would delay the next tick. */
const LONGEST_REST_MS = 10_000;
const LOOK_EVERY_MS = 5;

export function createMetricWorker(parts: MetricParts): MetricWorker {
  const { options, counter, recount, signal } = parts;
  const { log } = options;
  const everyMs = options.recountEveryMs ?? RECOUNT_EVERY_MS;
  const evaluations = createQueryEvaluations(recount, () => needsOf(parts));
  let loop: Promise<void> | undefined;
  const backfills = createBackfills(parts);
  let failures = 0;

  /** What fails must not keep the rest from its turn: the first failure is told at the end. */
  const round = async () => {
    const nowMs = options.now();
    counter.forgetBefore(nowMs - KNOWN_FOR_MS);
    addTicks(parts);
    evaluations.begin();
    const errors = [...evaluations.takeErrors(), ...(await learn(parts, nowMs - KNOWN_FOR_MS))];
    const needs = needsOf(parts).filter(({ indicator }) => asIncrements(indicator) !== undefined);
    const steps = await planRecount(needs, (metric, range) =>
      countSamples(options.ports.store, metric, range),
    );
    for (const step of steps) await recount.run(step).catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  };

  const run = async () => {
    for (;;) {
      const startedAt = performance.now();
      try {
        await round();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        // Said once and then each minute or so: an outage of the store must not fill the log.
        if (failures === 1 || failures % 60 === 0)
          log.warn("SLIs on metrics could not be counted again; it is tried again", { failures, error });
      }
      recount.retryLeft();
      const tookMs = performance.now() - startedAt;
      await sleep(Math.max(everyMs, Math.min(9 * tookMs, LONGEST_REST_MS)), undefined, { signal });
    }
  };

  return {
    start() {
      loop ??= run().catch(() => {});
    },
    backfill: (entries) => backfills.add(entries),
    async settled() {
      const isBusy = () =>
        backfills.open() > 0 ||
        evaluations.running() > 0 ||
        counter.unsure().length > 0 ||
        needsOf(parts).length > 0;
      while (!signal.aborted && (isBusy() || recount.hasLeft())) await sleep(LOOK_EVERY_MS);
      await recount.settled();
    },
    async close() {
      await Promise.all([backfills.settled(), loop]);
      await evaluations.settled();
    },
  };
}

interface Backfills {
  add(entries: readonly CountedMetric[]): void;
  open(): number;
  settled(): Promise<void>;
}

/** One backfill of counters at a time, and one of queries, which may take long: counters do not wait for those. */
function createBackfills({ options, recount, firstCountableMs, signal }: MetricParts): Backfills {
  const { log } = options;
  const jobs = { counters: Promise.resolve(), evaluated: Promise.resolve() };
  let open = 0;

  const retry = <T>(work: () => Promise<T>): Promise<T> =>
    retryUntilDone(work, {
      signal,
      backOffMs: options.backOffMs ?? BACK_OFF_MS,
      failed: (error, attempt, retryInMs) =>
        log.warn("counting stored samples failed; it is tried again", { attempt, retryInMs, error }),
    });

  const enqueue = (queue: keyof typeof jobs, entries: readonly CountedMetric[]) => {
    if (entries.length === 0) return;
    open += 1;
    jobs[queue] = jobs[queue]
      .then(() => runMetricBackfill({ ...options, recount, firstCountableMs, retry }, entries))
      .catch((error: unknown) => {
        if (!signal.aborted)
          log.error("a backfill ended early; it starts over with the next start", { error });
      })
      .finally(() => (open -= 1));
  };

  return {
    add(entries) {
      const isCounter = ({ indicator }: CountedMetric) => asIncrements(indicator) !== undefined;
      enqueue("counters", entries.filter(isCounter));
      enqueue(
        "evaluated",
        entries.filter((entry) => !isCounter(entry)),
      );
    },
    open: () => open,
    async settled() {
      await Promise.all([jobs.counters, jobs.evaluated]);
    },
  };
}

/** Reads the newest samples of the metrics of which they are not known. Gives what failed. */
async function learn({ options, counter }: MetricParts, fromMs: number): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const metric of counter.unsure()) {
    const learned = counter.learn(metric);
    try {
      learned(await readNewestSamples(options.ports.store, metric, fromMs));
    } catch (error) {
      learned(undefined);
      errors.push(error);
    }
  }
  return errors;
}

/** Has the ticks counted that have passed since the last time, those missed among them. */
function addTicks({ set, recount, lastTickMs }: MetricParts): void {
  const tickMs = lastTickMs();
  for (const entry of set.entries.values()) {
    if (entry.phase !== "live" || asIncrements(entry.indicator) !== undefined) continue;
    if (tickMs < entry.evaluatedToMs + TICK_MS) continue;
    recount.waiting.add(entry.indicator.id, entry.evaluatedToMs, tickMs - 1);
    entry.evaluatedToMs = tickMs;
  }
}

/** What waits to be counted again of complete indicators; buckets whose samples are not all there are dropped. */
function needsOf({ set, recount, firstCountableMs }: MetricParts): readonly RecountNeed[] {
  const firstMs = firstCountableMs();
  const needs: RecountNeed[] = [];
  for (const { indicator, phase } of set.entries.values()) {
    if (phase !== "live" || recount.isResting(indicator.id)) continue;
    recount.waiting.remove(indicator.id, { fromMs: Number.NEGATIVE_INFINITY, toMs: firstMs });
    const ranges = recount.waiting.of(indicator.id);
    if (ranges.length > 0) needs.push({ indicator, ranges });
  }
  return needs;
}
