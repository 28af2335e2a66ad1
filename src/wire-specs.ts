import type { Config } from "./config.ts";
import type { Evaluator } from "./evaluator/evaluator.ts";
import type { Log } from "./self/log.ts";
import { countedIndicators } from "./slo/count-parts.ts";
import type { Indicator } from "./slo/indicator.ts";
import type { Slo } from "./slo/slo.ts";
import type { LoadedSpecs } from "./spec/load-specs.ts";
import { createFolderSource } from "./spec/source/folder-source.ts";
import type { SourceSnapshot, SpecSource } from "./spec/source/spec-source.ts";
import { watchSpecs } from "./spec/watch-specs.ts";
import type { Database } from "./store/postgres/database.ts";
import { recordSloRevisions } from "./store/postgres/slo-revision-store.ts";

export interface Specs {
  current(): { readonly loaded: LoadedSpecs; readonly loadedAtMs: number };
  /** What each source held when `current` was loaded. */
  held(): readonly { readonly source: SpecSource; readonly snapshot: SourceSnapshot }[];
  /** Reads every source now. Resolves when what is there runs. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const RETRY_MS = 5_000;

/** Loads the specs, watches them, and hands every change to those who count and judge. */
export async function wireSpecs(parts: {
  readonly config: Config;
  readonly log: Log;
  readonly db: Database;
  readonly evaluator: Pick<Evaluator, "setSlos">;
  /** undefined where this process does not count. */
  /** Counts exactly these from now on; undefined where this process does not count. */
  readonly applyIndicators: ((indicators: readonly Indicator[]) => Promise<void>) | undefined;
  /** What `noroshi apply` pushed. */
  readonly pushed?: SpecSource;
  /** How long to wait after a store has failed. */
  readonly retryMs?: number;
}): Promise<Specs> {
  const { log, evaluator, applyIndicators } = parts;
  let current: { loaded: LoadedSpecs; loadedAtMs: number };
  let closed = false;

  /** Tries until it is done, or until newer specs have taken its place. */
  const untilDone = (
    slos: readonly Slo[],
    work: () => Promise<unknown>,
    failed: (error: unknown) => void,
  ): void => {
    if (closed || slos !== current.loaded.slos) return;
    work().catch((error: unknown) => {
      if (closed || slos !== current.loaded.slos) return;
      failed(error);
      setTimeout(() => untilDone(slos, work, failed), parts.retryMs ?? RETRY_MS).unref();
    });
  };
  const take = (loaded: LoadedSpecs): void => {
    current = { loaded, loadedAtMs: Date.now() };
    report(loaded, log);
    const { slos } = loaded;
    const complete = loaded.diagnostics.every((diagnostic) => diagnostic.severity !== "error");
    untilDone(
      slos,
      async () => applyIndicators?.(countedIndicators(slos)),
      (error) => log.error("the SLOs' indicators could not be put in place; it is tried again", { error }),
    );
    evaluator.setSlos({ slos, complete });
    untilDone(
      slos,
      () => recordSloRevisions(parts.db, slos),
      (error) => log.warn("revisions of SLOs could not be recorded; it is tried again", { error }),
    );
  };
  const folders: readonly SpecSource[] = parts.config.specs.map((path) => createFolderSource(path));
  const sources = parts.pushed === undefined ? folders : [...folders, parts.pushed];
  const watcher = await watchSpecs({
    sources,
    onChange: take,
    onWatchError: (error, { name }) =>
      log.warn("changes of specs cannot be heard of; they are looked for every few seconds", {
        source: name,
        error,
      }),
  });
  take(watcher.current());
  return {
    current: () => current,
    held: () => watcher.snapshots().map((snapshot, i) => ({ source: sources[i]!, snapshot })),
    reload: async () => {
      await watcher.reload();
    },
    close: async () => {
      closed = true;
      await watcher.close();
    },
  };
}

function report({ slos, files, diagnostics }: LoadedSpecs, log: Log): void {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  log.info("specs loaded", { slos: slos.length, files: files.length, errors: errors.length });
  for (const { file, line, column, message, hint } of errors) {
    log.warn(`${file}:${line}:${column}: ${message}`, { hint });
  }
}
