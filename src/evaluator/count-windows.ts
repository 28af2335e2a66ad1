import type { IndicatorChunk } from "../model/sli-counts.ts";
import { CHUNK_MS, chunkStartMs, createCountHistory, edgeChunks, windowStartMs } from "../slo/history.ts";
import type { CountHistory } from "../slo/history.ts";
import { BUCKET_MS, bucketStartMs } from "../slo/bucket.ts";
import type { SliCounts } from "../slo/bucket.ts";
import type { BudgetingMethod } from "../slo/budgeting-method.ts";
import { createSourceReader } from "./source-reader.ts";
import type { CountReader, CountSource, SourceChunk, SourceReader } from "./source-reader.ts";

/** What is summed of one source. */
export interface WindowNeed {
  readonly source: CountSource;
  /** Lengths of the windows that are asked for now. The one of a calendar period grows until the next begins. */
  readonly windows: ReadonlySet<number>;
  /** None of them will ever be longer. */
  readonly longestMs: number;
}

/** By counts key. */
export type WindowNeeds = ReadonlyMap<string, WindowNeed>;

export interface CountWindows {
  /** Reads what changed since the last call, so that every needed window can be summed at `atMs`. */
  refresh(needs: WindowNeeds, atMs: number): Promise<void>;
  /** Only after a refresh that needed this window. */
  sum(key: string, windowMs: number, atMs: number): SliCounts;
}

interface Held {
  readonly source: CountSource;
  readonly history: CountHistory;
  /** The longest window that the history has room for. */
  readonly longestMs: number;
  /** Start of the first chunk that was loaded. */
  readonly fromMs: number;
}

/** By counts key. */
type HeldHistories = Map<string, Held>;

/** Above this many changed chunks (a backfill) one range read is cheaper than naming them. */
const MANY_CHUNKS = 100;
const CHUNKS_PER_READ = 2_000;
/** Sums read at once: some 50 MB as text. */
const SUMS_PER_READ = 500_000;

export function createCountWindows(reader: CountReader): CountWindows {
  const held: HeldHistories = new Map();
  let sources: WindowNeeds = new Map();
  const sourceReader = createSourceReader(reader, (key) => sources.get(key)!.source);
  let lastGroupId: bigint | undefined;
  let lastChunkMs: number | undefined;
  let lastAtMs = Number.NEGATIVE_INFINITY;

  return {
    refresh: async (needs, atMs) => {
      // Where the clock steps back, buckets that had left the windows are in them again.
      if (bucketStartMs(atMs) < bucketStartMs(lastAtMs)) held.clear();
      lastAtMs = atMs;
      lastGroupId ??= await reader.readLastGroupId();
      sources = needs;
      await loadNew(sourceReader, held, needs, atMs);
      const changes = await reader.readChangesAfter(lastGroupId);
      const stale = createStaleChunks(held, atMs);
      for (const change of changes) for (const chunk of change.touched) stale.addTouched(chunk);
      for (const [id, { windows }] of needs) stale.addNeeded(id, windows, lastChunkMs);
      await readStale(sourceReader, held, stale.byKey, needs, atMs);
      for (const change of changes) if (change.groupId > lastGroupId) lastGroupId = change.groupId;
      lastChunkMs = chunkStartMs(atMs);
    },
    sum: (key, windowMs, atMs) => {
      const entry = held.get(key);
      if (entry === undefined) throw new RangeError(`counts of ${key} are not loaded`);
      return entry.history.sum(windowMs, atMs);
    },
  };
}

/** Loads the sums of indicators that are new, or whose windows begin earlier now; forgets those no longer needed. */
async function loadNew(
  reader: SourceReader,
  held: HeldHistories,
  needs: WindowNeeds,
  atMs: number,
): Promise<void> {
  for (const key of held.keys()) if (!needs.has(key)) held.delete(key);
  const missing = new Map<number, string[]>();
  for (const [key, { windows, longestMs }] of needs) {
    const fromMs = chunkStartMs(windowStartMs(Math.max(...windows), atMs));
    const entry = held.get(key);
    if (entry !== undefined && entry.longestMs >= longestMs && entry.fromMs <= fromMs) continue;
    const sameStart = missing.get(fromMs);
    if (sameStart === undefined) missing.set(fromMs, [key]);
    else sameStart.push(key);
  }
  for (const [fromMs, keys] of missing) {
    const sums = await readSums(reader, keys, fromMs, atMs);
    for (const key of keys) {
      const { source, longestMs } = needs.get(key)!;
      const history = createCountHistory(longestMs);
      for (const row of sums.get(key) ?? []) history.setChunk(row.chunkMs, row);
      held.set(key, { source, history, longestMs, fromMs });
    }
  }
}

