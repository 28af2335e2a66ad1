/**
 * The hashes of bodies that were stored, so that one sent again counts once. Two generations: when the younger is full
 * the older goes, so at least `perGeneration` and at most twice as many are remembered.
 */
export interface RecentBodies {
  has(key: string): boolean;
  add(key: string): void;
}

/** About 100 bytes each: some 50 MB at most, and minutes of retries at a thousand requests a second. */
export const DEFAULT_BODIES_PER_GENERATION = 250_000;

/** `seed`: hashes that the store holds, oldest first. */
export function createRecentBodies(perGeneration: number, seed: Iterable<Uint8Array> = []): RecentBodies {
  let young = new Set<string>();
  let old = new Set<string>();
  const add = (key: string) => {
    if (young.has(key)) return;
    if (young.size >= perGeneration) {
      old = young;
      young = new Set();
    }
    young.add(key);
  };
  for (const hash of seed) add(bodyKey(hash));
  return { has: (key) => young.has(key) || old.has(key), add };
}

/** The hash as a short string, one character a byte. */
export function bodyKey(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("latin1");
}
