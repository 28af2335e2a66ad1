/** How many series are read by one statement, learnt from what the statements before brought. */
export interface ChunkSize {
  /** Of so many that are left; a few more than usual rather than a small rest. */
  next(left?: number): number;
  /** What a chunk of `series` series had: bytes of its result, or what it cost in other ways. */
  had(series: number, bytes: number): void;
  /** A chunk of so many series was refused. */
  tooLarge(series: number): void;
}

/** Of a result. Two are in memory at once, each twice for a moment: the next is read while one is evaluated. */
const TARGET_BYTES = 4 * 1024 * 1024;
/** Series differ: a chunk may be so much larger than it was thought to be before the engine gives up. */
const MAX_CHUNK_BYTES = 24 * TARGET_BYTES;
/** Ends a statement about a chunk that is too large. */
export const CHUNK_SETTINGS = `max_result_bytes = ${MAX_CHUNK_BYTES}, result_overflow_mode = 'throw'`;
const MOST_SERIES = 10_000;
/** A chunk is at most so many times the one before. */
const GROWTH = 8;
const FIRST_LEAST = 16;

/** `guessBytes` is what a series may have at most, where it is not unusual. */
export function createChunkSize(guessBytes: number): ChunkSize {
  const fitting = (bytesPerSeries: number): number =>
    Math.max(1, Math.min(MOST_SERIES, Math.floor(TARGET_BYTES / Math.max(1, bytesPerSeries))));
  let size = Math.max(FIRST_LEAST, fitting(guessBytes));
  let expected = 0;
  return {
    next: (left) =>
      left === undefined
        ? size
        : Math.min(MOST_SERIES, Math.ceil(left / Math.max(1, Math.round(left / size)))),
    had: (series, bytes) => {
      // Heavy series are remembered for a while: they come in groups.
      expected = Math.max(bytes / Math.max(1, series), expected / 2);
      size = Math.min(fitting(expected), size * GROWTH);
    },
    tooLarge: (series) => {
      size = Math.max(1, Math.floor(series / 2));
      expected = TARGET_BYTES / size;
    },
  };
}
