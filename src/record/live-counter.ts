/** A counter that is kept in memory for as long as it is counted. */
export interface LiveCounter {
  /** When it was zero last: just after the write before the first event. */
  readonly startMs: number;
  /** Events at the last write, and when there was a write that found more of them than before. */
  writtenCount: number;
  grewMs: number;
}

export function newLiveCounter(startMs: number): LiveCounter {
  return { startMs, writtenCount: 0, grewMs: startMs };
}

/** After this long without an event a counter ends, so that what is gone takes no room; Tempo's default. */
const IDLE_MS = 15 * 60_000;

/** Notes how far it has come; true when it has been idle for too long. */
export function hasEnded(counter: LiveCounter, count: number, atMs: number): boolean {
  if (count > counter.writtenCount) {
    counter.writtenCount = count;
    counter.grewMs = atMs;
  }
  return atMs - counter.grewMs >= IDLE_MS;
}
