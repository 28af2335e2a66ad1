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
  /** The number of bytes[start, end), which was added before; -1 when it was not. */
  find(bytes: Buffer, start: number, end: number): number;
  /** Adds bytes[start, end), which is not there yet. */
  add(bytes: Buffer, start: number, end: number): number;
  /** Remembers what came after `block` (-1: what came first). */
  follow(block: number, next: number): void;
  clear(): void;
  /** Memory that the blocks take, roughly. */
  usedBytes(): number;
}

const FIRST_BLOCKS = 1_024;
const FIRST_BYTES = 65_536;
/** What a block costs besides its bytes. */
const BYTES_PER_BLOCK = 40;

interface Columns {
  /** Where the block lies in `bytes`; block i ends where block i + 1 starts. */
  starts: Uint32Array<ArrayBuffer>;
  hashes: Int32Array<ArrayBuffer>;
  /** The next block with the same slot; -1 at the end. */
  chains: Int32Array<ArrayBuffer>;
  /** By block + 1: the block that came after it. */
  after: Int32Array<ArrayBuffer>;
  heads: Int32Array<ArrayBuffer>;
  bytes: Buffer;
  count: number;
}

export function createByteBlocks(): ByteBlocks {
  let columns = emptyColumns();
  const lengthOf = (block: number) => columns.starts[block + 1]! - columns.starts[block]!;
  const isSame = (block: number, bytes: Buffer, start: number, end: number) =>
    bytes.compare(columns.bytes, columns.starts[block], columns.starts[block + 1], start, end) === 0;
  return {
    expectedAfter: (block) => columns.after[block + 1]!,
    lengthOf,
    startsWith: (block, bytes, start) => isSame(block, bytes, start, start + lengthOf(block)),
    find(bytes, start, end) {
      const hash = hashBytes(bytes, start, end);
      for (let at = columns.heads[hash & (columns.heads.length - 1)]!; at >= 0; at = columns.chains[at]!) {
        if (columns.hashes[at] === hash && lengthOf(at) === end - start && isSame(at, bytes, start, end))
          return at;
      }
      return -1;
    },
    add(bytes, start, end) {
      makeRoom(columns, end - start);
      const block = columns.count;
      const offset = columns.starts[block]!;
      bytes.copy(columns.bytes, offset, start, end);
      columns.starts[block + 1] = offset + end - start;
      columns.after[block + 1] = -1;
      columns.count += 1;
      link(columns, block, hashBytes(bytes, start, end));
      return block;
    },
    follow(block, next) {
      columns.after[block + 1] = next;
    },
    clear() {
      columns = emptyColumns();
    },
    usedBytes: () => columns.starts[columns.count]! + columns.count * BYTES_PER_BLOCK,
  };
}

function emptyColumns(): Columns {
  return {
    starts: new Uint32Array(FIRST_BLOCKS + 1),
    hashes: new Int32Array(FIRST_BLOCKS),
    chains: new Int32Array(FIRST_BLOCKS),
    after: new Int32Array(FIRST_BLOCKS + 1).fill(-1),
    heads: new Int32Array(FIRST_BLOCKS).fill(-1),
    bytes: Buffer.alloc(FIRST_BYTES),
    count: 0,
  };
}

function link(columns: Columns, block: number, hash: number): void {
  const slot = hash & (columns.heads.length - 1);
  columns.hashes[block] = hash;
  columns.chains[block] = columns.heads[slot]!;
  columns.heads[slot] = block;
}

function makeRoom(columns: Columns, bytes: number): void {
  const neededBytes = columns.starts[columns.count]! + bytes;
  if (neededBytes > columns.bytes.length) {
    const larger = Buffer.alloc(Math.max(neededBytes, columns.bytes.length * 2));
    columns.bytes.copy(larger);
    columns.bytes = larger;
  }
  if (columns.count < columns.hashes.length) return;
  const room = columns.hashes.length * 2;
  columns.starts = copied(new Uint32Array(room + 1), columns.starts);
  columns.hashes = copied(new Int32Array(room), columns.hashes);
  columns.chains = copied(new Int32Array(room), columns.chains);
  columns.after = copied(new Int32Array(room + 1), columns.after);
  columns.heads = new Int32Array(room).fill(-1);
  for (let block = 0; block < columns.count; block += 1) link(columns, block, columns.hashes[block]!);
}

function copied<T extends Int32Array | Uint32Array>(larger: T, column: T): T {
  larger.set(column);
  return larger;
}

function hashBytes(bytes: Buffer, start: number, end: number): number {
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
