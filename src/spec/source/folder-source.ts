import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { watch, type FSWatcher } from "chokidar";
import { isPassedOver, readSpecSources } from "../spec-folder.ts";
import { snapshotFingerprint } from "./snapshot-fingerprint.ts";
import type { SourceSnapshot, SpecSource } from "./spec-source.ts";

export interface FolderSourceOptions {
  /** How long files must lie still before they are read. */
  readonly settleMs?: number;
  /** Files are looked through this often even when nothing is heard: network file systems tell nothing. */
  readonly rescanMs?: number;
}

/** Rounds to wait for files that keep changing; then what was read last is taken. */
const MOST_ROUNDS = 20;
/** Where the system's file watching fails, the folder is looked through this often. */
const POLL_MS = 2_000;

/** The spec files below a folder, or one file, as they lie on the disk. It need not be there yet. */
export function createFolderSource(path: string, options: FolderSourceOptions = {}): SpecSource {
  const { settleMs = 150, rescanMs = 15_000 } = options;
  let isFirst = true;
  let closed = false;
  let pending: NodeJS.Timeout | undefined;
  let rescan: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  function startRescans(everyMs: number, hint: () => void): void {
    clearInterval(rescan);
    if (closed) return;
    rescan = setInterval(hint, everyMs);
    rescan.unref();
  }

  return {
    name: path,
    kind: "folder",
    async read() {
      // At start nothing runs yet that could be lost, and people wait.
      const snapshot = isFirst ? await readSpecSources([path]) : await stillSnapshot(path, settleMs);
      isFirst = false;
      return snapshot;
    },
    async watch(onChange, onError) {
      const hint = (): void => {
        if (closed || pending !== undefined) return;
        pending = setTimeout(() => {
          pending = undefined;
          onChange();
        }, settleMs);
      };
      startRescans(rescanMs, hint);
      watcher = watchDisk(join(path), hint, (error) => {
        startRescans(Math.min(POLL_MS, rescanMs), hint);
        onError(error);
      });
      await watcherReady(watcher);
    },
    async close() {
      closed = true;
      clearInterval(rescan);
      clearTimeout(pending);
      await watcher?.close();
    },
  };
}

/** What lies on the disk once two readings in a row agree, so that nothing is loaded while it is being written. */
async function stillSnapshot(path: string, settleMs: number): Promise<SourceSnapshot> {
  let last = await readSpecSources([path]);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await sleep(settleMs);
    const next = await readSpecSources([path]);
    if (snapshotFingerprint(next) === snapshotFingerprint(last)) return next;
    last = next;
  }
  return last;
}

/** The events are only hints; what counts is what is read then. `raw` also tells of the hidden `..data` link's swap. */
function watchDisk(root: string, hint: () => void, failed: (error: unknown) => void): FSWatcher {
  return watch(root, {
    ignoreInitial: true,
    ignorePermissionErrors: true,
    ignored: (path) => isHiddenBelow(root, path),
  })
    .on("all", hint)
    .on("raw", hint)
    .on("error", failed);
}

function isHiddenBelow(root: string, path: string): boolean {
  const names = relative(root, path).split(/[\\/]/);
  return names[0] === ".." || names.some((name) => name !== "" && isPassedOver(name));
}

async function watcherReady(watcher: FSWatcher): Promise<void> {
  await new Promise<void>((resolve) => {
    watcher.once("ready", () => resolve());
    // A folder that is not there yet may never be ready; the rescans find it.
    setTimeout(resolve, 2_000).unref();
  });
}
