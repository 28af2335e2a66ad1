import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSnappyDecoder } from "./snappy.ts";
import { snappyEncode } from "./snappy-encode.ts";

const LIMIT = 64 * 1024 * 1024;
const decoded = (compressed: Uint8Array, limitBytes = LIMIT) => {
  const result = createSnappyDecoder().decode(compressed, limitBytes);
  if (result.kind !== "decoded") throw new Error(JSON.stringify(result));
  return Buffer.from(result.bytes);
};

/** An element of the format, and what it stands for. */
type Element =
  | { readonly kind: "literal"; readonly bytes: Uint8Array; readonly wide: boolean }
  | { readonly kind: "copy"; readonly back: number; readonly length: number; readonly width: 1 | 2 | 4 };

const anyElement: fc.Arbitrary<Element> = fc.oneof(
  fc.record({
    kind: fc.constant("literal" as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 400 }),
    wide: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("copy" as const),
    back: fc.nat(100_000),
    length: fc.integer({ min: 1, max: 64 }),
    width: fc.constantFrom(1 as const, 2 as const, 4 as const),
  }),
);

/** Writes elements by the book, and what they stand for, byte by byte. */
function written(elements: readonly Element[]): { compressed: Buffer; plain: number[] } {
  const body: number[] = [];
  const plain: number[] = [];
  for (const element of elements) {
    if (element.kind === "literal") {
      const last = element.bytes.length - 1;
      if (last < 60 && !element.wide) body.push(last << 2);
      else if (last < 256 && !element.wide) body.push(60 << 2, last);
      else body.push(63 << 2, last & 255, last >> 8, 0, 0);
      body.push(...element.bytes);
      plain.push(...element.bytes);
      continue;
    }
    if (plain.length === 0) continue;
    let { length } = element;
    const most = element.width === 1 ? 2_047 : element.width === 2 ? 65_535 : plain.length;
    const offset = 1 + (element.back % Math.min(plain.length, most));
    if (element.width === 1) {
      length = 4 + (length % 8);
      body.push(1 | ((length - 4) << 2) | ((offset >> 8) << 5), offset & 255);
    } else {
      body.push((element.width === 2 ? 2 : 3) | ((length - 1) << 2));
      for (let i = 0; i < element.width; i += 1) body.push((offset >>> (8 * i)) & 255);
    }
    for (let i = 0; i < length; i += 1) plain.push(plain[plain.length - offset]!);
  }
  const header: number[] = [];
  for (let rest = plain.length; ; rest >>>= 7) {
    header.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return { compressed: Buffer.from([...header, ...body]), plain };
}

describe("snappy", () => {
  it("decodes every kind of element, overlapping copies too", () => {
    fc.assert(
      fc.property(fc.array(anyElement, { maxLength: 60 }), (elements) => {
        const { compressed, plain } = written(elements);
        expect(decoded(compressed).equals(Buffer.from(plain))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("gives back what an encoder was given", () => {
    const repetitive = fc
      .array(fc.tuple(fc.string({ maxLength: 12 }), fc.nat(40)), { maxLength: 60 })
      .map((parts) => Buffer.from(parts.map(([text, times]) => text.repeat(times)).join("")));
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 5_000 })), (plain) => {
        expect(decoded(snappyEncode(plain)).equals(plain)).toBe(true);
      }),
    );
  });

  it("decodes bodies larger than the buffer that it keeps, and small ones after them", () => {
    const decoder = createSnappyDecoder();
    for (const size of [3_000_000, 20_000_000, 10]) {
      const plain = Buffer.alloc(size, "0123456789abc");
      const result = decoder.decode(snappyEncode(plain), LIMIT);
      expect(result.kind === "decoded" && plain.equals(result.bytes)).toBe(true);
    }
  });

  it("refuses a body that declares more than the limit, without looking at it", () => {
    const result = createSnappyDecoder().decode(snappyEncode(Buffer.alloc(1_001)), 1_000);
    expect(result).toEqual({ kind: "too_large", declaredBytes: 1_001 });
    expect(decoded(snappyEncode(Buffer.alloc(1_000)), 1_000).length).toBe(1_000);
  });

  it("allocates nothing for a length that the body cannot hold", () => {
    const result = createSnappyDecoder().decode(Buffer.from([0xff, 0xff, 0xff, 0x1f, 0, 0]), LIMIT);
    expect(result).toMatchObject({
      kind: "malformed",
      message: expect.stringContaining("more than") as string,
    });
  });

  it.each([
    ["nothing", []],
    ["a length without end", [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ["too little", [5, 0, 65]],
    ["a literal beyond the end of the body", [5, 4 << 2, 65]],
    ["a literal beyond the declared length", [1, 1 << 2, 65, 66]],
    ["a literal whose length is cut short", [9, 61 << 2, 1]],
    ["a copy from before the start", [5, 0, 65, 1, 2]],
    ["a copy from nowhere", [5, 0, 65, 1, 0]],
    ["a copy beyond the declared length", [3, 0, 65, 1, 1]],
    ["a copy that is cut short", [9, 0, 65, 2, 1]],
  ])("says so when there is %s", (_what, bytes) => {
    expect(createSnappyDecoder().decode(Buffer.from(bytes), LIMIT).kind).toBe("malformed");
  });

  it("never throws on changed or random bytes", () => {
    const decoder = createSnappyDecoder();
    const valid = snappyEncode(Buffer.from("abcdefgh".repeat(300) + "xyz".repeat(50)));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
        const changed = Buffer.from(valid);
        for (const [at, byte] of changes) changed[at] = byte;
        expect(["decoded", "malformed", "too_large"]).toContain(decoder.decode(changed, 100_000).kind);
      }),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(["decoded", "malformed", "too_large"]).toContain(decoder.decode(bytes, 100_000).kind);
      }),
      { numRuns: 5_000 },
    );
  });
});
