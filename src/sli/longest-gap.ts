import { HOUR_MS } from "../model/time.ts";

/** Across a longer time without a sample nothing is counted: nobody can say when it happened. Counting starts anew. */
export const LONGEST_GAP_MS = HOUR_MS;
