import type { IndicatorChunk } from "../model/sli-counts.ts";
import { CHUNK_MS, chunkStartMs, createCountHistory, edgeChunks, windowStartMs } from "../slo/history.ts";
import type { CountHistory } from "../slo/history.ts";
import { bucketStartMs } from "../slo/bucket.ts";
import type { SliCounts } from "../slo/bucket.ts";

/** What the evaluator reads of the telemetry store. Counts read are absolute, so reading twice is harmless. */
export interface CountReader {
  /** The newest committed ingest group; 0 when there is none. */
  readLastGroupId(): Promise<bigint>;
  /** Chunks whose counts changed in groups after `groupId`, in order of group. */
  readChangesAfter(
    groupId: bigint,
  ): Promise<readonly { readonly groupId: bigint; readonly touched: readonly IndicatorChunk[] }[]>;
  /** Sums of the chunks that have events and begin in [fromMs, toMs). */
  readChunkSums(
    indicators: readonly string[],
    fromMs: number,
    toMs: number,
  ): Promise<readonly (IndicatorChunk & SliCounts)[]>;
  /** Single buckets of these chunks; chunks without events have none. */
  readBuckets(chunks: readonly IndicatorChunk[]): Promise<
    readonly {
      readonly indicator: string;
      readonly bucketMs: number;
      readonly good: number;
      readonly total: number;
    }[]
  >;
}

/** What is summed of one indicator. */
export interface WindowNeed {
  /** Lengths of the windows that are asked for now. The one of a calendar period grows until the next begins. */
  readonly windows: ReadonlySet<number>;
  /** None of them will ever be longer. */
  readonly longestMs: number;
}

/** By indicator id. */
export type WindowNeeds = ReadonlyMap<string, WindowNeed>;

export interface CountWindows {
  /** Reads what changed since the last call, so that every needed window can be summed at `atMs`. */
  refresh(needs: WindowNeeds, atMs: number): Promise<void>;
  /** Only after a refresh that needed this window. */
  sum(indicator: string, windowMs: number, atMs: number): SliCounts;
}

interface Held {
  readonly history: CountHistory;
  /** The longest window that the history has room for. */
  readonly longestMs: number;
  /** Start of the first chunk that was loaded. */
  readonly fromMs: number;
}

type HeldHistories = Map<string, Held>;

/** Above this many changed chunks (a backfill) one range read is cheaper than naming them. */
const MANY_CHUNKS = 100;
const CHUNKS_PER_READ = 2_000;
/** Sums read at once: some 50 MB as text. */
const SUMS_PER_READ = 500_000;

export function createCountWindows(reader: CountReader): CountWindows {
  const held: HeldHistories = new Map();
  let lastGroupId: bigint | undefined;
  let lastChunkMs: number | undefined;
  let lastAtMs = Number.NEGATIVE_INFINITY;

  return {
    refresh: async (needs, atMs) => {
      // Where the clock steps back, buckets that had left the windows are in them again.
      if (bucketStartMs(atMs) < bucketStartMs(lastAtMs)) held.clear();
      lastAtMs = atMs;
      lastGroupId ??= await reader.readLastGroupId();
      await loadNew(reader, held, needs, atMs);
      const changes = await reader.readChangesAfter(lastGroupId);
      const stale = createStaleChunks(held, atMs);
      for (const change of changes) for (const chunk of change.touched) stale.addTouched(chunk);
      for (const [id, { windows }] of needs) stale.addNeeded(id, windows, lastChunkMs);
      await readStale(reader, held, stale.byIndicator, needs, atMs);
      for (const change of changes) if (change.groupId > lastGroupId) lastGroupId = change.groupId;
      lastChunkMs = chunkStartMs(atMs);
    },
    sum: (indicator, windowMs, atMs) => {
      const entry = held.get(indicator);
      if (entry === undefined) throw new RangeError(`counts of indicator ${indicator} are not loaded`);
      return entry.history.sum(windowMs, atMs);
    },
  };
}

/** Loads the sums of indicators that are new, or whose windows begin earlier now; forgets those no longer needed. */
async function loadNew(
  reader: CountReader,
  held: HeldHistories,
  needs: WindowNeeds,
  atMs: number,
): Promise<void> {
  for (const id of held.keys()) if (!needs.has(id)) held.delete(id);
  const missing = new Map<number, string[]>();
  for (const [id, { windows, longestMs }] of needs) {
    const fromMs = chunkStartMs(windowStartMs(Math.max(...windows), atMs));
    const entry = held.get(id);
    if (entry !== undefined && entry.longestMs >= longestMs && entry.fromMs <= fromMs) continue;
    const sameStart = missing.get(fromMs);
    if (sameStart === undefined) missing.set(fromMs, [id]);
    else sameStart.push(id);
  }
  for (const [fromMs, ids] of missing) {
    const sums = await readSums(reader, ids, fromMs, atMs);
    for (const id of ids) {
      const { longestMs } = needs.get(id)!;
      const history = createCountHistory(longestMs);
      for (const row of sums.get(id) ?? []) history.setChunk(row.chunkMs, row);
      held.set(id, { history, longestMs, fromMs });
    }
  }
}

