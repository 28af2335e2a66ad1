import { setTimeout as sleep } from "node:timers/promises";
import { keepLastGood } from "./keep-last-good.ts";
import { loadSpecs, NO_SPECS, type LoadedSpecs } from "./load-specs.ts";
import { mergeSnapshots } from "./source/merge-snapshots.ts";
import { snapshotFingerprint } from "./source/snapshot-fingerprint.ts";
import type { SourceSnapshot, SourceText, SpecSource } from "./source/spec-source.ts";

export interface WatchSpecsOptions {
  /** A file that several of them hold is the first one's. */
  readonly sources: readonly SpecSource[];
  /** Called after each reload that found other files than the one before, never twice at once. */
  readonly onChange: (specs: LoadedSpecs, snapshots: readonly SourceSnapshot[]) => void;
  /** Told when a source cannot hear of changes; it looks for them by itself from then on. */
  readonly onWatchError?: (error: unknown, source: SpecSource) => void;
  /** How long an SLO must be gone from its source before it ends. */
  readonly confirmRemovalMs?: number;
  /** What ran before a restart: SLOs whose file fails now keep running as they were there. */
  readonly lastGood?: readonly SourceText[];
}

export interface SpecWatcher {
  current(): LoadedSpecs;
  /** What each source held when `current` was loaded, in the order of sources. */
  snapshots(): readonly SourceSnapshot[];
  /** Reads every source now. Resolves when what is there runs. */
  reload(): Promise<LoadedSpecs>;
  /** Stops watching; a reload that is under way ends first. */
  close(): Promise<void>;
}

/** What was read of the sources, and what came of it. */
interface Taken {
  readonly snapshots: readonly SourceSnapshot[];
  readonly prints: readonly string[];
  readonly specs: LoadedSpecs;
}

/**
 * Loads the specs of all sources together, and keeps them loaded as they change. Each source is read by itself, so that
 * one which fails or hangs holds up no other. The first load is done when the promise resolves.
 */
export async function watchSpecs(options: WatchSpecsOptions): Promise<SpecWatcher> {
  const { sources, confirmRemovalMs = 1_000, lastGood = [] } = options;
  const slots = await Promise.all(sources.map((source) => source.read()));
  let taken = take(slots, loadLastGood(sources, slots, lastGood));
  let closed = false;
  let running: Promise<void> = Promise.resolve();

  async function readSlot(index: number): Promise<void> {
    const source = sources[index];
    if (source === undefined || closed) return;
    slots[index] = await source.read();
  }

  async function takeSlots(): Promise<void> {
    const prints = slots.map(snapshotFingerprint);
    const changed = [...prints.keys()].filter((index) => prints[index] !== taken.prints[index]);
    if (changed.length === 0) return;
    let next = take(slots, taken.specs);
    // A file that is being replaced is gone for a moment: what would end an SLO is looked at twice.
    if (endsAnSlo(taken.specs, next.specs)) {
      await sleep(confirmRemovalMs);
      await Promise.all(changed.map(readSlot));
      next = take(slots, taken.specs);
    }
    if (closed || next.prints.every((print, index) => print === taken.prints[index])) return;
    taken = next;
    options.onChange(next.specs, next.snapshots);
  }

  function takeInTurn(): Promise<void> {
    const mine = running.then(() => (closed ? undefined : takeSlots()));
    running = mine.catch(() => undefined);
    return mine;
  }

  const readers = sources.map((source, index) =>
    createReader(
      () => readSlot(index).then(takeInTurn),
      (error) => options.onWatchError?.(error, source),
    ),
  );
  await Promise.all(
    sources.map(async (source, index) => {
      const hint = (): void => readers[index]?.();
      const failed = (error: unknown): void => {
        if (!closed) options.onWatchError?.(error, source);
      };
      await source.watch(hint, failed).catch(failed);
      // What changed between the first reading and the start of the watch would not be heard of.
      hint();
    }),
  );

  return {
    current: () => taken.specs,
    snapshots: () => taken.snapshots,
    async reload() {
      await Promise.all(sources.map((_, index) => readSlot(index)));
      await takeInTurn();
      return taken.specs;
    },
    async close() {
      closed = true;
      await Promise.all(sources.map((source) => source.close()));
      await running;
    },
  };
}

/** Runs `work` when called; called while it runs, once more after that. */
function createReader(work: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let busy = false;
  let again = false;
  const run = (): void => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    void work()
      .catch(failed)
      .finally(() => {
        busy = false;
        if (again) run();
      });
  };
  return run;
}

function take(slots: readonly SourceSnapshot[], before: LoadedSpecs): Taken {
  const snapshots = [...slots];
  const { texts, problems } = mergeSnapshots(snapshots);
  const specs = keepLastGood(before, loadSpecs(texts, problems));
  return { snapshots, prints: snapshots.map(snapshotFingerprint), specs };
}

/** Of sources that remember nothing, what they hold now has to do: others may refer to it. */
function loadLastGood(
  sources: readonly SpecSource[],
  slots: readonly SourceSnapshot[],
  lastGood: readonly SourceText[],
): LoadedSpecs {
  if (lastGood.length === 0) return NO_SPECS;
  const known = new Set(lastGood.map(({ path }) => path));
  const pushed = slots.filter((_, index) => sources[index]?.kind === "pushed");
  const others = pushed.flatMap(({ texts }) => texts).filter(({ path }) => !known.has(path));
  return loadSpecs([...lastGood, ...others]);
}

function endsAnSlo(before: LoadedSpecs, after: LoadedSpecs): boolean {
  const names = new Set(after.slos.map(({ name }) => name));
  const corrections = new Set(after.corrections.map(({ id }) => id));
  return (
    before.slos.some(({ name }) => !names.has(name)) ||
    before.corrections.some(({ id }) => !corrections.has(id))
  );
}
