import { bucketStartMs, BUCKET_MS } from "./bucket.ts";
import { occurrencesOf } from "./correction.ts";
import type { Exclusion } from "./exclusion.ts";
import type { CorrectionInWindow, SloVerdict } from "./verdict.ts";

/** The verdict without what is excluded, with what it would be otherwise beside it. */
export function judgeCorrected(
  judge: (exclusion: Exclusion | undefined) => SloVerdict,
  exclusion: Exclusion,
): SloVerdict {
  const { state, budget, burns } = judge(undefined);
  const verdict = judge(exclusion);
  return {
    ...verdict,
    corrected: { raw: { state, budget, burns }, corrections: inWindow(verdict, exclusion) },
  };
}

function inWindow({ window, at }: SloVerdict, { corrections }: Exclusion): readonly CorrectionInWindow[] {
  const toMs = Math.min(window.endMs, bucketStartMs(at) + BUCKET_MS);
  return corrections.flatMap((correction) => {
    const intervals = occurrencesOf(correction.schedule)(window.startMs, toMs);
    return intervals.length === 0 ? [] : [{ correction, intervals }];
  });
}
