import type { Episode } from "../alert/episode.ts";
import type { Transition } from "../alert/transition.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import { traced } from "../self/tracing.ts";
import type { SloVerdict } from "../slo/verdict.ts";
import { createCountWindows } from "./count-windows.ts";
import type { CountReader } from "./count-windows.ts";
import { alertId, changesOf, judge, windowNeeds } from "./evaluate-all.ts";
import type { SloSet } from "./evaluate-all.ts";

export interface EvaluatorPorts {
  readonly counts: CountReader;
  /** Since when the indicator's counts are complete, epoch milliseconds; undefined while stored spans are being counted. */
  readonly coveredFromMs: (indicatorId: string) => number | undefined;
  loadOpenEpisodes(): Promise<readonly Episode[]>;
  /** Stores the episode and its notifications in one transaction. `conflict`: another evaluator was faster. */
  storeTransition(change: Exclude<Transition, { kind: "unchanged" }>): Promise<"stored" | "conflict">;
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
}

/** The last complete evaluation. */
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
  /** Seconds since the last complete evaluation (or since start), by a steady clock. */
  lagSeconds(): number;
  /** Ends after the evaluation that is under way. */
  stop(): Promise<void>;
}

export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { intervalMs = 2_000, minIntervalMs = 100 } = options;
  let set: SloSet = { slos: [], complete: false };
  let latest: Evaluation | undefined;
  let finishedAt = performance.now();
  let failures = 0;
  let kicked = false;
  let stopping = false;
  let wake: (() => void) | undefined;
  let loop: Promise<void> | undefined;
  const evaluate = createEvaluation(options);

  const tick = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      latest = await traced("evaluate", { "noroshi.slos": set.slos.length }, () => evaluate(set));
      if (failures > 0) options.log.info("evaluation works again", { failures });
      failures = 0;
      finishedAt = performance.now();
      options.observe({ seconds: (finishedAt - startedAt) / 1_000, failed: false });
    } catch (error) {
      failures += 1;
      // Said once and then each minute: an outage of the store must not fill the log.
      if (failures === 1 || failures % 30 === 0)
        options.log.error("evaluation failed; it is tried again", { failures, error });
      options.observe({ seconds: (performance.now() - startedAt) / 1_000, failed: true });
    }
  };

  /** Ends early when it is time to stop, and, if asked to, when counts have changed. */
  const sleep = (ms: number, untilKicked: boolean): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        if (!stopping && !untilKicked) return;
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    while (!stopping) {
      kicked = false;
      const startedAt = performance.now();
      await tick();
      const tookMs = performance.now() - startedAt;
      // Kicks in quick succession share one evaluation, and evaluating takes a tenth of the time at most.
      const restMs = Math.min(intervalMs - tookMs, Math.max(minIntervalMs - tookMs, 9 * tookMs));
      if (!stopping) await sleep(restMs, false);
      if (!stopping && !kicked) await sleep(intervalMs - tookMs - restMs, true);
    }
  };

  return {
    setSlos: (next) => {
      set = next;
      kicked = true;
      wake?.();
    },
    start: () => {
      loop ??= run();
    },
    kick: () => {
      kicked = true;
      wake?.();
    },
    latest: () => latest,
    lagSeconds: () => (performance.now() - finishedAt) / 1_000,
    stop: async () => {
      stopping = true;
      wake?.();
      await loop;
    },
  };
}

/** One evaluation of everything. The episodes that it remembers are those the store has accepted. */
function createEvaluation({
  ports,
  now,
  newId,
  log,
}: EvaluatorOptions): (set: SloSet) => Promise<Evaluation> {
  const windows = createCountWindows(ports.counts);
  let open: Map<string, Episode> | undefined;

  const store = async (change: Exclude<Transition, { kind: "unchanged" }>): Promise<void> => {
    const { episode } = change;
    const result = await ports.storeTransition(change);
    if (result === "conflict") {
      log.warn("an episode was changed elsewhere; reading it again", {
        slo: episode.sloName,
        alert: episode.alertKey,
      });
      open = undefined;
      return;
    }
    if (open === undefined) return;
    const id = alertId(episode.sloName, episode.alertKey);
    if (change.kind === "dropped" || episode.state === "resolved") open.delete(id);
    else open.set(id, episode);
    if (change.kind === "changed" && change.actions.length > 0) {
      const { sloName: slo, alertKey: alert, state, id: episodeId } = episode;
      log.info(`alert ${state}`, {
        slo,
        alert,
        tier: episode.facts.tier,
        episode: episodeId,
        actions: change.actions,
      });
    }
  };

  return async (set) => {
    open ??= new Map(
      (await ports.loadOpenEpisodes()).map((episode) => [
        alertId(episode.sloName, episode.alertKey),
        episode,
      ]),
    );
    const counted = set.slos.filter((slo) => ports.coveredFromMs(slo.indicator.id) !== undefined);
    const at = now();
    await windows.refresh(windowNeeds(counted), at);
    const verdicts = judge(counted, (indicator, windowMs) => windows.sum(indicator, windowMs, at), at);
    for (const change of changesOf(verdicts, open, set, at, () => newId(at))) await store(change);
    return { at, verdicts, openEpisodes: [...(open?.values() ?? [])] };
  };
}
