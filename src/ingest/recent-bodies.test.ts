import { describe, expect, it } from "vitest";
import { createGroupIds } from "./group-id.ts";
import { bodyKey, createRecentBodies } from "./recent-bodies.ts";

const hash = (n: number) => new Uint8Array(16).fill(n);

describe("recent bodies", () => {
  it("remember at least a generation and at most two", () => {
    const recent = createRecentBodies(10);
    for (let i = 0; i < 200; i += 1) {
      recent.add(String(i));
      for (let back = 0; back < Math.min(i, 10); back += 1) expect(recent.has(String(i - back))).toBe(true);
    }
    expect(
      Array.from({ length: 200 }, (_, i) => recent.has(String(i))).filter(Boolean).length,
    ).toBeLessThanOrEqual(20);
  });

  it("start with what the store holds", () => {
    const recent = createRecentBodies(10, [hash(1), hash(200)]);
    expect([recent.has(bodyKey(hash(200))), recent.has(bodyKey(hash(3)))]).toEqual([true, false]);
  });
});

describe("group ids", () => {
  it("rise above what is in the store, also when the clock stands still or goes back", () => {
    let micros = 50n;
    const ids = createGroupIds(100n, () => micros);
    expect(ids.last()).toBe(100n);
    expect(ids.next()).toBe(101n);
    micros = 500n;
    expect([ids.next(), ids.next()]).toEqual([500n, 501n]);
    micros = 400n;
    expect(ids.next()).toBe(502n);
    expect(ids.last()).toBe(502n);
  });
});
