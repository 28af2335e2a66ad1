import type { Config } from "../config.ts";
import type { Evaluator } from "../evaluator/evaluator.ts";
import type { SlosInForce } from "../grouping/slo-catalogue.ts";
import type { Log } from "../self/log.ts";
import { countedIndicators } from "../slo/count-parts.ts";
import type { Correction } from "../slo/correction.ts";
import type { Indicator } from "../slo/indicator.ts";
import type { LoadedSpecs } from "../spec/load-specs.ts";
import type { SourceSnapshot, SpecSource } from "../spec/source/spec-source.ts";
import { syncStatuses, type HeldSource, type SourceStatus } from "../spec/source/sync-status.ts";
import { watchSpecs } from "../spec/watch-specs.ts";
import type { Database } from "../store/postgres/database.ts";
import { recordSloRevisions } from "../store/postgres/slo-revision-store.ts";
import type { SelfProblem } from "../alert/self-problem.ts";
import { wireGroups, type GroupParts } from "./groups.ts";
import { openLastGoodFiles, type LastGoodFiles } from "./last-good.ts";
import { sourceProblems } from "./spec-problems.ts";
import { configuredSources, openSpecSources } from "./spec-sources.ts";

export interface Specs {
  current(): { readonly loaded: LoadedSpecs; readonly loadedAtMs: number };
  /** The SLOs that count and are judged: those that are loaded, and their groups. */
  inForce(): SlosInForce;
  /** What each source held when `current` was loaded. */
  held(): readonly { readonly source: SpecSource; readonly snapshot: SourceSnapshot }[];
  /** Reads every source now. Resolves when what is there runs. */
  reload(): Promise<void>;
  /** How far what is written runs, source by source. */
  statuses(): readonly SourceStatus[];
  /** Asks these sources for news, and all others too where none is named. Resolves when what they hold runs. */
  sync(names?: readonly string[]): Promise<void>;
  /** What people must be told of the sources. */
  problems(): readonly SelfProblem[];
  close(): Promise<void>;
}

const RETRY_MS = 5_000;

export interface SpecsParts extends GroupParts {
  readonly config: Config;
  readonly log: Log;
  readonly db: Database;
  readonly evaluator: Pick<Evaluator, "setSlos">;
  /** Counts exactly these from now on; undefined where this process does not count. */
  readonly applyIndicators: ((indicators: readonly Indicator[]) => Promise<void>) | undefined;
  /** What `noroshi apply` pushed. */
  readonly pushed?: SpecSource;
  readonly setCorrections?: (corrections: readonly Correction[]) => void;
  /** How long to wait after a store has failed. */
  readonly retryMs?: number;
}

/** Loads the specs, watches them, and hands every change to those who count and judge. */
export async function wireSpecs(parts: SpecsParts): Promise<Specs> {
  const { log } = parts;
  let current: { loaded: LoadedSpecs; loadedAtMs: number };
  let closed = false;

  let held: readonly Held[] = [];
  const take = (loaded: LoadedSpecs, snapshots: readonly SourceSnapshot[]): void => {
    held = holdSources(sources, snapshots, held);
    lastGood.update(held, loaded);
    current = { loaded, loadedAtMs: Date.now() };
    report(loaded, log);
    parts.setCorrections?.(loaded.corrections);
    putInPlace(parts, loaded, commitsOf(snapshots), () => !closed && current.loaded === loaded);
    const complete = loaded.diagnostics.every((diagnostic) => diagnostic.severity !== "error");
    catalogue.set(loaded.slos, complete);
  };
  const catalogue = wireGroups(parts, (inForce) =>
    putInForce(parts, inForce, () => !closed && catalogue.current() === inForce),
  );
  const lastGood = await openLastGoodFiles({ ...parts, sources: configuredSources(parts.config) });
  const configured = openSpecSources({ ...parts, lastGoodOf: (name) => lastGood.of(name) });
  const sources = parts.pushed === undefined ? configured : [...configured, parts.pushed];
  const statuses = (): readonly SourceStatus[] => statusesOf(held, lastGood, current.loaded);
  const watcher = await watchSpecs({
    sources,
    lastGood: lastGood.all().flatMap(({ texts }) => texts),
    onChange: take,
    onWatchError: (error, { name }) =>
      log.warn("changes of specs cannot be heard of; they are looked for every few seconds", {
        source: name,
        error,
      }),
  });
  take(watcher.current(), watcher.snapshots());
  return {
    current: () => current,
    inForce: () => catalogue.current(),
    held: () => watcher.snapshots().map((snapshot, i) => ({ source: sources[i]!, snapshot })),
    reload: async () => {
      await watcher.reload();
    },
    statuses,
    sync: async (names) => {
      const asked = sources.filter(({ name }) => names === undefined || names.includes(name));
      await Promise.all(asked.map(async (source) => source.sync?.()));
      await watcher.reload();
    },
    problems: () => sourceProblems(statuses()),
    close: async () => {
      closed = true;
      await catalogue.close();
      lastGood.close();
      await watcher.close();
    },
  };
}

