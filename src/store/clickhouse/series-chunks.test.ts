import { describe, expect, it } from "vitest";
import { createChunkSize } from "./series-chunks.ts";

const MIB = 1024 * 1024;

describe("the size of chunks of series", () => {
  it("begins small where a series may be large", () => {
    expect(createChunkSize(16 * 300).next()).toBe(873);
    expect(createChunkSize(100 * MIB).next()).toBe(16);
  });

  it("grows step by step to what fits, and to no more than a statement can name", () => {
    const sizes = createChunkSize(100 * MIB);
    sizes.had(16, 16 * 1_024);
    expect(sizes.next()).toBe(128);
    for (let i = 0; i < 5; i += 1) sizes.had(sizes.next(), sizes.next() * 100);
    expect(sizes.next()).toBe(10_000);
  });

  it("is the same for all that are left rather than one of them small", () => {
    const sizes = createChunkSize(100 * MIB);
    expect([17, 24, 25, 33, 1].map((left) => sizes.next(left))).toEqual([17, 12, 13, 17, 1]);
  });

  it("shrinks at once for heavy series, and grows again when they are over", () => {
    const sizes = createChunkSize(16 * 300);
    sizes.had(873, 873 * MIB);
    expect(sizes.next()).toBe(4);
    for (let i = 0; i < 12; i += 1) sizes.had(sizes.next(), sizes.next() * 100);
    expect(sizes.next()).toBe(10_000);
  });

  it("is halved until a chunk is accepted, down to one series", () => {
    const sizes = createChunkSize(16 * 300);
    const tried: number[] = [];
    for (let i = 0; i < 13; i += 1) {
      tried.push(sizes.next());
      sizes.tooLarge(sizes.next());
    }
    expect(tried.slice(0, 3)).toEqual([873, 436, 218]);
    expect(tried.at(-1)).toBe(1);
  });
});
