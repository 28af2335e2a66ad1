import type { VectorMatching } from "../ast.ts";
import { matchSignature } from "./match-signature.ts";
import type { GridSeries } from "../value.ts";

/** Series of the "one" side that match the same series of the other side, at different times each. */
export interface MatchGroup {
  readonly series: GridSeries[];
  /** 1 at the steps at which a pair has been found; for one-to-one matching. */
  readonly matched: Uint8Array;
  /** 1 where any of the series is. */
  readonly present: Uint8Array;
  /** 1 where two of them are. */
  readonly duplicated: Uint8Array;
}

/** Two series of one match group at the same times: an error if the other side has anything then. One pair for a time. */
export interface DuplicatePair {
  /** Is there at the first of the steps; at the others it may be another one of its group. */
  readonly first: GridSeries;
  readonly second: GridSeries;
  readonly steps: readonly number[];
}

interface OneSide {
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
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = createGroup(series.present.length)));
    const steps = takeIn(group, series);
    if (steps.length > 0) {
      const first = group.series.find(({ present }) => present[steps[0]!] === 1)!;
      duplicates.push({ first, second: series, steps });
    }
    group.series.push(series);
  }
  return { groups, duplicates };
}

function createGroup(steps: number): MatchGroup {
  const column = (): Uint8Array => new Uint8Array(steps);
  return { series: [], matched: column(), present: column(), duplicated: column() };
}

/** The steps at which the series is the second one of its group. */
function takeIn({ present, duplicated }: MatchGroup, series: GridSeries): readonly number[] {
  const steps: number[] = [];
  for (let step = 0; step < present.length; step++) {
    if (series.present[step] === 0) continue;
    if (present[step] === 1 && duplicated[step] === 0) {
      duplicated[step] = 1;
      steps.push(step);
    }
    present[step] = 1;
  }
  return steps;
}
