/** One side of a call, whose other side has not come yet. */
export interface PendingSide {
  readonly isClient: boolean;
  readonly service: string;
  readonly seconds: number;
  readonly failed: boolean;
  readonly isMessaging: boolean;
  /** The other side's name as the client knows it. */
  readonly node: string | undefined;
}

/** The id of the client's span in its trace, by which the two sides of a call find each other, as 32-bit words. */
export interface EdgeId {
  readonly traceWords: Uint32Array;
  /** Where the trace's id begins in `traceWords`; four words. */
  readonly traceAt: number;
  readonly spanWords: Uint32Array;
  /** Where the span's id begins in `spanWords`; two words. */
  readonly spanAt: number;
}

export interface PendingEdges {
  /** The side that waits under this id, when it is the other one; it waits no more then. */
  takeOther(id: EdgeId, isClient: boolean): PendingSide | undefined;
  /** Waits for the other side. */
  add(id: EdgeId, side: PendingSide, nowMs: number): void;
  /** Lets go of those that have waited long enough. */
  expire(nowMs: number): void;
  size(): number;
}

export interface PendingEdgesOptions {
  readonly maxPending: number;
  readonly waitMs: number;
  /** Called for each side whose other side did not come, in time or before room was needed. */
  readonly expired: (side: PendingSide) => void;
}

interface Waiting {
  readonly side: PendingSide;
  readonly sinceMs: number;
  readonly trace0: number;
  readonly trace1: number;
  readonly trace2: number;
  readonly trace3: number;
  readonly spanHigh: number;
}

/** In the order of arrival, which is the order of expiry. */
export function createPendingEdges({ maxPending, waitMs, expired }: PendingEdgesOptions): PendingEdges {
  const waiting = new Map<number, Waiting>();
  const release = (key: number, { side }: Waiting): void => {
    waiting.delete(key);
    expired(side);
  };
  const releaseFirst = (): void => {
    for (const [key, first] of waiting) {
      release(key, first);
      return;
    }
  };
  return {
    takeOther: (id, isClient) => {
      const key = keyOf(id);
      const found = waiting.get(key);
      if (found === undefined || found.side.isClient === isClient || !isSame(found, id)) return undefined;
      waiting.delete(key);
      return found.side;
    },
    add: (id, side, nowMs) => {
      const key = keyOf(id);
      // The same side again: the server was called more than once, or the key belongs to another trace as well.
      const before = waiting.get(key);
      if (before !== undefined) release(key, before);
      else if (waiting.size >= maxPending) releaseFirst();
      const { traceWords, traceAt, spanWords, spanAt } = id;
      waiting.set(key, {
        side,
        sinceMs: nowMs,
        trace0: traceWords[traceAt]!,
        trace1: traceWords[traceAt + 1]!,
        trace2: traceWords[traceAt + 2]!,
        trace3: traceWords[traceAt + 3]!,
        spanHigh: spanWords[spanAt]!,
      });
    },
    expire: (nowMs) => {
      for (const [key, one] of waiting) {
        if (nowMs - one.sinceMs < waitMs) return;
        release(key, one);
      }
    },
    size: () => waiting.size,
  };
}

/** 53 bits of the span's id, as many as a number holds; the rest is compared. */
function keyOf({ spanWords, spanAt }: EdgeId): number {
  return (spanWords[spanAt]! & 0x1f_ffff) * 0x1_0000_0000 + spanWords[spanAt + 1]!;
}

function isSame(one: Waiting, { traceWords, traceAt, spanWords, spanAt }: EdgeId): boolean {
  return (
    one.spanHigh === spanWords[spanAt] &&
    one.trace0 === traceWords[traceAt] &&
    one.trace1 === traceWords[traceAt + 1] &&
    one.trace2 === traceWords[traceAt + 2] &&
    one.trace3 === traceWords[traceAt + 3]
  );
}

/** Ids as words. Copied where they do not lie on a word's boundary. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / 4));
}
