import type { Labels } from "../../model/labels.ts";
import type { SeriesRef } from "../../model/sample-batch.ts";
import type { SeriesTable } from "../series-table.ts";
import { type ByteBlocks, createByteBlocks } from "./byte-blocks.ts";

/** The series behind label blocks: what a sender writes for the labels of a series, as bytes that it repeats. */
export interface KnownSeries {
  readonly blocks: ByteBlocks;
  /** The series of a block; -1 when it was forgotten. */
  refOf(block: number): SeriesRef;
  /** Remembers the series of a block. */
  remember(block: number, ref: SeriesRef): void;
  clear(): void;
}

const FIRST_ROWS = 1_024;

/** One for a process and kind of block: it stays in touch with the table for ever. */
export function createKnownSeries(table: SeriesTable): KnownSeries {
  const blocks = createByteBlocks();
  let refs = new Int32Array(FIRST_ROWS);
  /** How often the number of the block's series had been forgotten when it was remembered. */
  let versions = new Int32Array(FIRST_ROWS);
  /** By series: how often its number was forgotten. */
  let forgotten = new Int32Array(FIRST_ROWS);
  table.onForget((ref) => {
    forgotten = withRoom(forgotten, ref);
    forgotten[ref]! += 1;
  });
  return {
    blocks,
    refOf(block) {
      const ref = refs[block]!;
      return (forgotten[ref] ?? 0) === versions[block] ? ref : -1;
    },
    remember(block, ref) {
      refs = withRoom(refs, block);
      versions = withRoom(versions, block);
      refs[block] = ref;
      versions[block] = forgotten[ref] ?? 0;
    },
    clear: () => blocks.clear(),
  };
}

function withRoom(column: Int32Array<ArrayBuffer>, row: number): Int32Array<ArrayBuffer> {
  if (row < column.length) return column;
  const larger = new Int32Array(Math.max(row + 1, column.length * 2));
  larger.set(column);
  return larger;
}

/** Names and values while the labels of a series are read; used again. */
export interface LabelDraft {
  readonly texts: string[];
  /** Of `texts`: name, value, name, value, … */
  count: number;
}

/**
 * Labels as a sender wrote them, in the form of the model: sorted, without empty values. A name that is there twice stays,
 * for the table to refuse.
 */
export function sortedLabels({ texts, count }: LabelDraft): Labels {
  let previous = "";
  let isSorted = true;
  for (let i = 0; i < count; i += 2) {
    if (texts[i]! < previous || texts[i + 1] === "") isSorted = false;
    previous = texts[i]!;
  }
  if (isSorted) return texts.slice(0, count);
  const entries: (readonly [string, string])[] = [];
  for (let i = 0; i < count; i += 2) if (texts[i + 1] !== "") entries.push([texts[i]!, texts[i + 1]!]);
  return entries.sort(([a], [b]) => (a < b ? -1 : Number(a > b))).flat();
}
