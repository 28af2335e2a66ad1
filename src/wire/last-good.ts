import type { Log } from "../self/log.ts";
import type { LoadedSpecs } from "../spec/load-specs.ts";
import { nextLastGood, type LastGood } from "../spec/source/last-good.ts";
import type { SourceSnapshot, SpecSource } from "../spec/source/spec-source.ts";
import type { Database } from "../store/postgres/database.ts";
import { readLastGood, writeLastGood } from "../store/postgres/last-good-store.ts";

/** What ran last of each source, kept over restarts. */
export interface LastGoodFiles {
  of(name: string): LastGood | undefined;
  all(): readonly LastGood[];
  /** Told after each change of what runs; stores it in the background. */
  update(
    held: readonly { readonly source: SpecSource; readonly snapshot: SourceSnapshot }[],
    running: LoadedSpecs,
  ): void;
  close(): void;
}

/** More than that is not kept: it would be written again at each change. */
const MAX_TEXT_LENGTH = 16 * 1024 * 1024;
const RETRY_MS = 5_000;

/** Never rejects: where the store is away, sources begin without what ran before. */
export async function openLastGoodFiles(parts: {
  readonly db: Database;
  readonly log: Log;
  readonly sources: readonly Pick<LastGood, "name" | "kind">[];
  readonly retryMs?: number;
}): Promise<LastGoodFiles> {
  const { db, log, retryMs = RETRY_MS } = parts;
  let current: readonly LastGood[] = await read(db, parts.sources, log);
  const stored = new Map(current.map((one) => [one.name, JSON.stringify(one)]));
  let closed = false;
  let storing = Promise.resolve();
  let retry: NodeJS.Timeout | undefined;

  async function store(): Promise<void> {
    for (const one of current) {
      const text = JSON.stringify(one);
      if (closed || stored.get(one.name) === text || text.length > MAX_TEXT_LENGTH) continue;
      await writeLastGood(db, one);
      stored.set(one.name, text);
    }
  }

  function storeInTurn(): void {
    clearTimeout(retry);
    storing = storing.then(store).catch((error: unknown) => {
      if (closed) return;
      log.warn("the last good spec files could not be stored; it is tried again", { error });
      retry = setTimeout(storeInTurn, retryMs);
      retry.unref();
    });
  }

  return {
    of: (name) => current.find((one) => one.name === name),
    all: () => current,
    update(held, running) {
      current = nextLastGood(current, held, running);
      storeInTurn();
    },
    close() {
      closed = true;
      clearTimeout(retry);
    },
  };
}

async function read(
  db: Database,
  sources: readonly Pick<LastGood, "name" | "kind">[],
  log: Log,
): Promise<readonly LastGood[]> {
  try {
    return await readLastGood(db, sources);
  } catch (error) {
    log.warn(
      "the last good spec files could not be read; where specs have errors now, nothing runs of them",
      {
        error,
      },
    );
    return [];
  }
}
