import { WireError } from "../otlp/wire-reader.ts";
import { createByteBlocks, hashBytes } from "./byte-blocks.ts";
import { createTextTable } from "./text-table.ts";

/** The texts of requests, each under a number that stays the same until they are cleared. */
export interface Symbols {
  /** Begins with a request. */
  start(): void;
  /** Adds the next symbol of the request. */
  add(bytes: Buffer, start: number, end: number): void;
  /** The numbers of the request's symbols, of which there are `count()`. */
  ids(): Int32Array;
  count(): number;
  text(id: number): string;
  clear(): void;
  usedBytes(): number;
}

export function createSymbols(): Symbols {
  const blocks = createByteBlocks();
  const table = createTextTable();
  let texts: string[] = [];
  let ids = new Int32Array(1_024);
  let count = 0;
  let last = -1;
  return {
    start() {
      count = 0;
      last = -1;
    },
    add(bytes, start, end) {
      if (count === 0 && end > start) throw new WireError("the first symbol is not empty", start);
      const expected = blocks.expectedAfter(last);
      let id = expected;
      if (
        expected < 0 ||
        blocks.lengthOf(expected) !== end - start ||
        !blocks.startsWith(expected, bytes, start)
      ) {
        const hash = hashBytes(bytes, start, end);
        id = blocks.find(hash, bytes, start, end);
        if (id < 0) {
          id = blocks.add(hash, bytes, start, end);
          texts[id] = table.read(bytes, start, end);
        }
        blocks.follow(last, id);
      }
      last = id;
      if (count === ids.length) {
        const larger = new Int32Array(count * 2);
        larger.set(ids);
        ids = larger;
      }
      ids[count] = id;
      count += 1;
    },
    ids: () => ids,
    count: () => count,
    text: (id) => texts[id]!,
    clear() {
      blocks.clear();
      texts = [];
    },
    usedBytes: () => 3 * blocks.usedBytes(),
  };
}

/** The number of the text that a reference of the request means. Throws WireError (at `offset`) when there is none. */
export function symbolId(symbols: Symbols, reference: number, offset: number): number {
  if (reference >= symbols.count()) throw noSymbol(reference, offset);
  return symbols.ids()[reference]!;
}

export function noSymbol(reference: number, offset: number): WireError {
  return new WireError(`there is no symbol ${reference}`, offset);
}
