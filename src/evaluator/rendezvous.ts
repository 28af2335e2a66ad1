/**
 * Who of the members has this name: each name goes to the member whose mix with it is largest, so that only the names of one
 * who leaves change hands. Undefined without members.
 */
export function ownerOf(name: string, members: readonly string[]): string | undefined {
  let owner: string | undefined;
  let largest = -1;
  for (const member of members) {
    const mixed = mix(`${member}\n${name}`);
    if (mixed > largest || (mixed === largest && member < owner!)) {
      owner = member;
      largest = mixed;
    }
  }
  return owner;
}

/** FNV-1a over UTF-16 units, its bits stirred once more (as MurmurHash3 ends), 0 .. 2^32 - 1. */
function mix(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let i = 0; i < text.length; i += 1) {
    // oxlint-disable-next-line unicorn/prefer-code-point -- units are as good as points, and faster
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01_00_01_93);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
