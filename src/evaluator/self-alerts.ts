import { isSelfEpisode, selfAlertKey } from "../alert/self-problem.ts";
import type { SelfProblem } from "../alert/self-problem.ts";
import type { Episode } from "../alert/episode.ts";
import { selfTransition } from "../alert/self-transition.ts";
import type { Now, TimestampMs } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Teller } from "./tell-episodes.ts";

type Answer = readonly SelfProblem[] | undefined;

/** Something that can be wrong with Noroshi itself. */
export interface SelfCheck {
  /** Its problems have keys `<name>` or `<name>/…`. */
  readonly name: string;
  /** What is wrong now. Where this rejects, or gives undefined, nothing is known: its episodes stay as they are. */
  problems(): Answer | Promise<Answer>;
}

export interface SelfAlertPorts extends Teller {
  /** Every episode that is not resolved; those of SLOs are passed over. */
  loadOpenEpisodes(): Promise<readonly Episode[]>;
}

export interface SelfAlertOptions {
  readonly checks: readonly SelfCheck[];
  readonly ports: SelfAlertPorts;
  /** Which process this is; the same after a restart. */
  readonly observer: string;
  readonly now: Now;
  readonly newId: (at: TimestampMs) => string;
  readonly log: Log;
  readonly intervalMs?: number;
}

/** A problem with how long it is known, and whether people have been told. */
export interface KnownProblem extends SelfProblem {
  readonly state: "pending" | "firing";
  readonly since: TimestampMs;
}

export interface SelfAlerts {
  start(): void;
  /** Looks once; start() does it every few seconds. Rejects when the store is away. */
  look(): Promise<void>;
  /** The problems that last, as of the last look. */
  current(): readonly KnownProblem[];
  stop(): Promise<void>;
}

/** Said once and then each five minutes: an outage of the store must not fill the log. */
const FAILURES_PER_LINE = 60;

/**
 * Watches Noroshi itself: each problem that lasts becomes an episode, stored and told as those of SLOs are. The evaluator
 * knows nothing of them.
 */
export function createSelfAlerts(options: SelfAlertOptions): SelfAlerts {
  const { log, intervalMs = 5_000 } = options;
  const looking = createLook(options);
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const lookSafely = async (): Promise<void> => {
    try {
      await looking.look();
      if (failures > 0) log.info("alerts about Noroshi itself can be stored again", { failures });
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures % FAILURES_PER_LINE === 1) {
        log.error("alerts about Noroshi itself cannot be stored; it is tried again", { failures, error });
      }
    }
  };
  return {
    start: () => {
      timer ??= setInterval(() => {
        if (busy) return;
        busy = true;
        running = lookSafely().finally(() => (busy = false));
      }, intervalMs);
    },
    look: looking.look,
    current: looking.current,
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function createLook(options: SelfAlertOptions): Pick<SelfAlerts, "look" | "current"> {
  const { ports, observer, now, newId, log } = options;
  const runChecks = createChecks(options);
  /** By alert key, as the store has them; undefined: to be read. */
  let open: Map<string, Episode> | undefined;
  let known: readonly KnownProblem[] = [];

  const apply = async (
    episodes: Map<string, Episode>,
    alertKey: string,
    problem: SelfProblem | undefined,
  ): Promise<void> => {
    const at = now();
    const result = selfTransition(episodes.get(alertKey), problem, { observer, at, newId: () => newId(at) });
    if (result.kind === "unchanged") return;
    if ((await ports.store(result)) === "conflict") {
      // Another process was faster, or a person acknowledged it: the next look reads what is true.
      open = undefined;
      return;
    }
    const { episode } = result;
    if (result.kind === "dropped" || episode.state === "resolved") episodes.delete(alertKey);
    else episodes.set(alertKey, episode);
    if (result.kind === "changed" && result.actions.length > 0) tell(log, episode);
  };

  return {
    current: () => known,
    look: async () => {
      const { problems, unknown } = await runChecks();
      const episodes = (open ??= await readOpen(ports));
      for (const problem of problems.values()) await apply(episodes, selfAlertKey(problem.key), problem);
      for (const alertKey of episodes.keys()) {
        const isThere = problems.has(alertKey);
        if (!isThere && !unknown.some((name) => isOf(alertKey, name))) {
          await apply(episodes, alertKey, undefined);
        }
      }
      if ((await ports.catchUp([...episodes.values()], now())) === "stale") open = undefined;
      known = [...problems].flatMap(([alertKey, problem]) => {
        const episode = episodes.get(alertKey);
        return episode === undefined
          ? []
          : [
              {
                ...problem,
                state: episode.state === "firing" ? ("firing" as const) : ("pending" as const),
                since: episode.startedAt,
              },
            ];
      });
    },
  };
}

async function readOpen(ports: SelfAlertPorts): Promise<Map<string, Episode>> {
  const episodes = (await ports.loadOpenEpisodes()).filter(isSelfEpisode);
  return new Map(episodes.map((episode) => [episode.alertKey, episode]));
}

function isOf(alertKey: string, name: string): boolean {
  return alertKey === selfAlertKey(name) || alertKey.startsWith(`${selfAlertKey(name)}/`);
}

interface Found {
  /** By alert key. */
  readonly problems: ReadonlyMap<string, SelfProblem>;
  /** Checks that could not tell. */
  readonly unknown: readonly string[];
}

function createChecks({ checks, log }: SelfAlertOptions): () => Promise<Found> {
  const failing = new Set<string>();
  return async () => {
    const problems = new Map<string, SelfProblem>();
    const unknown: string[] = [];
    for (const check of checks) {
      const { name } = check;
      try {
        const found = await check.problems();
        if (found === undefined) unknown.push(name);
        for (const problem of found ?? []) problems.set(selfAlertKey(problem.key), problem);
        failing.delete(name);
      } catch (error) {
        unknown.push(name);
        if (!failing.has(name)) log.warn("a check of Noroshi itself failed", { check: name, error });
        failing.add(name);
      }
    }
    return { problems, unknown };
  };
}

function tell(log: Log, { alertKey: alert, state, severity, id, facts }: Episode): void {
  const fields = { alert, severity, episode: id, summary: facts.self?.summary };
  if (state === "resolved") log.info("a problem of Noroshi itself is over", fields);
  else log[severity === "critical" ? "error" : "warn"]("Noroshi itself has a problem", fields);
}
