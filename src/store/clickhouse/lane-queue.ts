import { abortedError, ClickHouseError } from "./clickhouse-error.ts";

/** Admits a bounded number of statements of several lanes together (see embedded-clickhouse.ts for why). */
export interface SharedPermits {
  readonly tryTake: () => boolean;
  /** Gives one back; a lane other than `from` is served first. */
  readonly give: (from: () => void) => void;
  readonly subscribe: (dispatch: () => void) => void;
}

export function createSharedPermits(count: number): SharedPermits {
  let available = count;
  const lanes: (() => void)[] = [];
  return {
    tryTake: () => {
      if (available === 0) return false;
      available -= 1;
      return true;
    },
    give: (from) => {
      available += 1;
      for (const dispatch of lanes) if (dispatch !== from) dispatch();
      from();
    },
    subscribe: (dispatch) => {
      lanes.push(dispatch);
    },
  };
}

/** Statements in arrival order over a fixed number of slots. */
export interface LaneQueue<Slot> {
  /**
   * Runs `task` on the next free slot. `task` settles when the slot is free again. Rejects with `overloaded` when
   * `maxQueued` statements wait already, and with `aborted` when the signal fires while it waits.
   */
  readonly run: <T>(task: (slot: Slot) => Promise<T>, signal?: AbortSignal) => Promise<T>;
  /** Refuses everything that waits and everything new; resolves when what runs has ended. */
  readonly close: () => Promise<void>;
}

interface Waiting<Slot> {
  readonly start: (slot: Slot) => Promise<void>;
  readonly refuse: (error: ClickHouseError) => void;
}

export function createLaneQueue<Slot>(options: {
  readonly name: string;
  readonly slots: readonly Slot[];
  readonly maxQueued: number;
  readonly permits?: SharedPermits;
}): LaneQueue<Slot> {
  const { name, maxQueued, permits } = options;
  const free = [...options.slots];
  const running = new Set<Promise<void>>();
  const waiting: Waiting<Slot>[] = [];
  let closed = false;

  const take = permits?.tryTake ?? (() => true);
  const dispatch = (): void => {
    while (waiting.length > 0 && free.length > 0 && take()) {
      const slot = free.pop() as Slot;
      const next = waiting.shift() as Waiting<Slot>;
      const done = next.start(slot).finally(() => {
        running.delete(done);
        free.push(slot);
        if (permits === undefined) dispatch();
        else permits.give(dispatch);
      });
      running.add(done);
    }
  };
  permits?.subscribe(dispatch);

  const run = <T>(task: (slot: Slot) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    if (closed) return Promise.reject(new ClickHouseError("unavailable", "the telemetry store is closed"));
    if (signal?.aborted === true) return Promise.reject(abortedError(signal.reason));
    if (waiting.length >= maxQueued) {
      const message = `the ${name} lane of the telemetry store is full: ${maxQueued} statements are waiting`;
      return Promise.reject(new ClickHouseError("overloaded", message));
    }
    return new Promise<T>((resolve, reject) => {
      const entry: Waiting<Slot> = {
        start: (slot) => {
          signal?.removeEventListener("abort", leave);
          return task(slot).then(resolve, reject);
        },
        refuse: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      const leave = (): void => {
        const index = waiting.indexOf(entry);
        if (index < 0) return;
        waiting.splice(index, 1);
        reject(abortedError(signal?.reason));
      };
      signal?.addEventListener("abort", leave, { once: true });
      waiting.push(entry);
      dispatch();
    });
  };

  const close = async (): Promise<void> => {
    closed = true;
    const refusal = new ClickHouseError("unavailable", "the telemetry store is closing");
    for (const entry of waiting.splice(0)) entry.refuse(refusal);
    while (running.size > 0) await Promise.allSettled(running);
  };
  return { run, close };
}
