import { randomUUID } from "node:crypto";
import { DAY_MS } from "../model/time.ts";
import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";
import { backfillStep, daysWithSpans, planBackfill } from "./backfill-counts.ts";
import type { BackfillStep } from "./backfill-counts.ts";
import { CHUNK_MS } from "../slo/history.ts";
import { correctBuckets } from "./correct-counts.ts";
import type { CountedIndicator, IndicatorOptions } from "./counted-indicator.ts";
import type { ParsedIndicator } from "./parse-indicator.ts";
import { repairCounts } from "./repair-counts.ts";

export interface BackfillJobOptions extends IndicatorOptions {
  /** Repeats the work until it succeeds; rejects when the service stops. */
  readonly retry: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Target {
  readonly indicator: ParsedIndicator;
  readonly afterGroup: bigint;
  readonly entry: CountedIndicator;
}

const isWaiting = (entry: CountedIndicator) => entry.phase === "backfilling";

/** Brings the stored spans of groups up to `upToGroup` into the counts of these indicators, each of which is live then. */
export async function runBackfillJob(
  job: BackfillJobOptions,
  entries: readonly CountedIndicator[],
  upToGroup: bigint,
): Promise<void> {
  const { ports, retry } = job;
  const rawFromMs = firstKeptMs(job);
  const oldestMs = (await retry(ports.oldestSpanMs)) ?? job.now();
  const rawCoveredMs = Math.max(rawFromMs, bucketStartMs(oldestMs));
  const compared = entries.filter((entry) => entry.origin.kind === "interrupted");
  if (compared.length > 0) await repairAll(job, compared, rawFromMs);
  const covered = (entry: CountedIndicator): Completed => ({
    entry,
    coveredFromMs: coverageOf(entry, rawCoveredMs, rawFromMs),
  });
  await goLive(job, compared.map(covered));

  const targets = entries
    .filter((entry) => entry.origin.kind !== "interrupted" && isWaiting(entry))
    .map((entry): Target => ({ entry, indicator: entry.indicator, afterGroup: afterGroup(entry) }));
  const days = await retry(() => daysWithSpans(ports.store));
  for (const pass of planBackfill(targets, days, rawFromMs)) {
    await countSteps(job, pass.steps, upToGroup);
    await goLive(
      job,
      pass.targets.map(({ entry }) => covered(entry)),
    );
  }
}

const afterGroup = ({ origin }: CountedIndicator) => (origin.kind === "fresh" ? 0n : origin.afterGroup);

/** Spans that ended before are not all there. */
function firstKeptMs({ now, spanRetentionMs }: IndicatorOptions): number {
  return Math.ceil((now() - spanRetentionMs) / BUCKET_MS) * BUCKET_MS;
}

/** Where the counts begin. Those of a returned one begin anew when data that it missed is gone by now. */
export function coverageOf(
  { origin }: Pick<CountedIndicator, "origin">,
  rawCoveredMs: number,
  rawFromMs: number,
): number {
  if (origin.kind === "fresh" || origin.coveredFromMs === undefined) return rawCoveredMs;
  const leftAtMs = Number(origin.afterGroup / 1_000n);
  return leftAtMs >= rawFromMs ? origin.coveredFromMs : Math.max(origin.coveredFromMs, rawFromMs);
}

async function countSteps(
  job: BackfillJobOptions,
  steps: readonly BackfillStep<Target>[],
  upToGroup: bigint,
): Promise<void> {
  const passId = randomUUID();
  for (const [i, step] of steps.entries()) {
    const waiting = () => step.targets.filter(({ entry }) => isWaiting(entry));
    const range = { upToGroup, writer: job.writer, token: `backfill-${passId}-${i}` };
    await job.retry(() => backfillStep(job.ports.store, { ...step, targets: waiting() }, range));
    const indicatorIds = waiting().map(({ indicator }) => indicator.id);
    if (indicatorIds.length === 0) return;
    job.onProgress?.({ indicatorIds, done: i + 1, total: steps.length });
  }
}

/** Compares all counts with the spans, day by day from the newest, until they agree. */
async function repairAll(
  job: BackfillJobOptions,
  entries: readonly CountedIndicator[],
  fromMs: number,
): Promise<void> {
  const ports = { ...job.ports, writer: job.writer };
  const isStillWaiting = (id: string) =>
    entries.some((entry) => entry.indicator.id === id && isWaiting(entry));
  const targets = entries.map(({ indicator }) => ({ indicator, fromMs }));
  // Spans may end up to a day ahead of the clock.
  const firstMs = Math.floor(job.now() / DAY_MS) * DAY_MS + DAY_MS;
  for (let dayMs = firstMs; dayMs + DAY_MS > fromMs; dayMs -= DAY_MS) {
    const range = { fromMs: Math.max(dayMs, fromMs), toMs: dayMs + DAY_MS };
    let repaired: number;
    do {
      repaired = (await job.retry(() => repairCounts(ports, targets, range, isStillWaiting))).length;
    } while (repaired > 0);
  }
}

/** An indicator whose stored spans are counted, and since when they are all there. */
interface Completed {
  readonly entry: CountedIndicator;
  readonly coveredFromMs: number;
}

/** Live together: each boundary holds up ingest, each announcement brings an evaluation. */
const LIVE_AT_ONCE = 200;

async function goLive(job: BackfillJobOptions, completed: readonly Completed[]): Promise<void> {
  for (let from = 0; from < completed.length; from += LIVE_AT_ONCE) {
    await goLiveTogether(job, completed.slice(from, from + LIVE_AT_ONCE));
  }
}

/** At a boundary, so that the registry cannot let go of an indicator between the question and the answer. */
async function goLiveTogether(job: BackfillJobOptions, completed: readonly Completed[]): Promise<void> {
  const { ports, retry } = job;
  const live: Completed[] = [];
  await retry(() =>
    ports.atBoundary(async () => {
      const keptMs = firstKeptMs(job);
      for (const one of completed) {
        const { entry, coveredFromMs } = one;
        const { indicator, recheck } = entry;
        if (!isWaiting(entry)) continue;
        const buckets = [...recheck].filter((bucketMs) => bucketMs >= keptMs);
        await correctBuckets(ports.boundaryStore, { indicators: [indicator], buckets, writer: job.writer });
        await ports.states.setLive(indicator.id, { coveredFromMs });
        entry.coveredFromMs = coveredFromMs;
        entry.phase = "live";
        live.push(one);
      }
    }),
  );
  if (live.length === 0) return;
  await retry(() =>
    announceAll(
      job,
      live.map(({ entry }) => entry.indicator.id),
    ),
  );
  for (const { entry, coveredFromMs } of live) {
    const coveredFrom = new Date(coveredFromMs).toISOString();
    job.log.info("an indicator is complete", { indicator: entry.indicator.id, coveredFrom });
  }
}

const CHUNKS = `
SELECT DISTINCT toString(indicator) AS id,
  toUnixTimestamp(toStartOfInterval(bucket, INTERVAL ${CHUNK_MS / 60_000} MINUTE)) AS chunk_s
FROM sli_counts
WHERE indicator IN {indicators:Array(String)}
ORDER BY id, chunk_s`;

/** A record with more would be slow to read. */
const CHUNKS_PER_RECORD = 20_000;

/** Tells evaluators to read all counts of these indicators. */
export async function announceAll(
  { ports }: { readonly ports: Pick<IndicatorOptions["ports"], "store" | "announce"> },
  indicators: readonly string[],
): Promise<void> {
  const params = { indicators: [...indicators] };
  const rows = await ports.store.query<{ id: string; chunk_s: number }>(CHUNKS, { params });
  const touched = rows.map((row) => ({ indicator: row.id, chunkMs: row.chunk_s * 1_000 }));
  for (let from = 0; from < touched.length; from += CHUNKS_PER_RECORD) {
    await ports.announce(touched.slice(from, from + CHUNKS_PER_RECORD));
  }
}
