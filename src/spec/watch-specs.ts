import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { watch, type FSWatcher } from "chokidar";
import { keepLastGood } from "./keep-last-good.ts";
import { loadSpecs, NO_SPECS, type LoadedSpecs } from "./load-specs.ts";
import { isGitUrl, isPassedOver, readSpecSources, type SpecSnapshot } from "./spec-folder.ts";

export interface WatchSpecsOptions {
  /** Folders or files; git URLs are reported as not supported yet. */
  readonly sources: readonly string[];
  /** Called after each reload that found other files than the one before, never twice at once. */
  readonly onChange: (specs: LoadedSpecs) => void;
  /** Told when the system's file watching fails; the folders are polled from then on. */
  readonly onWatchError?: (error: unknown) => void;
  /** How long files must lie still before they are read. */
  readonly settleMs?: number;
  /** How long an SLO must be gone from the disk before it ends. */
  readonly confirmRemovalMs?: number;
  /** Files are looked through this often even when nothing is heard: network file systems tell nothing. */
  readonly rescanMs?: number;
}

export interface SpecWatcher {
  current(): LoadedSpecs;
  /** Looks at the disk now. Resolves when what is there runs. */
  reload(): Promise<LoadedSpecs>;
  /** Stops watching; a reload that is under way ends first. */
  close(): Promise<void>;
}

/** Rounds to wait for files that keep changing; then what was read last is taken. */
const MOST_ROUNDS = 20;
const POLL_MS = 2_000;

/** Loads the specs and keeps them loaded as their files change. The first load is done when the promise resolves. */
export async function watchSpecs(options: WatchSpecsOptions): Promise<SpecWatcher> {
  const { sources, settleMs = 150, confirmRemovalMs = 1_000, rescanMs = 15_000 } = options;
  const first = await readSpecSources(sources);
  let fingerprint = snapshotFingerprint(first);
  let current = loadFrom(first, NO_SPECS);
  let closed = false;
  let running: Promise<void> = Promise.resolve();
  let pending: NodeJS.Timeout | undefined;

  async function reloadOnce(): Promise<void> {
    let snapshot = await stillSnapshot(sources, settleMs);
    if (snapshotFingerprint(snapshot) === fingerprint) return;
    let next = loadFrom(snapshot, current);
    // A file that is being replaced is gone for a moment: what would end an SLO is looked at twice.
    if (endsAnSlo(current, next)) {
      await sleep(confirmRemovalMs);
      snapshot = await stillSnapshot(sources, settleMs);
      next = loadFrom(snapshot, current);
    }
    const found = snapshotFingerprint(snapshot);
    if (closed || found === fingerprint) return;
    fingerprint = found;
    current = next;
    options.onChange(next);
  }

  function reload(): Promise<void> {
    const mine = running.then(() => (closed ? undefined : reloadOnce()));
    running = mine.catch(() => undefined);
    return mine;
  }

  function hint(): void {
    if (closed || pending !== undefined) return;
    pending = setTimeout(() => {
      pending = undefined;
      reload().catch((error: unknown) => options.onWatchError?.(error));
    }, settleMs);
  }

  let rescan = setInterval(hint, rescanMs);
  rescan.unref();
  const watcher = watchDisk(sources, hint, (error) => {
    clearInterval(rescan);
    if (!closed) rescan = setInterval(hint, Math.min(POLL_MS, rescanMs));
    rescan.unref();
    options.onWatchError?.(error);
  });
  await watcherReady(watcher);
  // What changed between the first reading and the start of the watch would not be heard of.
  hint();

  return {
    current: () => current,
    async reload() {
      await reload();
      return current;
    },
    async close() {
      closed = true;
      clearInterval(rescan);
      clearTimeout(pending);
      await watcher.close();
      await running;
    },
  };
}

function loadFrom(snapshot: SpecSnapshot, before: LoadedSpecs): LoadedSpecs {
  return keepLastGood(before, loadSpecs(snapshot.texts, snapshot.problems));
}

function endsAnSlo(before: LoadedSpecs, after: LoadedSpecs): boolean {
  const names = new Set(after.slos.map(({ name }) => name));
  return before.slos.some(({ name }) => !names.has(name));
}

/** What lies on the disk once two readings in a row agree, so that nothing is loaded while it is being written. */
async function stillSnapshot(sources: readonly string[], settleMs: number): Promise<SpecSnapshot> {
  let last = await readSpecSources(sources);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await sleep(settleMs);
    const next = await readSpecSources(sources);
    if (snapshotFingerprint(next) === snapshotFingerprint(last)) return next;
    last = next;
  }
  return last;
}

function snapshotFingerprint({ texts, problems }: SpecSnapshot): string {
  const hash = createHash("sha256");
  for (const { path, text } of texts) hash.update(`${path.length}:${path}${text.length}:${text}`);
  return hash.update(JSON.stringify(problems)).digest("hex");
}

/** The events are only hints; what counts is what is read then. `raw` also tells of the hidden `..data` link's swap. */
function watchDisk(
  sources: readonly string[],
  hint: () => void,
  failed: (error: unknown) => void,
): FSWatcher {
  const roots = sources.filter((source) => !isGitUrl(source)).map((source) => join(source));
  return watch(roots, {
    ignoreInitial: true,
    ignorePermissionErrors: true,
    ignored: (path) => roots.every((root) => isHiddenBelow(root, path)),
  })
    .on("all", hint)
    .on("raw", hint)
    .on("error", failed);
}

function isHiddenBelow(root: string, path: string): boolean {
  const names = relative(root, path).split(/[\\/]/);
  // Outside of this root: another one decides.
  if (names[0] === "..") return true;
  return names.some((name) => name !== "" && isPassedOver(name));
}

async function watcherReady(watcher: FSWatcher): Promise<void> {
  await new Promise<void>((resolve) => {
    watcher.once("ready", () => resolve());
    // A folder that is not there yet may never be ready; the rescans find it.
    setTimeout(resolve, 2_000).unref();
  });
}