/** Hands the SLOs to those who count and judge; what a store refuses is tried again until others take their place. */
function putInForce(parts: SpecsParts, { slos, complete }: SlosInForce, isWanted: () => boolean): void {
  const { log, applyIndicators } = parts;
  const retrying: Retrying = { isWanted, retryMs: parts.retryMs ?? RETRY_MS };
  untilDone(
    retrying,
    async () => applyIndicators?.(countedIndicators(slos)),
    (error) => log.error("the SLOs' indicators could not be put in place; it is tried again", { error }),
  );
  parts.evaluator.setSlos({ slos, complete });
  // What is written is kept already; groups are only found.
  untilDone(
    retrying,
    () =>
      recordSloRevisions(
        parts.db,
        slos.filter(({ group }) => group !== undefined),
      ),
    (error) => log.warn("revisions of groups could not be recorded; it is tried again", { error }),
  );
}

/** Keeps what is written; what the store refuses is tried again until newer specs take their place. */
function putInPlace(
  parts: SpecsParts,
  { slos }: LoadedSpecs,
  commits: ReadonlyMap<string, string>,
  isWanted: () => boolean,
): void {
  const { log } = parts;
  untilDone(
    { isWanted, retryMs: parts.retryMs ?? RETRY_MS },
    () => recordSloRevisions(parts.db, slos, (file) => commits.get(file)),
    (error) => log.warn("revisions of SLOs could not be recorded; it is tried again", { error }),
  );
}

/** Of the files of git. */
function commitsOf(snapshots: readonly SourceSnapshot[]): ReadonlyMap<string, string> {
  return new Map(
    snapshots.flatMap(({ texts, revision }) =>
      revision === undefined ? [] : texts.map(({ path }): [string, string] => [path, revision]),
    ),
  );
}

interface Retrying {
  /** False once newer specs have taken its place. */
  readonly isWanted: () => boolean;
  readonly retryMs: number;
}

/** Tries until it is done, or not wanted any more. */
function untilDone(retrying: Retrying, work: () => Promise<unknown>, failed: (error: unknown) => void): void {
  if (!retrying.isWanted()) return;
  work().catch((error: unknown) => {
    if (!retrying.isWanted()) return;
    failed(error);
    setTimeout(() => untilDone(retrying, work, failed), retrying.retryMs).unref();
  });
}

type Held = Omit<HeldSource, "lastGoodRevision">;

/** With the time since when each source holds the same. */
function holdSources(
  sources: readonly SpecSource[],
  snapshots: readonly SourceSnapshot[],
  before: readonly Held[],
): readonly Held[] {
  return sources.flatMap((source, index) => {
    const snapshot = snapshots[index];
    const old = before[index];
    if (snapshot === undefined) return [];
    return [{ source, snapshot, takenAtMs: old?.snapshot === snapshot ? old.takenAtMs : Date.now() }];
  });
}

function statusesOf(
  held: readonly Held[],
  lastGood: LastGoodFiles,
  loaded: LoadedSpecs,
): readonly SourceStatus[] {
  const whole = held.map((one) => ({ ...one, lastGoodRevision: lastGood.of(one.source.name)?.revision }));
  return syncStatuses(whole, loaded);
}

function report({ slos, files, diagnostics }: LoadedSpecs, log: Log): void {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  log.info("specs loaded", { slos: slos.length, files: files.length, errors: errors.length });
  for (const { file, line, column, message, hint } of errors) {
    log.warn(`${file}:${line}:${column}: ${message}`, { hint });
  }
}
