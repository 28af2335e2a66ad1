import type { NewSilence, Silence } from "../alert/silence.ts";
import type { Now } from "../model/time.ts";
import type { Log } from "../self/log.ts";
import type { Database } from "../store/postgres/database.ts";
import { createSilence, endSilence, listCurrentSilences } from "../store/postgres/silence-store.ts";

/** The silences, as this process knows them. */
export interface Silences {
  /** In force or to come, as of two seconds ago at most; what this process changed at once. */
  current(): readonly Silence[];
  /** Reads them now: this process has changed one in another way. Never rejects. */
  reload(): Promise<void>;
  create(silence: NewSilence, actor: string): Promise<Silence | "too-many">;
  /** Ends it now; undefined: there is none of this id. */
  end(
    id: string,
    actor: string,
  ): Promise<{ readonly silence: Silence; readonly wasOver: boolean } | undefined>;
  stop(): Promise<void>;
}

/** How often a process looks what others have changed. */
const POLL_MS = 2_000;

/** Reads the silences, and again every two seconds: another process may change them. */
export async function wireSilences(parts: {
  readonly db: Database;
  readonly log: Log;
  readonly now: Now;
  readonly onChange: () => void;
}): Promise<Silences> {
  const { db, log, now, onChange } = parts;
  let current: readonly Silence[] = [];
  let known = "";
  // One after the other: an older answer must not replace a newer one.
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const next = await listCurrentSilences(db, now());
    const print = JSON.stringify(next.map(({ id, startsAt, endsAt }) => [id, startsAt, endsAt]));
    current = next;
    if (print !== known) onChange();
    known = print;
  };
  const reload = (): Promise<void> => (reading = reading.catch(() => {}).then(read));
  await reload();
  // What is known goes on: each says itself when it ends. That the store is away is said by those who work with it.
  const reloadIfThere = (): Promise<void> =>
    reload().catch((error: unknown) => {
      log.debug("silences could not be read; it is tried again", { error });
    });
  const timer = setInterval(() => void reloadIfThere(), POLL_MS);
  timer.unref();
  return {
    current: () => current,
    reload: reloadIfThere,
    create: async (silence, actor) => {
      const made = await createSilence(db, silence, actor, now());
      await reloadIfThere();
      return made;
    },
    end: async (id, actor) => {
      const ended = await endSilence(db, id, actor, now());
      await reloadIfThere();
      return ended;
    },
    stop: async () => {
      clearInterval(timer);
      await reading.catch(() => {});
    },
  };
}
