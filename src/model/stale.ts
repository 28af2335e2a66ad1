/**
 * Prometheus's staleness marker: the NaN with these bits. JavaScript may change the bits of a NaN that passes through a
 * number, so markers are recognised and written by their bits, and arrays of values are copied as bytes.
 */
const HIGH_BITS = 0x7ff0_0000;
const LOW_BITS = 0x0000_0002;

/** True when row `i` of the values that `bits` is a view of is a staleness marker (little-endian). */
export function isStaleAt(bits: Uint32Array, i: number): boolean {
  return bits[2 * i] === LOW_BITS && bits[2 * i + 1] === HIGH_BITS;
}

/** Makes row `i` a staleness marker. */
export function setStaleAt(bits: Uint32Array, i: number): void {
  bits[2 * i] = LOW_BITS;
  bits[2 * i + 1] = HIGH_BITS;
}

/** The bits of values, two words each, for the functions above. */
export function bitsOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}
