import type { Episode } from "../alert/episode.ts";
import type { FlapRule } from "../alert/flapping.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import { traced } from "../self/tracing.ts";
import type { SliCounts } from "../slo/bucket.ts";
import { coveredFromMs } from "../slo/count-parts.ts";
import type { ExclusionOf } from "../slo/exclusion.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { createCountWindows } from "./count-windows.ts";
import type { CountReader } from "./source-reader.ts";
import { alertId, changesOf, judge, windowNeeds } from "./evaluate-all.ts";
import type { Change, SloSet } from "./evaluate-all.ts";
import { createDeletions } from "./find-deleted.ts";
import { createFirings, type Firing } from "./firings.ts";
import { ALONE, type Membership } from "./membership.ts";
import { alertOf, createStoreAll, type Stored } from "./store-changes.ts";

export interface EvaluatorPorts {
  readonly counts: CountReader;
  /** Since when the indicator's counts are complete, epoch milliseconds; undefined while stored spans are being counted. */
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  /** What corrections exclude of an SLO. */
  readonly exclusionOf?: ExclusionOf;
  loadOpenEpisodes(): Promise<readonly Episode[]>;
  /** Stores the episode and its notifications in one transaction. `conflict`: another evaluator was faster. */
  storeTransition(change: Change, open: readonly Episode[]): Promise<"stored" | "conflict">;
  /** Tells what time alone has changed of its own episodes: silences that ended, reminders that are due. */
  catchUp(own: readonly Episode[], at: TimestampMs, open: readonly Episode[]): Promise<"stale" | undefined>;
  /** Which alerts fired since then; left out: nothing is taken to flap. */
  readonly loadFirings?: (sinceMs: number) => Promise<readonly Firing[]>;
}

export interface EvaluatorOptions {
  readonly ports: EvaluatorPorts;
  readonly now: Now;
  readonly newId: (at: TimestampMs) => string;
  readonly log: Log;
  /** Called after each evaluation. */
  readonly observe: (result: { readonly seconds: number; readonly failed: boolean }) => void;
  /** Longest time between two evaluations. */
  readonly intervalMs?: number;
  /** Shortest time between two evaluations, however often it is kicked. */
  readonly minIntervalMs?: number;
  /** How long one evaluation stores tickets; then pages that came meanwhile go first. */
  readonly storeForMs?: number;
  /** How long an SLO must be missing from the specs before its episodes are closed. */
  readonly deletionGraceMs?: number;
  /** Which SLOs are this process's to alert on, where several evaluate; all of them where it is left out. */
  readonly share?: Membership;
  /** When an alert flaps; left out: none does. */
  readonly flapping?: FlapRule | undefined;
}

/** What was judged last. */
export interface Evaluation {
  readonly at: TimestampMs;
  readonly verdicts: ReadonlyMap<string, SloVerdict>;
  readonly openEpisodes: readonly Episode[];
}

export interface Evaluator {
  /** Replaces what is evaluated, from the next evaluation on. */
  setSlos(set: SloSet): void;
  start(): void;
  /** Evaluate soon: counts have changed. */
  kick(): void;
  /** undefined before the first one. */
  latest(): Evaluation | undefined;
  /** Seconds since the last evaluation of which everything was stored (or since start), by a steady clock. */
  lagSeconds(): number;
  /** Longest time between two evaluations. */
  readonly intervalSeconds: number;
  /** How long the last evaluation took; 0 before the first one. */
  lastSeconds(): number;
  /** Ends after the evaluation that is under way. */
  stop(): Promise<void>;
}

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { intervalMs = 2_000, minIntervalMs = 100 } = options;
  let set: SloSet = { slos: [], complete: false };
  let latest: Evaluation | undefined;
  let finishedAt = performance.now();
  let failures = 0;
  let lastSeconds = 0;
  let kicked = false;
  let stopping = false;
  let loop: Promise<void> | undefined;
  const pause = createPause();
  const evaluate = createEvaluation(options);

  const tick = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      const outcome = await traced("evaluate", { "noroshi.slos": set.slos.length }, () => evaluate(set));
      latest = outcome.evaluation;
      if (outcome.failure !== undefined) throw outcome.failure;
      if (outcome.isUnfinished) {
        kicked = true;
        return;
      }
      if (failures > 0) options.log.info("evaluation works again", { failures });
      failures = 0;
      finishedAt = performance.now();
      lastSeconds = (finishedAt - startedAt) / 1_000;
      options.observe({ seconds: lastSeconds, failed: false });
    } catch (error) {
      failures += 1;
      // Said once and then each minute: an outage of the store must not fill the log.
      if (failures === 1 || failures % 30 === 0)
        options.log.error("evaluation failed; it is tried again", { failures, error });
      options.observe({ seconds: (performance.now() - startedAt) / 1_000, failed: true });
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping) {
      kicked = false;
      const startedAt = performance.now();
      await tick();
      const tookMs = performance.now() - startedAt;
      // Kicks in quick succession share one evaluation, and evaluating takes a tenth of the time at most.
      const restMs = Math.min(intervalMs - tookMs, Math.max(minIntervalMs - tookMs, 9 * tookMs));
      if (!stopping) await pause.sleep(restMs, false);
      if (!stopping && !kicked) await pause.sleep(intervalMs - tookMs - restMs, true);
    }
  };

  return {
    setSlos: (next) => {
      set = next;
      kicked = true;
      pause.kick();
    },
    start: () => {
      loop ??= run();
    },
    kick: () => {
      kicked = true;
      pause.kick();
    },
    latest: () => latest,
    intervalSeconds: intervalMs / 1_000,
    lastSeconds: () => lastSeconds,
    lagSeconds: () => (performance.now() - finishedAt) / 1_000,
    stop: async () => {
      stopping = true;
      pause.stop();
      await loop;
    },
  };
}

