import type { Labels } from "../../model/labels.ts";
import { finished, gridDraft, place, type GridDraft } from "../eval/grid-series.ts";
import type { GridSeries } from "../value.ts";

/** What is kept of a series: what it is called. Its values are in the heaps. */
interface Owner {
  readonly labels: Labels;
  readonly dropName: boolean;
}

/** The best of a group at one step, the worst of them first (a binary heap). */
interface Heap {
  readonly values: number[];
  readonly owners: Owner[];
}

/** Keeps the k best series of a group at each step; only those are held. */
interface RankedGroup {
  add(series: GridSeries): void;
  /** Best first where there is one step, else in the order in which they were first among the best. `keep` is told of memory before it is taken. */
  results(steps: number, keep: (values: number) => void): GridSeries[];
}

/** `limits[step]` is how many to keep at a step. Histograms have no rank: `ignored` is called for a series with some. */
export function rankedGroup(
  order: "topk" | "bottomk",
  limits: Float64Array,
  ignored: () => void,
): RankedGroup {
  const worse = order === "topk" ? smaller : larger;
  const heaps: Heap[] = Array.from(limits, () => ({ values: [], owners: [] }));
  return {
    add: ({ labels, present, values, histograms, dropName }) => {
      const owner = { labels, dropName: dropName === true };
      for (let step = 0; step < limits.length; step++) {
        if (present[step] === 0) continue;
        if (histograms?.[step] !== undefined) ignored();
        else offer(heaps[step]!, limits[step]!, values[step]!, owner, worse);
      }
    },
    results: (steps, keep) => {
      const drafts = new Map<Owner, GridDraft>();
      for (const [step, heap] of heaps.entries()) {
        for (const { value, owner } of bestFirst(heap, worse)) {
          let draft = drafts.get(owner);
          if (draft === undefined) {
            keep(steps);
            drafts.set(owner, (draft = gridDraft(steps)));
          }
          place(draft, step, value);
        }
      }
      return [...drafts].map(([{ labels, dropName }, draft]) => finished(draft, labels, dropName)!);
    },
  };
}

type Worse = (a: number, b: number) => boolean;

/** NaN is worse than everything. */
const smaller: Worse = (a, b) => (Number.isNaN(a) ? !Number.isNaN(b) : a < b);
const larger: Worse = (a, b) => (Number.isNaN(a) ? !Number.isNaN(b) : a > b);

function offer({ values, owners }: Heap, limit: number, value: number, owner: Owner, worse: Worse): void {
  if (limit < 1) return;
  if (values.length + 1 <= limit) {
    values.push(value);
    owners.push(owner);
    moveUp(values, owners, worse);
  } else if (worse(values[0]!, value)) {
    values[0] = value;
    owners[0] = owner;
    moveDown(values, owners, worse);
  }
}

function moveUp(values: number[], owners: Owner[], worse: Worse): void {
  let at = values.length - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!worse(values[at]!, values[parent]!)) return;
    swap(values, owners, at, parent);
    at = parent;
  }
}

function moveDown(values: number[], owners: Owner[], worse: Worse): void {
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    let worst = at;
    if (left < values.length && worse(values[left]!, values[worst]!)) worst = left;
    if (left + 1 < values.length && worse(values[left + 1]!, values[worst]!)) worst = left + 1;
    if (worst === at) return;
    swap(values, owners, at, worst);
    at = worst;
  }
}

function swap(values: number[], owners: Owner[], a: number, b: number): void {
  [values[a], values[b]] = [values[b]!, values[a]!];
  [owners[a], owners[b]] = [owners[b]!, owners[a]!];
}

function bestFirst({ values, owners }: Heap, worse: Worse): readonly { value: number; owner: Owner }[] {
  return values
    .map((value, i) => ({ value, owner: owners[i]! }))
    .sort((a, b) => (worse(a.value, b.value) ? 1 : worse(b.value, a.value) ? -1 : 0));
}
