const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Bits of a single-precision mantissa that are kept, of 23. */
const KEPT_BITS = 11;
const DROPPED = 23 - KEPT_BITS;

/** A burn rate to three and a half digits (within 0.025 %), in few bits: noise takes most of the ledger's room. */
export function roundBurn(burnRate: number): number {
  float[0] = burnRate;
  // Half of the last bit that is kept first; a carry into the exponent is right.
  bits[0] = ((bits[0]! + 2 ** (DROPPED - 1)) >>> DROPPED) << DROPPED;
  return float[0];
}
