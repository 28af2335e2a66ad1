import { setTimeout as sleep } from "node:timers/promises";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import { choose } from "./census.ts";
import type { GroupScope } from "./group-scope.ts";
import { lookForGroups, type LookPorts } from "./look-for-groups.ts";
import {
  findingsOf,
  newScopeState,
  readScopeState,
  storedScopeState,
  type GroupRecords,
  type ScopeFindings,
  type ScopeState,
} from "./scope-state.ts";

export interface GroupDiscoveryOptions {
  /** Undefined where this process does not look itself: it reads what others have found. */
  readonly look: LookPorts | undefined;
  readonly records: GroupRecords;
  readonly now: Now;
  readonly log: Log;
  /** Called when the groups of some scope are others than before. */
  readonly onChange: () => void;
  /** Rest between two looks at everything. */
  readonly everyMs?: number;
}

/** Finds the values by which events are grouped, in the background, from what is stored. */
export interface GroupDiscovery {
  /**
   * Looks for these from now on. Resolves when what was found of them before is known; rejects when the control store
   * fails: it is tried again in the background.
   */
  setScopes(scopes: readonly GroupScope[]): Promise<void>;
  /** Undefined while nothing is known of it. */
  findings(scopeId: string): ScopeFindings | undefined;
  start(): void;
  /** Ends after the look that is under way. */
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 15_000;
/** What was counted since is counted again after a crash, if at all: it only ranks. */
const SAVE_EVERY_MS = 300_000;

interface Entry {
  scope: GroupScope;
  state: ScopeState | undefined;
  savedAtMs: number;
  hasToldLimit: boolean;
}

/** The work on one scope. */
interface Looker {
  /** Reads what was found before. */
  load(entry: Entry): Promise<void>;
  /** Whether the past is left to look at. */
  lookAt(entry: Entry): Promise<boolean>;
}

function createLooker(options: GroupDiscoveryOptions): Looker {
  const { records } = options;

  const load = async (entry: Entry): Promise<void> => {
    const stored = await records.load(entry.scope.id);
    if (stored !== undefined) entry.state = readScopeState(stored.record, stored.version);
    else if (options.look !== undefined) entry.state ??= newScopeState();
  };

  /** Whether the past is left to look at. */
  const lookAt = async (entry: Entry): Promise<boolean> => {
    const wasKnown = entry.state !== undefined;
    if (options.look === undefined) return await follow(entry);
    if (!wasKnown) await load(entry);
    const state = entry.state!;
    const wasComplete = state.isComplete;
    const isDone = await lookForGroups(options.look, entry.scope, state, options.now());
    const hasChanged = choose(state.census, entry.scope.limit, state.isComplete, !wasComplete);
    tellLimit(options.log, entry, state);
    const isOther = hasChanged || state.isComplete !== wasComplete;
    if (isOther || !wasKnown) options.onChange();
    // Until it is saved, should the store be away.
    if (isOther) entry.savedAtMs = Number.NEGATIVE_INFINITY;
    if (performance.now() - entry.savedAtMs > SAVE_EVERY_MS) await save(entry, state);
    return !isDone;
  };

  const follow = async (entry: Entry): Promise<boolean> => {
    const before = entry.state && findingsOf(entry.state);
    await load(entry);
    const after = entry.state && findingsOf(entry.state);
    if (JSON.stringify(before) !== JSON.stringify(after)) options.onChange();
    return false;
  };

  const save = async (entry: Entry, state: ScopeState): Promise<void> => {
    const result = await records.save(entry.scope.id, storedScopeState(state), state.version);
    entry.savedAtMs = performance.now();
    if (result === "stored") state.version += 1;
    // Another process looks, too: what it found counts.
    else await load(entry);
  };

  return { load, lookAt };
}

/** Once for each limit. */
function tellLimit(log: Log, entry: Entry, { census, isComplete }: ScopeState): void {
  const { limit, keys, sloNames } = entry.scope;
  if (!isComplete || census.found.size <= limit || entry.hasToldLimit) return;
  entry.hasToldLimit = true;
  log.warn("an SLO has more groups than it may have; those with the fewest events get no budget", {
    slos: sloNames,
    groupBy: keys,
    found: census.found.size,
    tracked: limit,
  });
}

/** Looks at everything once; gives whether some past is left. What fails keeps no other scope from its turn. */
function createRound(
  looker: Looker,
  entries: ReadonlyMap<string, Entry>,
  log: Log,
  signal: AbortSignal,
): () => Promise<boolean> {
  let failures = 0;
  return async () => {
    let isLeft = false;
    let hasFailed = false;
    for (const entry of entries.values()) {
      if (signal.aborted) return false;
      try {
        if (await looker.lookAt(entry)) isLeft = true;
      } catch (error) {
        hasFailed = true;
        failures += 1;
        // Said once and then each few minutes: an outage of the store must not fill the log.
        if (failures === 1 || failures % 20 === 0)
          log.warn("groups of an SLO could not be looked for; it is tried again", {
            slos: entry.scope.sloNames,
            failures,
            error,
          });
      }
    }
    if (!hasFailed) failures = 0;
    return isLeft && !hasFailed;
  };
}

export function createGroupDiscovery(options: GroupDiscoveryOptions): GroupDiscovery {
  const { log, everyMs = LOOK_EVERY_MS } = options;
  const looker = createLooker(options);
  const entries = new Map<string, Entry>();
  const stop = new AbortController();
  let wake = new AbortController();
  let loop: Promise<void> | undefined;
  const round = createRound(looker, entries, log, stop.signal);

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const startedAt = performance.now();
      wake = new AbortController();
      const isLeft = await round();
      // The past takes half of the time at most.
      const restMs = isLeft ? performance.now() - startedAt : everyMs;
      await sleep(restMs, undefined, { signal: AbortSignal.any([stop.signal, wake.signal]) }).catch(() => {});
    }
  };

  return {
    async setScopes(scopes) {
      const wanted = new Map(scopes.map((scope) => [scope.id, scope]));
      for (const id of entries.keys()) if (!wanted.has(id)) entries.delete(id);
      const added: Entry[] = [];
      for (const scope of scopes) {
        const entry = entries.get(scope.id);
        if (entry !== undefined) {
          entry.hasToldLimit &&= entry.scope.limit === scope.limit;
          entry.scope = scope;
          continue;
        }
        const fresh = { scope, state: undefined, savedAtMs: performance.now(), hasToldLimit: false };
        entries.set(scope.id, fresh);
        added.push(fresh);
      }
      try {
        await Promise.all(added.map((entry) => looker.load(entry)));
      } finally {
        wake.abort();
      }
    },
    findings: (id) => {
      const state = entries.get(id)?.state;
      return state && findingsOf(state);
    },
    start() {
      loop ??= run();
    },
    async close() {
      stop.abort();
      await loop;
    },
  };
}