/** Rests between evaluations; each ends early when it is time to stop, and, if asked to, when counts have changed. */
function createPause(): {
  sleep(ms: number, untilKicked: boolean): Promise<void>;
  kick(): void;
  stop(): void;
} {
  let wake: ((stopping: boolean) => void) | undefined;
  return {
    sleep: (ms, untilKicked) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = (stopping) => {
          if (!stopping && !untilKicked) return;
          clearTimeout(timer);
          resolve();
        };
      }),
    kick: () => wake?.(false),
    stop: () => wake?.(true),
  };
}

interface Outcome extends Stored {
  readonly evaluation: Evaluation;
}

/** One evaluation of everything. The episodes that it remembers are those the store has accepted. */
function createEvaluation(options: EvaluatorOptions): (set: SloSet) => Promise<Outcome> {
  const { ports, now, newId, log } = options;
  const windows = createCountWindows(ports.counts);
  const findDeleted = createDeletions(options.deletionGraceMs ?? 30_000);
  const firings = createFirings(options.flapping, ports.loadFirings);
  let open: Map<string, Episode> | undefined;

  const store = async (change: Change, known: Map<string, Episode>): Promise<void> => {
    const { episode } = change;
    const result = await ports.storeTransition(change, [...known.values()]);
    if (result === "conflict") {
      const { sloName: slo, alertKey: alert } = episode;
      log.warn("an episode was changed elsewhere; reading it again", { slo, alert });
      open = undefined;
      return;
    }
    const id = alertOf(change);
    if (change.kind === "dropped" || episode.state === "resolved") known.delete(id);
    else known.set(id, episode);
    firings.note(change);
    if (change.kind === "changed" && change.actions.length > 0) logChange(log, episode, change.actions);
  };

  const storeAll = createStoreAll(store, options.storeForMs);

  const { share = ALONE } = options;
  let epoch = share.epoch();
  return async (set) => {
    // Others change episodes, too, and what falls to this process may change.
    if (share.isShared() || share.epoch() !== epoch) open = undefined;
    epoch = share.epoch();
    const isFresh = open === undefined;
    open ??= await readOpen(ports);
    const known = open;
    const counted = set.slos.filter((slo) => coveredFromMs(slo, ports.coveredFromMs) !== undefined);
    const at = now();
    // The same for all of this evaluation, whatever changes meanwhile.
    const exclusions = new Map(counted.map((slo) => [slo, ports.exclusionOf?.(slo)]));
    const exclusionOf: ExclusionOf = (slo) => exclusions.get(slo);
    await windows.refresh(windowNeeds(counted, at, exclusionOf), at);
    const sum = (key: string, windowMs: number): SliCounts => windows.sum(key, windowMs, at);
    const verdicts = judge(counted, sum, at, (id) => ports.coveredFromMs(id), exclusionOf);
    const own = (): Episode[] => [...known.values()].filter(({ sloName }) => share.owns(sloName));
    const deleted = findDeleted(set, own(), at);
    await firings.refresh(at, isFresh);
    const context = { slos: set.slos, deleted, flapsOf: (id: string) => firings.watch(id) };
    const changes = changesOf(verdicts, known, context, at, () => newId(at));
    const ownChanges = changes.filter(({ episode }) => share.owns(episode.sloName));
    let { failure, isUnfinished } = await storeAll(ownChanges, known);
    const isDone = failure === undefined && !isUnfinished;
    const caughtUp = isDone ? await catchUp(ports, own(), at, [...known.values()]) : undefined;
    // People have changed one: what is known is read again the next time.
    if (caughtUp === "stale") open = undefined;
    else failure ??= caughtUp;
    return { evaluation: { at, verdicts, openEpisodes: [...known.values()] }, failure, isUnfinished };
  };
}

/** Those that are open, by `alertId`. */
async function readOpen(ports: Pick<EvaluatorPorts, "loadOpenEpisodes">): Promise<Map<string, Episode>> {
  const episodes = await ports.loadOpenEpisodes();
  return new Map(episodes.map((episode) => [alertId(episode.sloName, episode.alertKey), episode]));
}

/** Why it failed, or undefined; `stale`: see Teller. */
async function catchUp(
  ports: EvaluatorPorts,
  own: readonly Episode[],
  at: TimestampMs,
  open: readonly Episode[],
): Promise<Error | "stale" | undefined> {
  try {
    return await ports.catchUp(own, at, open);
  } catch (error) {
    return new Error("what was told of open alerts could not be brought up to date", { cause: error });
  }
}

function logChange(log: Log, episode: Episode, actions: readonly string[]): void {
  const { sloName: slo, alertKey: alert, state, id } = episode;
  log.info(`alert ${state}`, { slo, alert, tier: episode.facts.tier, episode: id, actions });
}
