/**
 * Byte strings that come again and again, each under a number: 0, 1, 2, … in the order in which they were added. Remembers
 * which one came after which, because senders repeat their order: one comparison then finds a string without hashing it.
 */
export interface ByteBlocks {
  /** The block expected after another one (or first, after -1); -1 when there is none. */
  expectedAfter(block: number): number;
  lengthOf(block: number): number;
  /** Whether the bytes at `start` begin with the block. The caller has seen that there are as many. */
  startsWith(block: number, bytes: Buffer, start: number): boolean;
  /** The number of bytes[start, end), whose hash is `hash` (see hashBytes); -1 when it was not added yet. */
  find(hash: number, bytes: Buffer, start: number, end: number): number;
  /** Adds bytes[start, end), which is not there yet. */
  add(hash: number, bytes: Buffer, start: number, end: number): number;
  /** Remembers what came after `block` (-1: what came first). */
  follow(block: number, next: number): void;
  clear(): void;
  /** Memory that the blocks take, roughly. */
  usedBytes(): number;
}

const FIRST_BLOCKS = 1_024;
/** Memory for bytes comes in pieces of so many; a block lies in one piece. */
const PIECE_BYTES = 1024 * 1024;
/** Up to here a loop is cheaper than a native call. */
const SHORT_BYTES = 128;
/** What a block costs besides its bytes. */
const BYTES_PER_BLOCK = 40;

interface Columns {
  /** The piece and the place in it where a block lies. */
  pieceOf: Int32Array<ArrayBuffer>;
  starts: Int32Array<ArrayBuffer>;
  lengths: Int32Array<ArrayBuffer>;
  hashes: Int32Array<ArrayBuffer>;
  /** The next block with the same slot; -1 at the end. */
  chains: Int32Array<ArrayBuffer>;
  /** By block + 1: the block that came after it. */
  after: Int32Array<ArrayBuffer>;
  heads: Int32Array<ArrayBuffer>;
  count: number;
}

export function createByteBlocks(): ByteBlocks {
  let columns = emptyColumns(FIRST_BLOCKS);
  let arena = createArena();
  const isSame = (block: number, bytes: Buffer, start: number, end: number) => {
    const at = columns.starts[block]!;
    const piece = arena.pieces[columns.pieceOf[block]!]!;
    if (end - start > SHORT_BYTES) return bytes.compare(piece, at, at + end - start, start, end) === 0;
    for (let i = 0; i < end - start; i += 1) if (piece[at + i] !== bytes[start + i]) return false;
    return true;
  };
  return {
    expectedAfter: (block) => columns.after[block + 1]!,
    lengthOf: (block) => columns.lengths[block]!,
    startsWith: (block, bytes, start) => isSame(block, bytes, start, start + columns.lengths[block]!),
    find(hash, bytes, start, end) {
      for (let at = columns.heads[hash & (columns.heads.length - 1)]!; at >= 0; at = columns.chains[at]!) {
        if (columns.hashes[at] !== hash || columns.lengths[at] !== end - start) continue;
        if (isSame(at, bytes, start, end)) return at;
      }
      return -1;
    },
    add(hash, bytes, start, end) {
      if (columns.count === columns.hashes.length) columns = enlarged(columns);
      const block = columns.count;
      columns.starts[block] = arena.put(bytes, start, end);
      columns.pieceOf[block] = arena.pieces.length - 1;
      columns.lengths[block] = end - start;
      columns.hashes[block] = hash;
      columns.count += 1;
      link(columns, block);
      return block;
    },
    follow(block, next) {
      columns.after[block + 1] = next;
    },
    clear() {
      columns = emptyColumns(FIRST_BLOCKS);
      arena = createArena();
    },
    usedBytes: () => arena.usedBytes() + columns.count * BYTES_PER_BLOCK,
  };
}

interface Arena {
  readonly pieces: Buffer[];
  /** Copies bytes to the end of the last piece; gives where they lie in it. */
  put(bytes: Buffer, start: number, end: number): number;
  usedBytes(): number;
}

function createArena(): Arena {
  const pieces: Buffer[] = [];
  let left = 0;
  let usedBytes = 0;
  return {
    pieces,
    put(bytes, start, end) {
      const length = end - start;
      if (length > left || pieces.length === 0) {
        left = Math.max(PIECE_BYTES, length);
        pieces.push(Buffer.allocUnsafeSlow(left));
        usedBytes += left;
      }
      const piece = pieces.at(-1)!;
      const at = piece.length - left;
      left -= length;
      bytes.copy(piece, at, start, end);
      return at;
    },
    usedBytes: () => usedBytes,
  };
}

function emptyColumns(rows: number): Columns {
  return {
    pieceOf: new Int32Array(rows),
    starts: new Int32Array(rows),
    lengths: new Int32Array(rows),
    hashes: new Int32Array(rows),
    chains: new Int32Array(rows),
    after: new Int32Array(rows + 1).fill(-1),
    heads: new Int32Array(rows).fill(-1),
    count: 0,
  };
}

function link(columns: Columns, block: number): void {
  const slot = columns.hashes[block]! & (columns.heads.length - 1);
  columns.chains[block] = columns.heads[slot]!;
  columns.heads[slot] = block;
}

function enlarged(columns: Columns): Columns {
  const larger = emptyColumns(columns.hashes.length * 2);
  for (const name of ["pieceOf", "starts", "lengths", "hashes", "after"] as const)
    larger[name].set(columns[name]);
  for (let block = 0; block < columns.count; block += 1) link(larger, block);
  larger.count = columns.count;
  return larger;
}

export function hashBytes(bytes: Buffer, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash = Math.imul(hash ^ word, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b);
  return (hash ^ (hash >>> 13)) | 0;
}
