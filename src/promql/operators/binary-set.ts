import type { SetOperator, VectorMatching } from "../ast.ts";
import { matchSignature } from "./match-signature.ts";
import type { GridSeries } from "../value.ts";

type Stream = AsyncIterable<GridSeries>;

/** `and`, `or`, `unless`: of one side no more than the times at which each match group is there is held. */
export function setOperation(
  operator: SetOperator,
  left: Stream,
  right: Stream,
  matching: VectorMatching,
): Stream {
  const signature = matchSignature(matching);
  switch (operator) {
    case "and":
      return filtered(left, right, (of) => signature(of.labels), 1);
    case "unless":
      return filtered(left, right, (of) => signature(of.labels), 0);
    case "or":
      return union(left, right, (of) => signature(of.labels));
  }
}

type Presence = Map<string, Uint8Array>;

function note(presence: Presence, key: string, present: Uint8Array): void {
  const known = presence.get(key);
  if (known === undefined) presence.set(key, present.slice());
  else for (let step = 0; step < known.length; step++) known[step]! |= present[step]!;
}

/** The left side where the right side is there (1) or is not (0). */
async function* filtered(
  left: Stream,
  right: Stream,
  signature: (of: GridSeries) => string,
  wanted: 0 | 1,
): AsyncGenerator<GridSeries> {
  const there: Presence = new Map();
  for await (const series of right) note(there, signature(series), series.present);
  if (wanted === 1 && there.size === 0) return;
  for await (const series of left) {
    const result = masked(series, there.get(signature(series)), wanted);
    if (result !== undefined) yield result;
  }
}

/** The left side, and the right side where nothing of its match group is on the left. */
async function* union(
  left: Stream,
  right: Stream,
  signature: (of: GridSeries) => string,
): AsyncGenerator<GridSeries> {
  const there: Presence = new Map();
  for await (const series of left) {
    note(there, signature(series), series.present);
    yield series;
  }
  for await (const series of right) {
    const result = masked(series, there.get(signature(series)), 0);
    if (result !== undefined) yield result;
  }
}

function masked(series: GridSeries, there: Uint8Array | undefined, wanted: 0 | 1): GridSeries | undefined {
  if (there === undefined) return wanted === 0 ? series : undefined;
  let any = false;
  const present = series.present.map((own, step) => {
    const kept = own === 1 && there[step] === wanted ? 1 : 0;
    any ||= kept === 1;
    return kept;
  });
  return any ? { ...series, present } : undefined;
}
