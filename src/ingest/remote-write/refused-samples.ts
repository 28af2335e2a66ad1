import { labelsText, type Labels } from "../../model/labels.ts";
import type { SeriesRefusalReason } from "../series-refusal.ts";

export type RefusedSampleReason =
  | SeriesRefusalReason
  | "older_than_retention"
  | "ahead_of_clock"
  | "invalid_histogram";

/** Samples and histograms left out of the batch; the others were taken. */
export interface RefusedSamples {
  readonly count: number;
  readonly reasons: ReadonlyMap<RefusedSampleReason, number>;
  /** The first few, in words. */
  readonly examples: readonly string[];
}

/** The refused samples of one request, while it is decoded. */
export interface RefusedTally {
  /** `describe` is asked for the first few alone. */
  add(reason: RefusedSampleReason, samples: number, describe: () => string): void;
  result(): RefusedSamples;
}

const MAX_EXAMPLES = 5;
const SHOWN_LENGTH = 300;

export function createRefusedTally(): RefusedTally {
  const reasons = new Map<RefusedSampleReason, number>();
  const examples: string[] = [];
  let count = 0;
  return {
    add(reason, samples, describe) {
      if (samples === 0) return;
      count += samples;
      reasons.set(reason, (reasons.get(reason) ?? 0) + samples);
      if (examples.length >= MAX_EXAMPLES) return;
      const example = describe();
      if (example !== examples.at(-1)) examples.push(example);
    },
    result: () => ({ count, reasons, examples }),
  };
}

/** For the sender: `3 samples were refused, the others are stored: …; …`. */
export function describeRefusedSamples(refused: RefusedSamples, taken: number): string {
  const samples = refused.count === 1 ? "1 sample was" : `${refused.count} samples were`;
  const others = taken > 0 ? "the others are stored" : "nothing is stored";
  const more = refused.reasons.size > refused.examples.length ? "; and more" : "";
  return `${samples} refused, ${others}: ${refused.examples.join("; ")}${more}`;
}

/** Labels for a message, cut where they are long. */
export function shownLabels(labels: Labels): string {
  const text = labelsText(labels);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