/** Collects the chunks to read again: changed, newly present, or at the edge of a window with unknown buckets. */
function createStaleChunks(held: HeldHistories, atMs: number) {
  const nowChunkMs = chunkStartMs(atMs);
  const byIndicator = new Map<string, Set<number>>();
  const add = (indicator: string, chunkMs: number): void => {
    let chunks = byIndicator.get(indicator);
    if (chunks === undefined) byIndicator.set(indicator, (chunks = new Set()));
    chunks.add(chunkMs);
  };
  return {
    byIndicator,
    addTouched: ({ indicator, chunkMs }: IndicatorChunk): void => {
      const entry = held.get(indicator);
      // What lies ahead is read when its time comes; what left the longest window is never summed again.
      if (entry === undefined || chunkMs > nowChunkMs || chunkMs < firstHeldMs(entry, atMs)) return;
      add(indicator, chunkMs);
    },
    addNeeded: (id: string, windows: ReadonlySet<number>, lastChunkMs: number | undefined): void => {
      const { history, longestMs } = held.get(id)!;
      const firstMs = Math.max((lastChunkMs ?? nowChunkMs) + CHUNK_MS, chunkStartMs(atMs - longestMs));
      for (let chunkMs = firstMs; chunkMs <= nowChunkMs; chunkMs += CHUNK_MS) add(id, chunkMs);
      for (const chunkMs of edgeChunks(windows, atMs)) if (!history.hasBuckets(chunkMs)) add(id, chunkMs);
    },
  };
}

async function readStale(
  reader: CountReader,
  held: HeldHistories,
  stale: ReadonlyMap<string, ReadonlySet<number>>,
  needs: WindowNeeds,
  atMs: number,
): Promise<void> {
  const pairs: IndicatorChunk[] = [];
  for (const [indicator, chunks] of stale) {
    if (chunks.size <= MANY_CHUNKS) {
      for (const chunkMs of chunks) pairs.push({ indicator, chunkMs });
      continue;
    }
    const entry = held.get(indicator)!;
    const { history } = entry;
    const rows = (await readSums(reader, [indicator], firstHeldMs(entry, atMs), atMs)).get(indicator) ?? [];
    const sums = new Map(rows.map((row) => [row.chunkMs, row]));
    for (const chunkMs of chunks) history.setChunk(chunkMs, sums.get(chunkMs) ?? { good: 0, total: 0 });
    for (const chunkMs of edgeChunks(needs.get(indicator)!.windows, atMs)) pairs.push({ indicator, chunkMs });
  }
  for (let i = 0; i < pairs.length; i += CHUNKS_PER_READ) {
    await applyBuckets(held, pairs.slice(i, i + CHUNKS_PER_READ), reader);
  }
  for (const [id, { windows }] of needs) held.get(id)!.history.keepBuckets(edgeChunks(windows, atMs));
}

/** The oldest chunk that any window can still reach. */
function firstHeldMs({ fromMs, longestMs }: Held, atMs: number): number {
  return Math.max(fromMs, chunkStartMs(windowStartMs(longestMs, atMs)));
}

/** Sums of the chunks from `fromMs` up to the present one, by indicator. */
async function readSums(
  reader: CountReader,
  indicators: readonly string[],
  fromMs: number,
  atMs: number,
): Promise<Map<string, (IndicatorChunk & SliCounts)[]>> {
  const byIndicator = new Map<string, (IndicatorChunk & SliCounts)[]>();
  const toMs = chunkStartMs(atMs) + CHUNK_MS;
  const perRead = Math.max(1, Math.floor((SUMS_PER_READ * CHUNK_MS) / Math.max(CHUNK_MS, toMs - fromMs)));
  for (let i = 0; i < indicators.length; i += perRead) {
    for (const row of await reader.readChunkSums(indicators.slice(i, i + perRead), fromMs, toMs)) {
      const list = byIndicator.get(row.indicator);
      if (list === undefined) byIndicator.set(row.indicator, [row]);
      else list.push(row);
    }
  }
  return byIndicator;
}

async function applyBuckets(
  held: HeldHistories,
  pairs: readonly IndicatorChunk[],
  reader: CountReader,
): Promise<void> {
  const rows = await reader.readBuckets(pairs);
  const byChunk = new Map<string, [number, number, number][]>();
  for (const row of rows) {
    const key = `${row.indicator}/${chunkStartMs(row.bucketMs)}`;
    const list = byChunk.get(key);
    if (list === undefined) byChunk.set(key, [[row.bucketMs, row.good, row.total]]);
    else list.push([row.bucketMs, row.good, row.total]);
  }
  for (const { indicator, chunkMs } of pairs) {
    held.get(indicator)!.history.setBuckets(chunkMs, byChunk.get(`${indicator}/${chunkMs}`) ?? []);
  }
}
