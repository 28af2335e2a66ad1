/** Thresholds that people choose, in milliseconds, ascending. */
export const HUMAN_LENGTHS_MS: readonly number[] = [
  5, 10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1_000, 1_500, 2_000, 2_500, 3_000, 4_000, 5_000,
  7_500, 10_000, 15_000, 20_000, 30_000, 60_000,
];
