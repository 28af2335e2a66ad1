import { describe, expect, it } from "vitest";
import { labelHash } from "./label-hash.ts";

describe("labelHash", () => {
  it("is XXH64 of the labels with their lengths", () => {
    // Of no bytes.
    expect(labelHash([]).toString(16)).toBe("ef46db3751d8e999");
  });

  it("tells labels apart that have the same text in other places", () => {
    const hashes = [
      ["a", "bc"],
      ["ab", "c"],
      ["a", "b", "c", "d"],
      ["a", "x".repeat(300)],
      ["a", "x".repeat(301)],
    ].map(labelHash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