/** Collects the chunks to read again: changed, newly present, or at the edge of a window with unknown buckets. */
function createStaleChunks(held: HeldHistories, atMs: number) {
  const nowChunkMs = chunkStartMs(atMs);
  const byKey = new Map<string, Set<number>>();
  const keysOf = new Map<string, string[]>();
  for (const [key, { source }] of held) {
    const keys = keysOf.get(source.indicator);
    if (keys === undefined) keysOf.set(source.indicator, [key]);
    else keys.push(key);
  }
  const add = (key: string, chunkMs: number): void => {
    let chunks = byKey.get(key);
    if (chunks === undefined) byKey.set(key, (chunks = new Set()));
    chunks.add(chunkMs);
  };
  return {
    byKey,
    addTouched: ({ indicator, chunkMs: touchedMs }: IndicatorChunk): void => {
      for (const key of keysOf.get(indicator) ?? []) {
        const entry = held.get(key)!;
        for (const chunkMs of countedIn(entry.source.method, touchedMs)) {
          // What lies ahead is read when its time comes; what left the longest window is never summed again.
          if (chunkMs <= nowChunkMs && chunkMs >= firstHeldMs(entry, atMs)) add(key, chunkMs);
        }
      }
    },
    addNeeded: (key: string, windows: ReadonlySet<number>, lastChunkMs: number | undefined): void => {
      const { history, longestMs } = held.get(key)!;
      const firstMs = Math.max((lastChunkMs ?? nowChunkMs) + CHUNK_MS, chunkStartMs(atMs - longestMs));
      for (let chunkMs = firstMs; chunkMs <= nowChunkMs; chunkMs += CHUNK_MS) add(key, chunkMs);
      for (const chunkMs of edgeChunks(windows, atMs)) if (!history.hasBuckets(chunkMs)) add(key, chunkMs);
    },
  };
}

/** The chunks in which the events of one chunk count: a slice counts in the chunk that it ends in. */
function countedIn(method: BudgetingMethod, chunkMs: number): readonly number[] {
  if (method.kind === "occurrences") return [chunkMs];
  const { sliceMs } = method;
  const chunks: number[] = [];
  const firstMs = Math.floor(chunkMs / sliceMs) * sliceMs;
  for (let startMs = firstMs; startMs < chunkMs + CHUNK_MS; startMs += sliceMs) {
    const lastMs = chunkStartMs(startMs + sliceMs - BUCKET_MS);
    if (chunks.at(-1) !== lastMs) chunks.push(lastMs);
  }
  return chunks;
}

async function readStale(
  reader: SourceReader,
  held: HeldHistories,
  stale: ReadonlyMap<string, ReadonlySet<number>>,
  needs: WindowNeeds,
  atMs: number,
): Promise<void> {
  const pairs: SourceChunk[] = [];
  for (const [key, chunks] of stale) {
    if (chunks.size <= MANY_CHUNKS) {
      for (const chunkMs of chunks) pairs.push({ key, chunkMs });
      continue;
    }
    const entry = held.get(key)!;
    const { history } = entry;
    const rows = (await readSums(reader, [key], firstHeldMs(entry, atMs), atMs)).get(key) ?? [];
    const sums = new Map(rows.map((row) => [row.chunkMs, row]));
    for (const chunkMs of chunks) history.setChunk(chunkMs, sums.get(chunkMs) ?? { good: 0, total: 0 });
    for (const chunkMs of edgeChunks(needs.get(key)!.windows, atMs)) pairs.push({ key, chunkMs });
  }
  for (let i = 0; i < pairs.length; i += CHUNKS_PER_READ) {
    await applyBuckets(held, pairs.slice(i, i + CHUNKS_PER_READ), reader);
  }
  for (const [key, { windows }] of needs) held.get(key)!.history.keepBuckets(edgeChunks(windows, atMs));
}

/** The oldest chunk that any window can still reach. */
function firstHeldMs({ fromMs, longestMs }: Held, atMs: number): number {
  return Math.max(fromMs, chunkStartMs(windowStartMs(longestMs, atMs)));
}

/** Sums of the chunks from `fromMs` up to the present one, by counts key. */
async function readSums(
  reader: SourceReader,
  keys: readonly string[],
  fromMs: number,
  atMs: number,
): Promise<Map<string, (SourceChunk & SliCounts)[]>> {
  const byKey = new Map<string, (SourceChunk & SliCounts)[]>();
  const toMs = chunkStartMs(atMs) + CHUNK_MS;
  const perRead = Math.max(1, Math.floor((SUMS_PER_READ * CHUNK_MS) / Math.max(CHUNK_MS, toMs - fromMs)));
  for (let i = 0; i < keys.length; i += perRead) {
    for (const row of await reader.readChunkSums(keys.slice(i, i + perRead), fromMs, toMs)) {
      const list = byKey.get(row.key);
      if (list === undefined) byKey.set(row.key, [row]);
      else list.push(row);
    }
  }
  return byKey;
}

async function applyBuckets(
  held: HeldHistories,
  pairs: readonly SourceChunk[],
  reader: SourceReader,
): Promise<void> {
  const rows = await reader.readBuckets(pairs);
  const byChunk = new Map<string, [number, number, number][]>();
  for (const row of rows) {
    const chunk = `${row.key}@${chunkStartMs(row.bucketMs)}`;
    const list = byChunk.get(chunk);
    if (list === undefined) byChunk.set(chunk, [[row.bucketMs, row.good, row.total]]);
    else list.push([row.bucketMs, row.good, row.total]);
  }
  for (const { key, chunkMs } of pairs) {
    held.get(key)!.history.setBuckets(chunkMs, byChunk.get(`${key}@${chunkMs}`) ?? []);
  }
}
