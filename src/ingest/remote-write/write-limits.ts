import { DAY_MS, type DurationMs, durationMs } from "../../model/time.ts";

export interface WriteLimits {
  /** Samples that are older are refused: the store would drop them at once. */
  readonly retentionMs: DurationMs;
  /** Samples further ahead of the receiver's clock are refused. */
  readonly futureMs: DurationMs;
  /** Labels as senders write them, remembered to know them again, in bytes of memory; per version of the protocol. */
  readonly rememberedBytes: number;
}

export const DEFAULT_WRITE_LIMITS: WriteLimits = {
  retentionMs: durationMs(35 * DAY_MS),
  futureMs: DAY_MS,
  rememberedBytes: 192 * 1024 * 1024,
};
