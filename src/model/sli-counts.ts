/** What to add to an indicator's counts in one bucket; whole numbers for spans; negative to take back. */
export interface CountDelta {
  /** Id of the indicator. */
  readonly indicator: string;
  /** Start of the 10 s bucket, epoch milliseconds. */
  readonly bucketMs: number;
  readonly good: number;
  readonly total: number;
}

/** Ten minutes of one indicator's counts. */
export interface IndicatorChunk {
  /** Id of the indicator. */
  readonly indicator: string;
  /** Start of the chunk, epoch milliseconds. */
  readonly chunkMs: number;
}
