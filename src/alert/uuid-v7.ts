/**
 * A UUID version 7 (RFC 9562): sorts by time, unique by its random part.
 * @param atMs milliseconds since the epoch, below 2^48
 * @param random 10 random bytes
 */
export function uuidV7(atMs: number, random: Uint8Array): string {
  const time = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, "0");
  const [a = 0, b = 0, c = 0, ...rest] = random;
  const versioned = hex([0x70 | (a & 0x0f), b]);
  const variant = hex([0x80 | (c & 0x3f), rest[0] ?? 0]);
  const tail = hex(Array.from({ length: 6 }, (_, index) => rest[index + 1] ?? 0));
  return `${time.slice(0, 8)}-${time.slice(8)}-${versioned}-${variant}-${tail}`;
}

function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
