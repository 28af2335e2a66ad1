import type { VectorMatching } from "./ast.ts";
import { matchSignature } from "./match-signature.ts";
import type { GridSeries } from "./value.ts";

/** Series of the "one" side that match the same series of the other side, at different times each. */
export interface MatchGroup {
  readonly series: GridSeries[];
  /** 1 at the steps at which a pair has been found; for one-to-one matching. */
  readonly matched: Uint8Array;
}

/** Two series of one match group at the same times: an error if the other side has anything then. */
export interface DuplicatePair {
  readonly first: GridSeries;
  readonly second: GridSeries;
  readonly steps: readonly number[];
}

export interface OneSide {
  readonly groups: ReadonlyMap<string, MatchGroup>;
  readonly duplicates: readonly DuplicatePair[];
}

/** Reads the "one" side of a vector operation whole, by match group. */
export async function readOneSide(
  stream: AsyncIterable<GridSeries>,
  matching: VectorMatching,
): Promise<OneSide> {
  const signature = matchSignature(matching);
  const groups = new Map<string, MatchGroup>();
  const duplicates: DuplicatePair[] = [];
  for await (const series of stream) {
    const key = signature(series.labels);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { series: [series], matched: new Uint8Array(series.present.length) });
      continue;
    }
    for (const first of group.series) {
      const steps = commonSteps(first.present, series.present);
      if (steps.length > 0) duplicates.push({ first, second: series, steps });
    }
    group.series.push(series);
  }
  return { groups, duplicates };
}

function commonSteps(a: Uint8Array, b: Uint8Array): readonly number[] {
  const steps: number[] = [];
  for (let step = 0; step < a.length; step++) if (a[step] === 1 && b[step] === 1) steps.push(step);
  return steps;
}
