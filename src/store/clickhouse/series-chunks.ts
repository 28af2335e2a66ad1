/** How many series are read by one statement, learnt from what the statements before brought. */
export interface ChunkSize {
  next(): number;
  /** What a chunk of `series` series had: bytes of its result, or what it cost in other ways. */
  had(series: number, bytes: number): void;
}

/** Of a result; it is in memory twice for a moment. */
const TARGET_BYTES = 16 * 1024 * 1024;
const MOST_SERIES = 10_000;
/** A chunk is at most so many times the one before: series differ. */
const GROWTH = 8;
const FIRST_LEAST = 16;

/** `guessBytes` is what a series may have at most, where it is not unusual. */
export function createChunkSize(guessBytes: number): ChunkSize {
  const fitting = (bytesPerSeries: number): number =>
    Math.max(1, Math.min(MOST_SERIES, Math.floor(TARGET_BYTES / Math.max(1, bytesPerSeries))));
  let size = Math.max(FIRST_LEAST, fitting(guessBytes));
  let most = 0;
  return {
    next: () => size,
    had: (series, bytes) => {
      // The heaviest chunk so far decides, so that the estimate errs on the careful side.
      most = Math.max(most, bytes / Math.max(1, series));
      size = Math.min(fitting(most), size * GROWTH);
    },
  };
}
