import { setTimeout as sleep } from "node:timers/promises";
import type { SampleBatch } from "../../model/sample-batch.ts";
import type { Log } from "../../self/log.ts";
import { createExpositionFetcher } from "./fetch-exposition.ts";
import { firstStatus, nextStatus } from "./scrape-status.ts";
import type { TargetStatus } from "./scrape-status.ts";
import type { ScrapeTarget } from "./scrape-target.ts";
import type { ScraperOptions } from "./scraper.ts";
import { createTargetSamples } from "./target-samples.ts";

/** Scrapes one target again and again, one scrape at a time. */
export interface ScrapeLoop {
  status(): TargetStatus;
  /** Breaks off the scrape that is under way, and ends the target's series. */
  stop(): Promise<void>;
}

/** A scrape that begins later than this keeps its own time; the others have the time they were due at. */
const ALIGN_WITHIN_MS = 100;
const SUBMIT_ATTEMPTS = 3;

/** When the next scrape is due: offset + a multiple of the interval, after `afterMs`. */
export function nextScrapeMs(afterMs: number, intervalMs: number, offsetMs: number): number {
  return (Math.floor((afterMs - offsetMs) / intervalMs) + 1) * intervalMs + offsetMs;
}

export function startScrapeLoop(target: ScrapeTarget, options: ScraperOptions): ScrapeLoop {
  const { now, log } = options;
  const { intervalMs } = target.job;
  const takesTime = options.takesTime ?? (() => true);
  const samples = createTargetSamples({ target, table: options.table, now, takesTime });
  const fetcher = createExpositionFetcher(target);
  const stopped = new AbortController();
  let status = firstStatus(target);
  let lastAtMs = 0;

  const submit = createSubmit(options, intervalMs, stopped.signal);
  const scrape = async (dueMs: number): Promise<void> => {
    const startedMs = now();
    const atMs = startedMs - dueMs <= ALIGN_WITHIN_MS ? dueMs : startedMs;
    const clock = performance.now();
    const seconds = (): number => (performance.now() - clock) / 1_000;
    const fetched = await fetcher.fetch(stopped.signal);
    if (stopped.signal.aborted) return;
    const outcome = fetched.ok
      ? await samples.answered(fetched.answer, atMs, seconds)
      : samples.failed(fetched.problem, atMs, seconds());
    lastAtMs = atMs;
    const before = status;
    status = nextStatus(status, outcome, atMs);
    logChange(log, before, status);
    options.observe?.({
      up: outcome.report.up,
      seconds: outcome.report.durationSeconds,
      samples: outcome.report.kept,
    });
    const lost = await submit(outcome.batch);
    if (lost === undefined) return;
    status = { ...status, lastProblem: `the samples are not stored: ${lost}` };
    log.warn("the samples of a scrape are lost", { job: status.job, url: status.url, reason: lost });
  };
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const dueMs = nextScrapeMs(Math.max(now(), lastAtMs), intervalMs, target.offsetMs);
      await pause(dueMs - now(), stopped.signal);
      if (stopped.signal.aborted) break;
      try {
        await scrape(dueMs);
      } catch (error) {
        log.error("a scrape failed in an unexpected way", { job: target.job.name, error });
      }
    }
  };
  const running = run();
  return {
    status: () => status,
    stop: async () => {
      stopped.abort();
      await running;
      fetcher.close();
      const ends = samples.ended(Math.max(now(), lastAtMs + 1));
      if (ends.floats.count > 0) await submit(ends);
    },
  };
}

/** Submits with a few repetitions; gives the reason where the samples are lost all the same. */
function createSubmit(options: ScraperOptions, intervalMs: number, stopped: AbortSignal) {
  return async (batch: SampleBatch): Promise<string | undefined> => {
    for (let attempt = 1; ; attempt += 1) {
      const result = await options.submit(batch);
      if (result.kind === "committed" || result.kind === "duplicate") return undefined;
      if (result.kind === "stopping") return "the service is stopping";
      if (attempt === SUBMIT_ATTEMPTS || stopped.aborted) return result.reason;
      await pause(Math.min(result.retryAfterMs, intervalMs / SUBMIT_ATTEMPTS), stopped);
    }
  };
}

/** A target that stays away is logged once, and once more when it is back. */
function logChange(log: Log, before: TargetStatus, after: TargetStatus): void {
  const fields = { job: after.job, url: after.url };
  const problem = after.lastProblem;
  if (problem !== undefined) {
    const isSame =
      before.health === after.health && withoutDigits(before.lastProblem ?? "") === withoutDigits(problem);
    const message = after.health === "up" ? "a scrape is not complete" : "a target cannot be scraped";
    if (!isSame) log.warn(message, { ...fields, problem });
  } else if (before.health === "down") log.info("a target is back", fields);
}

/** What differs in numbers alone, as in how many samples are left out, is the same. */
const withoutDigits = (text: string): string => text.replaceAll(/\d+/g, "0");

/** Ends early, and in silence, when `signal` is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
}
